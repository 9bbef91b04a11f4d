"""The at-risk list: who is about to leave, by what would be lost or by risk, page by page, out of one generation."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.generation import Generation
from serving.manifest import is_generation_id
from serving.worth import BY_CHURN, BY_VALUE, SORTS, shown

CSV_COLUMNS = (
    "rank",
    "customer_id",
    "churn_probability",
    "percentile",
    "band",
    "loyalty_type",
    "churn_low",
    "churn_high",
    "value_at_risk",
    "margin_if_staying",
    "reason_1",
    "reason_2",
    "reason_3",
)
_CHUNK = 4096
# what a spreadsheet would take for the start of a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the generation, the order of the list, and the position in it."""

    generation: str
    position: int
    sort: str = BY_CHURN

    def encode(self) -> str:
        """Opaque text for a URL."""
        plain = f"{self.generation}.{self.position}.{self.sort}".encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Read what `encode` wrote.

        Raises:
            ValueError: the text is not a cursor.
        """
        try:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise ValueError("not a cursor; send next_cursor of the page before") from error
        generation, position, sort = [*plain.split("."), "", ""][:3]
        known = is_generation_id(generation) and position.isascii() and position.isdigit() and sort in SORTS
        if not known or plain.count(".") != 2:
            raise ValueError("not a cursor; send next_cursor of the page before")
        return cls(generation, int(position), sort)


@dataclass(frozen=True)
class Page:
    """Rows with their positions in the order of the list, and the position to go on from (None at the end)."""

    positions: list[int]
    rows: list[int]
    next_position: int | None


def page(
    generation: Generation,
    *,
    start: int,
    limit: int,
    min_risk: float | None,
    loyalty_type: int | None,
    is_hidden: Callable[[str], bool],
    sort: str = BY_CHURN,
) -> Page:
    """At most `limit` customers from a position on, from the highest churn probability or value at risk down.

    Args:
        generation: where to read.
        start: first position to look at, from 0.
        limit: how many at most.
        min_risk: lowest churn probability, in [0, 1].
        loyalty_type: code of the only type to list.
        is_hidden: customers that must not appear, whatever the generation holds.
        sort: one of SORTS; without a model of value all values at risk are alike, and churn decides.
    """
    positions: list[int] = []
    rows: list[int] = []
    for position, row in _candidates(generation, start, sort, min_risk, loyalty_type):
        if is_hidden(generation.customer_id(row)):
            continue
        if len(rows) == limit:
            return Page(positions, rows, position)
        positions.append(position)
        rows.append(row)
    return Page(positions, rows, None)


def scores(generation: Generation, row: int, reasons: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What every answer says about one customer."""
    return {
        "customer_id": generation.customer_id(row),
        "churn_probability": round(float(generation.churn_probability[row]), 6),
        "churn_interval": bounds(generation.churn_interval[row]),
        "order_within": by_horizon(generation.manifest.horizons_days, generation.order_within[row]),
        "percentile": round(float(generation.percentile[row]), 3),
        "band": generation.band_of(row),
        "loyalty_type": generation.loyalty_type_of(row),
        "lifecycle_stage": generation.lifecycle_of(row),
        "next_order_on": generation.next_order_on(row),
        "next_category": generation.next_category_of(row),
        "loyalty_probabilities": {
            name: round(value, 6) for name, value in generation.loyalty_probabilities(row).items()
        },
        "reasons": reasons,
    } | shown(generation.margin[row], float(generation.value_at_risk[row]), generation.manifest.margin_from)


def usual_sort(generation: Generation) -> str:
    """By value at risk where a model of value was scored, else by churn probability."""
    return BY_CHURN if generation.manifest.margin_from is None else BY_VALUE


def bounds(interval: NDArray[np.float64]) -> list[float] | None:
    """An interval (2,) as answers hold it; None where it is not known."""
    return None if np.isnan(interval).any() else np.round(interval, 6).tolist()


def by_horizon(days: Sequence[int], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Probabilities (horizons,) of an order by days, as answers hold them."""
    return dict(zip(map(str, days), np.round(probabilities, 6).tolist(), strict=True))


def as_csv(customers: list[dict[str, Any]]) -> str:
    """The list for a spreadsheet: a text that would be run as a formula gets an apostrophe before it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(CSV_COLUMNS)
    for customer in customers:
        texts = [reason["text"] for reason in customer["reasons"] or []]
        plain = [customer[name] for name in CSV_COLUMNS[:6]]
        interval, margin = customer["churn_interval"] or ["", ""], customer["margin"] or {"if_staying": ""}
        at_risk = "" if customer["value_at_risk"] is None else customer["value_at_risk"]
        cells = [*plain, *interval, at_risk, margin["if_staying"], *[*texts, "", "", ""][:3]]
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])
    return target.getvalue()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _end(generation: Generation, min_risk: float | None) -> int:
    order = generation.at_risk
    if min_risk is None:
        return len(order)
    # the order falls with the probability, so its negative rises
    return bisect_right(order, -min_risk, key=lambda row: -generation.churn_probability[row])


def _candidates(
    generation: Generation, start: int, sort: str, min_risk: float | None, loyalty_type: int | None
) -> Iterator[tuple[int, int]]:
    by_churn = sort == BY_CHURN
    order = generation.at_risk if by_churn else generation.at_risk_by_value
    end = _end(generation, min_risk) if by_churn else len(order)
    for first in range(start, end, _CHUNK):
        rows = order[first : min(first + _CHUNK, end)]
        positions = np.arange(first, first + len(rows))
        if min_risk is not None and not by_churn:
            likely = generation.churn_probability[rows] >= min_risk
            rows, positions = rows[likely], positions[likely]
        if loyalty_type is not None:
            wanted = generation.loyalty_type[rows] == loyalty_type
            rows, positions = rows[wanted], positions[wanted]
        yield from zip(positions.tolist(), rows.tolist(), strict=True)
