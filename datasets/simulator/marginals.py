"""How plausible a shop is: what can be compared between any two sets of order lines, and a page that does."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.workspace import replacing_file

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
TOP = 0.2

_VIEWS = """
    CREATE TEMP TABLE orders AS
    SELECT customer_id, order_id, min(ordered_at) AS placed, count(*) AS lines, sum(amount) AS value
    FROM lines WHERE amount > 0 AND customer_id IS NOT NULL GROUP BY ALL;
    CREATE TEMP TABLE days AS SELECT DISTINCT customer_id, placed::DATE AS day FROM orders;
    CREATE TEMP TABLE gaps AS
    SELECT day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days QUALIFY gap IS NOT NULL;
    CREATE TEMP TABLE people AS
    SELECT customer_id, sum(value) AS spend, count(*) AS orders FROM orders GROUP BY customer_id;
"""


@dataclass(frozen=True)
class Marginals:
    """Distributions at QUANTILES, and shares from 0 to 1.

    Attributes:
        gap_days: days between a customer's days with an order.
        lines: lines of an order.
        order_value: net amount of an order, in the set's own currency.
        orders: orders of a customer.
        top_fifth: share of spend of the fifth that spends most.
        promoted: share of sold lines below their list price; None where there are no list prices.
        discount: share of the list amount given away; None as before.
        guests: share of sold lines without a customer.
        returns: share of lines that are returns.
    """

    gap_days: tuple[float, ...]
    lines: tuple[float, ...]
    order_value: tuple[float, ...]
    orders: tuple[float, ...]
    top_fifth: float
    promoted: float | None
    discount: float | None
    guests: float
    returns: float


def measure(order_lines: Path) -> Marginals:
    """Measure a Parquet file of order lines in the contract's column names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no order of a known customer.
    """
    with _opened(order_lines) as connection:
        gaps, lines, value, orders = (
            _quantiles(connection, column, table) for column, table in _DISTRIBUTIONS.values()
        )
        return Marginals(gaps, lines, value, orders, *_shares(connection))


_DISTRIBUTIONS = {
    "days between orders": ("gap", "gaps"),
    "lines of an order": ("lines", "orders"),
    "value of an order": ("value", "orders"),
    "orders of a customer": ("orders", "people"),
}


def _opened(order_lines: Path) -> duckdb.DuckDBPyConnection:
    if not order_lines.is_file():
        raise FileNotFoundError(f"no order lines at {order_lines}; write a shop with simulate() first")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    relation = connection.read_parquet(str(order_lines))
    listed = "" if "list_amount" in relation.columns else ", NULL::DOUBLE AS list_amount"
    relation.project(f"*{listed}").create_view("lines")
    connection.execute(_VIEWS)
    if not connection.execute("SELECT count(*) FROM gaps").fetchall()[0][0]:
        connection.close()
        raise ValueError(f"{order_lines} holds no customer with two orders; nothing can be compared")
    return connection


def _quantiles(connection: duckdb.DuckDBPyConnection, column: str, table: str) -> tuple[float, ...]:
    query = f"SELECT quantile_cont({column}::DOUBLE, {list(QUANTILES)}) FROM {table}"
    return tuple(round(value, 2) for value in connection.execute(query).fetchall()[0][0])


def _shares(connection: duckdb.DuckDBPyConnection) -> tuple[float, float | None, float | None, float, float]:
    concentration = f"""SELECT sum(spend) FILTER (place <= {TOP}) / sum(spend)
        FROM (SELECT spend, percent_rank() OVER (ORDER BY spend DESC) AS place FROM people)"""
    sale = "avg((amount < list_amount)::INT) FILTER (amount > 0 AND list_amount IS NOT NULL)"
    cut = "1 - sum(amount) FILTER (amount > 0 AND list_amount > 0) / sum(list_amount) FILTER (amount > 0)"
    strangers = "avg((customer_id IS NULL)::INT) FILTER (amount > 0)"
    query = f"SELECT ({concentration}), {sale}, {cut}, {strangers}, avg((amount < 0)::INT) FROM lines"
    top, promoted, discount, guests, returns = connection.execute(query).fetchall()[0]
    return top, promoted, discount, guests, returns


def write_page(shops: Mapping[str, Path], target: Path) -> None:
    """Write one HTML page that sets shops side by side, with plots.

    Args:
        shops: order lines (Parquet, the contract's names) by the name to show.
        target: the page, replaced if it is there.

    Raises:
        FileNotFoundError, ValueError: as `measure`.
    """
    measured = {name: measure(path) for name, path in shops.items()}
    picture = base64.b64encode(_plots(shops)).decode("ascii")
    page = _PAGE.format(table=_table(measured), picture=picture)
    with replacing_file(target) as fresh:
        fresh.write_text(page, encoding="utf-8")


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Is the simulated shop plausible?</title>
<style>body {{ font: 15px/1.5 sans-serif; margin: 2em; max-width: 70em }}
td, th {{ padding: .2em .8em; text-align: right; border-bottom: 1px solid #ddd }}
td:first-child {{ text-align: left }} img {{ max-width: 100% }}</style>
<h1>Is the simulated shop plausible?</h1>
<p>Distributions at the 10, 25, 50, 75, 90 and 99 % quantiles.</p>
<table>{table}</table>
<img alt="Cumulative distributions of the measures above" src="data:image/png;base64,{picture}">
</html>
"""


def _table(measured: Mapping[str, Marginals]) -> str:
    head = "<tr><th></th>" + "".join(f"<th>{name}</th>" for name in measured) + "</tr>"
    columns = [asdict(found) for found in measured.values()]
    rows = [
        f"<tr><td>{key.replace('_', ' ')}</td>"
        + "".join(f"<td>{_shown(column[key])}</td>" for column in columns)
        + "</tr>"
        for key in columns[0]
    ]
    return head + "".join(rows)


def _shown(value: float | tuple[float, ...] | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return " / ".join(f"{one:g}" for one in value)
    return f"{value:.1%}"


def _plots(shops: Mapping[str, Path]) -> bytes:
    """Cumulative distributions, one panel for each measure, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    panels = figure.subplots(2, 2).ravel()
    for name, path in shops.items():
        with _opened(path) as connection:
            for panel, (title, (column, table)) in zip(panels, _DISTRIBUTIONS.items(), strict=True):
                panel.plot(*_curve(connection, column, table), label=name)
                panel.set(title=title, xlabel=title, ylabel="share at or below", xscale="log", ylim=(0, 1))
    panels[0].legend()
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=90)
    return written.getvalue()


def _curve(
    connection: duckdb.DuckDBPyConnection, column: str, table: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = np.linspace(0.01, 0.995, 120)
    query = f"SELECT quantile_cont({column}::DOUBLE, {share.tolist()}) FROM {table}"
    return np.array(connection.execute(query).fetchall()[0][0]), share
