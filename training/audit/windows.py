"""Windows of features and labels against each other: of one row, and of rows on both sides of a split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.contract import INGESTED_AT
from features.tables.casting import literal
from training.audit.check import Check
from training.audit.truncated import instant_sql
from training.cutoffs import CutoffPlan
from training.fit import Fold
from training.rows import TrainingRows
from training.tasks import Churn

SPLIT, FOLDS, LABELS = "no_label_window_overlaps_the_split", "folds_are_apart", "labels_begin_at_the_cutoff"
ROUNDING_DAYS = 1e-3
"""Days that single precision may miss."""


def check_split(plan: CutoffPlan, horizon_days: int, as_of: datetime) -> Check:
    """No label window of a training cutoff reaches into that of a test cutoff, and none beyond the data."""
    horizon = timedelta(days=horizon_days)
    beyond = [cutoff for cutoff in plan.all if cutoff + horizon > as_of]
    overlapping = [cutoff for cutoff in plan.train if plan.test and cutoff + horizon > plan.test[0]]
    details = {
        "train_cutoffs": len(plan.train),
        "last_train_cutoff": plan.train[-1].isoformat(),
        "test_cutoffs": [cutoff.isoformat() for cutoff in plan.test],
        "overlapping": [cutoff.isoformat() for cutoff in overlapping],
        "beyond_the_data": [cutoff.isoformat() for cutoff in beyond],
    }
    if overlapping or beyond:
        found = (
            f"the labels of {overlapping[-1]:%Y-%m-%d} reach into those of the test cutoff {plan.test[0]:%Y-%m-%d}"
            if overlapping
            else f"the labels of {beyond[-1]:%Y-%m-%d} end after the data, {as_of:%Y-%m-%d}"
        )
        return Check(
            SPLIT, "failed", found, f"leave out cutoffs less than {horizon_days} days before", details
        )
    if plan.by_customer:
        said = f"one cutoff, {plan.train[0]:%Y-%m-%d}: there is no split by time"
        return Check(SPLIT, "skipped", said, details=details)
    gap = (plan.test[0] - plan.train[-1]).days
    return Check(
        SPLIT,
        "passed",
        f"the last training cutoff is {gap} days before the test cutoff {plan.test[0]:%Y-%m-%d}, the labels of "
        f"{horizon_days} days end by it",
        details=details,
    )


def check_folds(rows: TrainingRows, folds: Sequence[Fold], horizon_days: int) -> Check:
    """Inside training, rows that fit and rows held out have label windows or customers apart."""
    for number, (fit, held) in enumerate(folds, start=1):
        if not (_apart_in_time(rows, fit, held, horizon_days) or _other_customers(rows, fit, held)):
            return Check(
                FOLDS,
                "failed",
                f"fold {number} fits on label windows that overlap those held out, of the same customers",
                "lay folds by time with a horizon between them, or by customer",
            )
    by_time = all(_apart_in_time(rows, fit, held, horizon_days) for fit, held in folds)
    kind = "in time" if by_time else "by customer"
    said = f"{len(folds)} folds inside training are apart {kind}"
    return Check(FOLDS, "passed", said, details={"folds": len(folds), "apart": kind})


def _apart_in_time(
    rows: TrainingRows, fit: NDArray[np.int64], held: NDArray[np.int64], horizon_days: int
) -> bool:
    cutoffs = rows.matrix.cutoffs
    return bool(cutoffs[fit].max() + np.timedelta64(horizon_days, "D") <= cutoffs[held].min())


def _other_customers(rows: TrainingRows, fit: NDArray[np.int64], held: NDArray[np.int64]) -> bool:
    ids = rows.matrix.customer_ids
    return not set(ids[fit]) & set(ids[held])


def check_labels(task: Churn, rows: TrainingRows, order_lines: Path) -> Check:
    """Recompute outcomes and the last order from the table alone, by plain SQL, at every cutoff of the rows.

    A label that looks before its cutoff, or a feature that looks at or after it, differs.
    """
    columns = duckdb.read_parquet(str(order_lines)).columns
    known = (
        f"greatest(ordered_at, coalesce({INGESTED_AT.name}, ordered_at))"
        if INGESTED_AT.name in columns
        else "ordered_at"
    )
    wrong_labels = wrong_features = 0
    since = rows.matrix.column("days_since_last_order")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for cutoff in np.unique(rows.matrix.cutoffs):
            at: datetime = cutoff.astype("datetime64[us]").item().replace(tzinfo=UTC)
            ids, last, came_back = _from_sql(connection, order_lines, at, task.horizon_days, known)
            chosen = np.flatnonzero(rows.matrix.cutoffs == cutoff)
            place = {customer: number for number, customer in enumerate(ids)}
            index = np.array([place[customer] for customer in rows.matrix.customer_ids[chosen]], np.int64)
            wrong_labels += int((rows.labels[chosen] != ~came_back[index]).sum())
            wrong_features += int((np.abs(since[chosen] - last[index]) > ROUNDING_DAYS).sum())
    return _labels_found(task, len(rows), wrong_labels, wrong_features)


def _from_sql(
    connection: duckdb.DuckDBPyConnection, file: Path, cutoff: datetime, horizon_days: int, known: str
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.bool_]]:
    """Customers, their days since the last order known before the cutoff, and whether they ordered in the horizon."""
    at, end = instant_sql(cutoff), instant_sql(cutoff + timedelta(days=horizon_days))
    found = connection.execute(
        f"""SELECT customer_id,
                   (epoch_us({at}) - max(epoch_us(ordered_at)) FILTER (WHERE {known} < {at})) / 86400e6 AS since,
                   coalesce(bool_or(ordered_at >= {at} AND ordered_at < {end}), false) AS came_back
            FROM read_parquet({literal(str(file))})
            WHERE amount > 0 AND customer_id IS NOT NULL GROUP BY customer_id"""
    ).fetchnumpy()
    since = np.ma.filled(np.ma.asarray(found["since"], np.float64), np.nan)
    return found["customer_id"], since, np.asarray(found["came_back"], bool)


def _labels_found(task: Churn, rows: int, wrong_labels: int, wrong_features: int) -> Check:
    details = {"rows": rows, "wrong_labels": wrong_labels, "wrong_features": wrong_features}
    if wrong_labels or wrong_features:
        return Check(
            LABELS,
            "failed",
            f"of {rows:,} rows {wrong_labels:,} labels are not those of the {task.horizon_days} days from the cutoff "
            f"on, and {wrong_features:,} last orders are not those before it",
            "labels and features look across the cutoff: check the zone of times and what was changed in the tables "
            "since they were validated",
            details,
        )
    return Check(
        LABELS,
        "passed",
        f"{rows:,} labels are those of the {task.horizon_days} days from the cutoff on, and every last order lies "
        "before it",
        details=details,
    )
