"""The page `docs/features.md`, generated from the catalogue so that the two cannot differ."""

from __future__ import annotations

import math

from features.catalogue import FEATURES, needs
from features.kernel.declare import Feature

_OPENING = """\
# The feature dictionary

Generated from the catalogues in `features/orders/` and `features/streams/`; do not edit by hand.

One row for each customer and cutoff. Features see `[cutoff - window, cutoff)`; an event exactly at the cutoff
belongs to the future. A row that has `ingested_at` counts only if it was also known before the cutoff.

- An **order** starts at its first line with a positive amount; a return alone is not an order.
- **Lines** are lines with a positive amount; **sales** are their amounts; **spend** is net of returns.
- Days, weekdays, months and hours are those of the business zone, `source.timezone`.
- A **gap** is the number of calendar days between one day with an order and the next.
- **Empty** is the value where there is nothing to say: `unknown` (NaN) or a number.
- **Driver** is what a person can act on; reasons for a score are grouped by it.
- **Needs** names columns beyond the required ones of `order_lines`, and settings. Where they are not there, the
  feature is left out, by name, and nothing else changes.
- What a row says later than it begins (an answer, a resolution, a rating) counts from its own time.
"""

_HEADER = "| feature | meaning | unit | window | empty | needs |\n|---|---|---|---|---|---|\n"


def dictionary_markdown() -> str:
    """The whole page, ending in a line break."""
    drivers = dict.fromkeys(feature.driver for feature in FEATURES.values())
    return _OPENING + "".join(_section(driver) for driver in drivers)


def _section(driver: str) -> str:
    rows = "".join(_row(f) for f in FEATURES.values() if f.driver == driver)
    return f"\n## Driver: {driver}\n\n{_HEADER}{rows}"


def _row(feature: Feature) -> str:
    meaning = " ".join(feature.meaning.split())
    empty = "unknown" if math.isnan(feature.when_empty) else f"{feature.when_empty:g}"
    columns = ", ".join(f"`{need}`" for need in needs(feature))
    return f"| `{feature.name}` | {meaning} | {feature.unit} | {_window(feature)} | {empty} | {columns} |\n"


def _window(feature: Feature) -> str:
    days = sorted(set().union(*feature.trace().windows.values()))
    return f"{' and '.join(map(str, days))} days" if days else "all history"
