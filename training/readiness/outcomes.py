"""What the labels would be: population and churners at cutoffs, loyalty types at the newest one.

Churners are counted from `orders` alone, which gives what the training rows would hold; loyalty types are labelled
by the training rows themselves, in shops of many lines those of a sample of the customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.catalogue import can_build
from features.contract import CUSTOMERS, FEEDBACK, ORDER_LINES, PRODUCTS
from features.feeders.embedded import Feeder, build_features
from features.matrix import FeatureMatrix
from features.orders.catalogue import CATALOGUE
from features.orders.reference import WEEKS
from features.permission import Permit
from features.settings import SourceSettings
from features.tables.casting import literal
from training.cutoffs import CutoffPlan
from training.readiness.lines import Lines
from training.rows import training_rows
from training.tasks import Churn, LoyaltyType, MembershipChurn

LABELLED_LINES = 500_000
LABELLED_CUSTOMERS = 2_000
"""At least so many customers are labelled, where there are: a share is then known within two points."""


@dataclass(frozen=True)
class Outcome:
    """The churn population at a cutoff and how many of it left."""

    cutoff: datetime
    population: int
    churners: int

    @property
    def share(self) -> float:
        """Share of churners, 0 where nobody is in the population."""
        return self.churners / self.population if self.population else 0.0


def churn_outcome(lines: Lines, task: Churn, cutoff: datetime) -> Outcome:
    """Population and churners at a cutoff, of the customers in `permitted`."""
    end = cutoff + timedelta(days=task.horizon_days)
    start = cutoff - timedelta(days=task.active_days)
    population, churners = lines.one(
        """SELECT count(*), count(*) FILTER (NOT again) FROM (
               SELECT max(started_at) FILTER (started_at < $cutoff AND known_at < $cutoff) AS latest,
                      coalesce(bool_or(started_at >= $cutoff), false) AS again
               FROM orders SEMI JOIN permitted USING (customer_id)
               WHERE started_at >= $start AND started_at < $end GROUP BY customer_id)
           WHERE latest IS NOT NULL""".replace("$cutoff", _instant(cutoff))
        .replace("$start", _instant(start))
        .replace("$end", _instant(end))
    )
    return Outcome(cutoff, population, churners)


def membership_outcome(lines: Lines, task: MembershipChurn, permit: Permit, cutoff: datetime) -> Outcome:
    """Members at a cutoff and how many are none any more a horizon later, as training would label them.

    Raises:
        ValueError: the tables say nothing of memberships.
    """
    with Feeder(lines.folder, zone=lines.zone) as feeder:
        state, *_ = task.outcome
        wanted = [
            CATALOGUE.features["days_since_last_order"],
            *([state] if can_build(state, feeder.present) else []),
        ]
        now = FeatureMatrix.from_arrow(list(build_features(feeder, wanted, [cutoff])))
        if not task.population(now, None).any():
            return Outcome(cutoff, 0, 0)
        rows = training_rows(task, feeder, wanted, [cutoff], permit=permit)
    return Outcome(cutoff, len(rows), int(rows.labels.sum()))


def apart(cutoffs: Sequence[datetime], horizon_days: int) -> tuple[datetime, ...]:
    """The cutoffs, from the newest back, whose label windows do not overlap; ascending."""
    chosen: list[datetime] = []
    for cutoff in sorted(cutoffs, reverse=True):
        if not chosen or chosen[-1] - cutoff >= timedelta(days=horizon_days):
            chosen.append(cutoff)
    return tuple(reversed(chosen))


@dataclass(frozen=True)
class Types:
    """Loyalty types of the population, as training would count them.

    Attributes:
        population: customers at the newest labelled cutoff; those of the sample times `sampled`.
        counts: those customers by type, every type of the task.
        learned: customers who were of a type at one training cutoff or more, by type.
        sampled: one customer in so many was labelled; 1 is everybody.
    """

    population: int
    counts: dict[str, int]
    learned: dict[str, int]
    sampled: int


def loyalty_outcome(
    lines: Lines, task: LoyaltyType, plan: CutoffPlan, permit: Permit, settings: SourceSettings
) -> Types:
    """Label the population at the cutoffs of a plan as training would.

    Raises:
        ValueError: nobody is in the population at the cutoffs, or at the newest.
    """
    sampled = _write_customers(lines, task, plan)
    folder = lines.scratch / "labelled"
    with Feeder(folder, zone=lines.zone, memory_limit=settings.memory_limit) as feeder:
        anything = [CATALOGUE.features["days_since_last_order"]]
        rows = training_rows(task, feeder, anything, plan.all, permit=permit)
    newest, train = rows.at(plan.all[-1:]), rows.at(plan.train)
    if not len(newest):
        raise ValueError(f"nobody is in the population of {task.name} at {plan.all[-1]:%Y-%m-%d}")
    people = set(zip(train.matrix.customer_ids, train.labels.tolist(), strict=True))
    counts, learned = (
        _by_label(task, labels, sampled) for labels in (newest.labels, [label for _, label in people])
    )
    return Types(sum(counts.values()), counts, learned, sampled)


def _by_label(task: LoyaltyType, labels: npt.ArrayLike, times: int) -> dict[str, int]:
    counts = np.bincount(np.asarray(labels, np.int64), minlength=len(task.labels)) * times
    return dict(zip(task.labels, counts.tolist(), strict=True))


def _write_customers(lines: Lines, task: LoyaltyType, plan: CutoffPlan) -> int:
    """Write the lines that the labels look at, of one customer in so many; return that number."""
    window = timedelta(days=task.window_days)
    around = window + timedelta(weeks=WEEKS + 1)
    first, last = plan.all[0] - around, plan.all[-1] + around
    spanned = f"ordered_at >= {_instant(first)} AND ordered_at < {_instant(last)}"
    count, customers = lines.one(
        f"SELECT count(customer_id), approx_count_distinct(customer_id) FROM order_lines WHERE {spanned}"
    )
    sampled: int = max(1, min(round(count / LABELLED_LINES), customers // LABELLED_CUSTOMERS))
    chosen = f"{spanned} AND hash(customer_id) % {sampled} = 0" if sampled > 1 else spanned
    folder = lines.scratch / "labelled"
    folder.mkdir()
    source, target = (str(place / f"{ORDER_LINES.name}.parquet") for place in (lines.folder, folder))
    lines.connection.execute(
        f"COPY (SELECT * FROM read_parquet({literal(source)}) WHERE {chosen}) TO {literal(target)} (FORMAT parquet)"
    )
    for table in (PRODUCTS, CUSTOMERS, FEEDBACK):
        if table.name in lines.rows:
            file = f"{table.name}.parquet"
            (folder / file).symlink_to((lines.folder / file).resolve())
    return sampled


def _instant(at: datetime) -> str:
    return f"TIMESTAMPTZ {literal(at.isoformat())}"
