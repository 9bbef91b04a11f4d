"""Customers and guests: how many there are, how often they buy, how many may be profiled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.permission import Permit, profiling_permit
from features.settings import Settings
from features.suppression import Suppression
from features.tables.report import Finding, Report
from features.tables.stream import batches
from features.tables.writing import SUPPRESSED
from features.workspace import Workspace
from training.readiness.lines import Lines

MANY_GUESTS = 0.5
FEW_PROFILED = 0.9
ORDER_BINS = (1, 2, 3, 4, 6, 11, 21, 51)
"""Lower ends of the bins in which orders per customer are counted; the last is open."""

_BATCH = 1 << 16


@dataclass(frozen=True)
class People:
    """Who bought.

    Attributes:
        customers: with an order, all history.
        orders: of customers.
        guest_lines, guest_share: order lines without a customer, and their share of all used lines.
        one_order: customers with a single order.
        orders_per_customer_median: orders of the customer in the middle; None without customers.
        orders_per_customer: customers by bin of orders, `{"1": 120, "2": 60, ..., "51+": 3}`.
        profiled: customers who may be profiled today.
        suppressed_rows: rows that the suppression list kept out.
        suppression_list: people on that list, whether in these tables or not.
        consent: `table`, or the basis of the settings.
    """

    customers: int
    orders: int
    guest_lines: int
    guest_share: float
    one_order: int
    orders_per_customer_median: float | None
    orders_per_customer: dict[str, int]
    profiled: int
    suppressed_rows: int
    suppression_list: int
    consent: str


def count_people(lines: Lines, settings: Settings, workspace: Workspace, report: Report) -> People:
    """Count, and make `permitted`, the ids of those who may be profiled."""
    profiled = create_permitted(lines, profiling_permit(settings, workspace))
    lines.connection.execute(
        "CREATE TABLE order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY ALL"
    )
    customers, orders, once, middle = lines.one(
        "SELECT count(*), coalesce(sum(orders), 0)::BIGINT, count(*) FILTER (orders = 1), median(orders)"
        " FROM order_counts"
    )
    counts = report.tables["order_lines"]
    return People(
        customers=customers,
        orders=orders,
        guest_lines=counts.guests,
        guest_share=counts.guests / max(counts.rows_used, 1),
        one_order=once,
        orders_per_customer_median=middle,
        orders_per_customer=_order_bins(lines),
        profiled=profiled,
        suppressed_rows=sum(table.reasons.get(SUPPRESSED, 0) for table in report.tables.values()),
        suppression_list=len(Suppression.open(workspace.suppression)),
        consent="table" if "consents" in lines.rows else (settings.consent.basis or ""),
    )


def create_permitted(lines: Lines, permit: Permit) -> int:
    """Make the table `permitted` of the customers with an order whom the permit lets through; return how many."""
    lines.connection.execute("CREATE OR REPLACE TABLE permitted (customer_id VARCHAR)")
    total = 0
    query = "SELECT DISTINCT customer_id FROM orders"
    # on a cursor of its own: a connection streams one result at a time
    for batch in batches(lines.connection.cursor(), query, _BATCH):
        ids = batch.column(0).to_numpy(zero_copy_only=False).astype(object)
        allowed = pa.table({"customer_id": pa.array(ids[permit(ids)], pa.string())})
        lines.connection.register("allowed", allowed)
        lines.connection.execute("INSERT INTO permitted FROM allowed")
        lines.connection.unregister("allowed")
        total += allowed.num_rows
    return total


def _order_bins(lines: Lines) -> dict[str, int]:
    ends = [*(lower - 1 for lower in ORDER_BINS[1:]), None]
    names = [_bin_name(first, last) for first, last in zip(ORDER_BINS, ends, strict=True)]
    found = lines.fetch("SELECT orders, count(*) FROM order_counts GROUP BY ALL")
    place = np.searchsorted(ORDER_BINS, [orders for orders, _ in found], side="right") - 1
    counts = np.bincount(place.astype(np.int64), [n for _, n in found], minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def _bin_name(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"


def people_findings(people: People) -> list[Finding]:
    """Recommendations where most sales are guests', and a warning where many customers may not be profiled."""
    findings = []
    if people.guest_share > MANY_GUESTS:
        mend = (
            f"{people.guest_share:.0%} of the lines are guest sales, about whom nothing can be predicted;"
            " a card, an account or an e-mail at the till makes them customers"
        )
        rows = people.guest_lines
        findings.append(
            Finding("many_guests", "readiness", "recommendation", mend, "order_lines", "customer_id", rows)
        )
    refused = people.customers - people.profiled
    if people.profiled < FEW_PROFILED * people.customers:
        mend = (
            f"{refused:,} of {people.customers:,} customers may not be profiled and are in no training row;"
            " bring every answer of purpose 'profiling', or ask those who were never asked"
        )
        findings.append(Finding("few_profiled", "readiness", "warning", mend, "consents", "status", refused))
    return findings
