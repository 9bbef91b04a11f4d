"""Currency and unit slips: a stretch of days, a store or a channel whose prices are a constant factor off.

Within each product the unit price of a line is compared with the product's median; a stretch or a part is off where
three in four of its lines deviate to the same side by half or double, and their median by three times or more. Dearer
products, sales and price rises move some lines, or move them less. Where no products are brought, all lines are one
product, and only a factor of thirty counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from features.tables.report import Finding
from training.readiness.lines import Lines

PRODUCT_LINES = 5
"""Lines of a product below which its median says little."""

CELL_LINES = 20
OFF = math.log(2)
MOST = 0.75
LEAST_FACTOR = 3.0
LEAST_FACTOR_WITHOUT_PRODUCTS = 30.0
SCATTERED_SHARE = 0.005
SCATTERED_PRODUCTS = 5
PARTS = ("store_id", "channel")
PERIODS = (1, 7, 28)
_MONDAY = date(1970, 1, 5)
_BAND = 0.25
_NEIGHBOURS = 5
_ROUND = 0.15

What = Literal["amount", "quantity"]


@dataclass(frozen=True)
class Slip:
    """Lines whose amount or quantity is off by a factor.

    Attributes:
        what: the column that is off.
        factor: median of the unit price (or the quantity) over that of the other lines of the same products.
        lines: about how many lines.
        part: `store_id S1` or `channel web`, empty where all parts are off.
        first, last: the days, both included; None where all days are off, or single lines.
    """

    what: What
    factor: float
    lines: int
    part: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class _Cell:
    """Lines of a part (all where it is empty) in a period of so many days (all where start is None)."""

    part: str
    start: date | None
    days: int
    lines: int
    price: float
    amount: float
    quantity: float


def find_slips(lines: Lines) -> tuple[Slip, ...]:
    """Stretches and parts that are off, the most general ones, then single lines all over."""
    with_products = lines.brought("order_lines", "product_id")
    _create_deviations(lines, with_products=with_products)
    least = math.log(LEAST_FACTOR if with_products else LEAST_FACTOR_WITHOUT_PRODUCTS)
    cells = [cell for cell in _cells(lines) if abs(cell.price) >= least]
    slips = _stretches(_most_general(cells), lines.sampled)
    if not slips and with_products:
        slips = _scattered(lines)
    return tuple(slips)


def _create_deviations(lines: Lines, *, with_products: bool) -> None:
    """`deviations`: each sold line's log price, amount and quantity over the medians of its product.

    The medians are taken twice, the second time of the lines near the first ones, which a third of the lines in
    another unit would else move.
    """
    product = "product_id" if with_products else "''"
    near = f"abs(sold.amount - sold.quantity - rough.price) < {math.log(LEAST_FACTOR)}"
    lines.connection.execute(
        f"""CREATE TEMP TABLE deviations AS
            WITH sold AS (
                SELECT day, store_id, channel, {product} AS product, ln(amount) AS amount,
                       ln(coalesce(nullif(abs(quantity), 0), 1)) AS quantity
                FROM sample WHERE amount > 0 AND product IS NOT NULL
            ), rough AS (
                SELECT product, median(amount - quantity) AS price
                FROM sold GROUP BY product HAVING count(*) >= {PRODUCT_LINES}
            ), medians AS (
                SELECT product, median(sold.amount - sold.quantity) AS price, median(sold.amount) AS amount,
                       median(sold.quantity) AS quantity
                FROM sold JOIN rough USING (product) WHERE {near} GROUP BY product
            )
            SELECT day, store_id, channel, product, sold.amount - sold.quantity - price AS price,
                   sold.amount - medians.amount AS amount, sold.quantity - medians.quantity AS quantity
            FROM sold JOIN medians USING (product)"""
    )


def _cells(lines: Lines) -> list[_Cell]:
    """Periods, parts, and periods of parts, most of whose lines are off to one side."""
    found = _off(lines, "", _period_days(lines, ""))
    for part in PARTS:
        found += [*_off(lines, part, None), *_off(lines, part, _period_days(lines, part))]
    return found


def _period_days(lines: Lines, part: str) -> int:
    """Days (of a store, of a channel) that are looked at together: as few as usually hold enough lines."""
    keys = ", ".join(name for name in (part, "day") if name)
    query = f"SELECT median(n) FROM (SELECT count(*) AS n FROM deviations GROUP BY {keys})"
    usual = lines.one(query)[0] or 0
    return next((days for days in PERIODS if usual * days >= CELL_LINES), PERIODS[-1])


def _off(lines: Lines, part: str, days: int | None) -> list[_Cell]:
    """Cells of a part, of periods of so many days, or of both, most of whose lines are off to one side."""
    period = f"day - ((day - DATE '{_MONDAY}') % {days})::INT" if days else "NULL::DATE"
    name = f"{part}" if part else "NULL::VARCHAR"
    there = f"{part} IS NOT NULL" if part else "true"
    rows = lines.fetch(
        f"""WITH placed AS (SELECT *, {period} AS period, {name} AS part FROM deviations WHERE {there}),
                 off AS (
                     SELECT period, part FROM placed GROUP BY ALL
                     HAVING count(*) >= {CELL_LINES} AND {MOST} * count(*) <=
                            greatest(count(*) FILTER (price > {OFF}), count(*) FILTER (price < -{OFF})))
            SELECT placed.period, placed.part, count(*), median(price), median(amount), median(quantity)
            FROM placed JOIN off ON placed.period IS NOT DISTINCT FROM off.period
                                AND placed.part IS NOT DISTINCT FROM off.part
            GROUP BY ALL ORDER BY ALL"""
    )
    return [
        _Cell(f"{part} {value}" if part else "", start, days or 0, *numbers)
        for start, value, *numbers in rows
    ]


def _most_general(cells: list[_Cell]) -> list[_Cell]:
    """Leave out a store's days where all days of the store, or all stores on those days, are off."""
    parts = {cell.part for cell in cells if cell.start is None}
    periods = [(cell.start, _last(cell)) for cell in cells if not cell.part and cell.start]

    def covered(cell: _Cell) -> bool:
        within = any(first <= _last(cell) and cell.start <= last for first, last in periods if cell.start)
        return bool(cell.part) and (cell.part in parts or within)

    return [cell for cell in cells if cell.start is None or not covered(cell)]


def _last(cell: _Cell) -> date:
    return (cell.start or date.min) + timedelta(days=max(cell.days - 1, 0))


def _stretches(cells: list[_Cell], sampled: int) -> list[Slip]:
    """Join neighbouring periods of one part with one factor."""
    slips: list[Slip] = []
    for cell in sorted(cells, key=lambda one: (one.part, one.start or date.min)):
        end = None if cell.start is None else _last(cell)
        new = Slip(*_what(cell), cell.lines * sampled, cell.part, cell.start, end)
        before = slips[-1] if slips else None
        if before and _continues(before, new):
            slips[-1] = _joined(before, new)
        else:
            slips.append(new)
    return slips


def _joined(before: Slip, new: Slip) -> Slip:
    """Both stretches as one, with the geometric mean of their factors by lines."""
    lines = before.lines + new.lines
    logs = before.lines * math.log(before.factor) + new.lines * math.log(new.factor)
    return replace(before, factor=math.exp(logs / lines), lines=lines, last=new.last)


def _continues(before: Slip, new: Slip) -> bool:
    if before.last is None or new.first is None or (before.part, before.what) != (new.part, new.what):
        return False
    near = new.first - before.last <= timedelta(days=7)
    return near and abs(math.log(new.factor / before.factor)) < math.log(LEAST_FACTOR)


def _what(cell: _Cell) -> tuple[What, float]:
    """The column that is off: the quantity where amounts are as ever."""
    if abs(cell.amount) < OFF and abs(cell.quantity) > OFF:
        return "quantity", math.exp(-cell.price)
    return "amount", math.exp(cell.price)


def _scattered(lines: Lines) -> list[Slip]:
    """Single lines a hundred times too high or low, many more than are thirty or three hundred times so."""
    total = lines.one("SELECT count(*) FROM deviations")[0]
    found = []
    for sign in (1, -1):
        hundred = sign * math.log(100)
        at, products = _in_band(lines, hundred)
        beside = max(_in_band(lines, hundred - 1.2)[0], _in_band(lines, hundred + 1.2)[0])
        if at >= SCATTERED_SHARE * total and products >= SCATTERED_PRODUCTS and at > _NEIGHBOURS * beside:
            found.append(Slip("amount", math.exp(hundred), at * lines.sampled))
    return found


def _in_band(lines: Lines, centre: float) -> tuple[int, int]:
    there = f"abs(price - {centre}) < {_BAND}"
    count, products = lines.one(f"SELECT count(*), count(DISTINCT product) FROM deviations WHERE {there}")
    return count, products


def slip_findings(slips: tuple[Slip, ...]) -> list[Finding]:
    """A warning for each column that is off, with the longest stretches as examples."""
    findings = []
    columns: tuple[What, ...] = ("amount", "quantity")
    for what in columns:
        own = sorted((slip for slip in slips if slip.what == what), key=lambda slip: -slip.lines)
        if own:
            name = "unit_slip" if what == "amount" else "quantity_slip"
            findings.append(
                Finding(
                    name,
                    "readiness",
                    "warning",
                    _mend(own),
                    "order_lines",
                    what,
                    sum(slip.lines for slip in own),
                    tuple(_where(slip) for slip in own[:3]),
                )
            )
    return findings


def _mend(slips: list[Slip]) -> str:
    first = slips[0]
    thing = "unit prices" if first.what == "amount" else "quantities"
    guess = "another currency or cents instead of whole units" if first.what == "amount" else "another unit"
    return (
        f"{thing} are about {factor_text(first.factor)} those of the same products elsewhere: {guess}, there or in"
        " the rest; export one unit, or convert it in [tables.order_lines] computed"
    )


def _where(slip: Slip) -> str:
    span = "" if slip.first is None else f"{slip.first} to {slip.last}"
    return " ".join(word for word in (slip.part, span) if word) or "single lines"


def factor_text(factor: float) -> str:
    """A factor in words: a power of ten where it is near one."""
    power = round(math.log10(factor))
    if power and abs(factor / 10.0**power - 1) < _ROUND:
        return f"{10**power:,} times" if power > 0 else f"1/{10**-power:,} of"
    return f"{factor:,.1f} times" if factor >= 1 else f"1/{1 / factor:,.1f} of"
