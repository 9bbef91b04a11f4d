"""Does the audit work on these data? Leaks are put in on purpose, and have to be caught by name.

A canary is a feature whose window ends a horizon late: at a cutoff it counts the orders that follow it. In production
it would be 0 for everybody, since nothing has followed yet; in training rows it is nearly the outcome itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix
from training.audit.check import Check
from training.audit.future import Build, builder, check_future
from training.audit.suspect import PLAIN, Suspect
from training.rows import TrainingRows

CANARY = "canary"
LATE_WINDOW, COLUMN = "canary_of_a_late_window_is_caught", "canary_of_a_column_filled_in_later_is_caught"
WRONG = 0.02
"""Share of rows in which the column that is filled in later is wrong, as such columns are."""

Judge = Callable[[TrainingRows], Suspect | None]
"""Trains on rows and gives the feature that the rule suspects."""


def late_window(horizon_days: int, cutoff: datetime, sample: pa.Array) -> Build:
    """Builds the canary: orders in the horizon after the cutoff, under the name of a feature at the cutoff."""
    orders = FEATURES["order_count_30d"].over(horizon_days)
    built = builder([orders], cutoff + timedelta(days=horizon_days), sample)
    before = builder([orders], cutoff, sample)

    def build(feeder: Feeder) -> pa.Table:
        table = built(feeder)
        known = pc.is_in(table["customer_id"], value_set=before(feeder)["customer_id"].combine_chunks())
        return table.filter(known).rename_columns(["customer_id", "cutoff", CANARY])

    return build


def check_late_window(whole: Feeder, truncated: Feeder, build: Build, cutoff: datetime) -> Check:
    """The comparison with and without the future has to name the canary."""
    found = check_future(whole, truncated, build, [], cutoff)
    differences = found.details.get("differences", [])
    caught = [one for one in differences if one["feature"] == CANARY]
    if caught:
        said = f"a feature that looks past its cutoff differs for {caught[0]['customers']:,} customers and is named"
        return Check(LATE_WINDOW, "passed", said, details=caught[0])
    return Check(
        LATE_WINDOW,
        "failed",
        "a feature that looks past its cutoff was not seen: nobody in the sample ordered after it",
        "audit at an earlier cutoff, after which customers ordered: --cutoff",
    )


def with_column(rows: TrainingRows, names: tuple[str, ...] = PLAIN, *, seed: int = 7) -> TrainingRows:
    """Plain features beside a column that was filled in after the outcome, wrong in WRONG of the rows."""
    wrong = np.random.default_rng(seed).random(len(rows)) < WRONG
    classes = int(rows.labels.max()) + 1
    filled: NDArray[np.float32] = np.where(wrong, (rows.labels + 1) % classes, rows.labels).astype(np.float32)
    kept = tuple(name for name in names if name in rows.matrix.names)
    values = np.column_stack([rows.matrix.select(kept), filled])
    matrix = FeatureMatrix(rows.matrix.customer_ids, rows.matrix.cutoffs, (*kept, CANARY), values)
    return replace(rows, matrix=matrix)


def check_column(rows: TrainingRows, judge: Judge) -> Check:
    """A model trained on rows with the column has to be stopped, with the column as the suspect."""
    suspect = judge(with_column(rows))
    if suspect is not None and suspect.alone.feature == CANARY:
        details = {"auroc_alone": suspect.alone.auroc, "auroc_of_the_model": suspect.model}
        said = f"a column filled in after the outcome would stop training: {suspect}"
        return Check(COLUMN, "passed", said, details=details)
    named = "nobody was suspected" if suspect is None else f"{suspect.alone.feature} was suspected"
    return Check(
        COLUMN,
        "failed",
        f"a column filled in after the outcome would not stop training: {named}",
        "there may be too few rows to tell: bring more history",
    )
