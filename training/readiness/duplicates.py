"""Lines that are there twice: exact repeats within an order, all over or on a stretch of days.

A shopper may scan an article twice, so some repeats are real. An export that ran twice, or two exports that overlap,
leave nearly every line an even number of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from features.tables.report import Finding
from training.readiness.lines import Lines

DOUBLED = 0.9
"""Share of lines with an even number of copies from which a table or a day counts as doubled."""

DAY_LINES = 10
RUN_LINES = 30

_CONTENT = (
    "customer_id", "ordered_at", "amount", "product_id", "quantity", "list_amount", "coupon_amount",
    "points_redeemed", "channel", "store_id",
)  # fmt: skip


@dataclass(frozen=True)
class Duplicates:
    """Repeats among the lines.

    Attributes:
        share: share of the lines that repeat another line of the same order.
        even_share: share of the lines that are there an even number of times.
        lines: about how many lines repeat another.
        doubled: nearly every line is there an even number of times.
        doubled_days: stretches of days on which that is so, while it is not so elsewhere; both ends included.
    """

    share: float
    even_share: float
    lines: int
    doubled: bool
    doubled_days: tuple[tuple[date, date], ...]


def find_duplicates(lines: Lines) -> Duplicates:
    """Compare the lines of each order; `line_id` and `ingested_at` do not count."""
    content = ", ".join(_CONTENT)
    days = lines.fetch(
        f"""WITH copies AS (
                SELECT any_value(day) AS day, count(*) AS n FROM sample GROUP BY order_id, hash({content}))
            SELECT day, sum(n)::BIGINT, sum(n - 1)::BIGINT, coalesce(sum(n) FILTER (n % 2 = 0), 0)::BIGINT
            FROM copies GROUP BY day ORDER BY day"""
    )
    total, repeats, even = (sum(row[place] for row in days) for place in (1, 2, 3))
    doubled = bool(total) and even >= DOUBLED * total
    return Duplicates(
        share=repeats / max(total, 1),
        even_share=even / max(total, 1),
        lines=repeats * lines.sampled,
        doubled=doubled,
        doubled_days=() if doubled else _runs([(day, n, even) for day, n, _, even in days]),
    )


def _runs(days: list[tuple[date, int, int]]) -> tuple[tuple[date, date], ...]:
    """Runs of days (with lines) on which nearly every line is doubled."""
    runs: list[tuple[date, date, int]] = []
    open_run = False
    for day, n, even in days:
        hit = n >= DAY_LINES and even >= DOUBLED * n
        if hit and open_run:
            runs[-1] = (runs[-1][0], day, runs[-1][2] + n)
        elif hit:
            runs.append((day, day, n))
        open_run = hit
    return tuple((first, last) for first, last, n in runs if n >= RUN_LINES)


def duplicate_findings(found: Duplicates) -> list[Finding]:
    """A warning where the table, or a stretch of days, is there twice."""
    if not found.doubled and not found.doubled_days:
        return []
    examples = tuple(f"{first} to {last}" for first, last in found.doubled_days[:3])
    if found.doubled:
        name = "doubled_lines"
        mend = f"{found.even_share:.0%} of the lines are there an even number of times: the export ran twice"
    else:
        name = "doubled_days"
        mend = "on these days nearly every line is there twice: two exports overlap"
    mend += "; export once, or bring line_id, so that a repeated line is known by its key"
    return [Finding(name, "readiness", "warning", mend, "order_lines", "line_id", found.lines, examples)]
