"""The page at `/`: the top of the at-risk list; nothing on it comes from another host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from models.numbers import Money
from serving.generation import Generation

TOP = 20
HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_FOLDER = Path(__file__).parent


def at_risk(customers: Sequence[dict[str, Any]], generation: Generation) -> str:
    """The page with one table row for each customer."""
    manifest = generation.manifest
    policy = generation.policy
    money = Money(policy["currency"], policy["minor_digits"])
    written = partial(money.written, language=policy.get("language", "en"), whole=True)
    rows = "".join(_row(rank, customer, written) for rank, customer in enumerate(customers, 1))
    outcome = f"no order in the {manifest.horizon_days} days after"
    body = (
        f"<p>{manifest.rows:,} customers, scored as of {manifest.cutoff:%Y-%m-%d}; risk is the probability of "
        f"{outcome} it{_of_money(manifest.margin_from)}.</p>"
        f"<table><caption>The {len(customers)} most at risk</caption>"
        f"{_head(f'Probability of {outcome} {manifest.cutoff:%Y-%m-%d}')}<tbody>{rows}</tbody></table>"
    )
    return _template("page.html").substitute(body=body)


def empty() -> str:
    """The page while nothing has been scored."""
    body = "<p>Nothing is scored yet. Run <code>regulars score</code>; this page then fills by itself.</p>"
    return _template("page.html").substitute(body=body)


def reference() -> str:
    """The API reference around `/docs.json`, with scripts that the service brings."""
    return _template("reference.html").template


def _head(risk: str) -> str:
    return (
        "<thead><tr><th class='number' scope='col'>Rank</th><th scope='col'>Customer</th>"
        f"<th class='number' scope='col' title='{escape(risk)}'>Risk</th>"
        "<th class='number' scope='col' title='Risk times the margin of twelve months if the customer stays'>"
        "Value at risk</th><th scope='col'>Loyalty type</th>"
        "<th scope='col'>Why</th></tr></thead>"
    )


def _of_money(margin_from: str | None) -> str:
    """What the money in the list is; nothing where there is none."""
    if margin_from is None:
        return ""
    known = {"unit_cost": "the cost of the products", "rate": "the configured rate"}[margin_from]
    return f", value at risk is that times the margin of twelve months of a customer who stays (from {known})"


def _row(rank: int, customer: dict[str, Any], written: Callable[[float], str]) -> str:
    amount = customer["value_at_risk"]
    lost = "" if amount is None else escape(written(amount))
    customer_id = customer["customer_id"]
    link = f"v1/customers/{quote(customer_id, safe='')}"
    why = "<br>".join(escape(reason["text"]) for reason in customer["reasons"] or [])
    return (
        f"<tr><td class='number'>{rank}</td><td><a href='{escape(link)}'>{escape(customer_id)}</a></td>"
        f"<td class='number {customer['band']}'>{customer['churn_probability']:.0%}</td>"
        f"<td class='number'>{lost}</td><td>{escape(customer['loyalty_type'])}</td><td>{why}</td></tr>"
    )


def _template(name: str) -> Template:
    return Template((_FOLDER / name).read_text("utf-8"))
