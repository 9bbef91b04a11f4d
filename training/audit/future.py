"""Later events must not change features: build them with and without the future, and compare to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.catalogue import columns_read
from features.feeders.embedded import Feeder, build_features
from features.kernel.declare import Feature
from training.audit.check import Check

SAMPLE = 20_000
"""At most so many customers are compared."""
NAME = "later_events_change_no_feature"
Build = Callable[[Feeder], pa.Table]
"""Builds the features of an audit, with `customer_id`, from the tables of a feeder."""


@dataclass(frozen=True)
class Difference:
    """A feature that later events change.

    Attributes:
        feature: its name.
        tables: the tables that it reads.
        customers: of how many customers it differs.
        whole, truncated: the values of one of them, with and without the future.
    """

    feature: str
    tables: tuple[str, ...]
    customers: int
    whole: float
    truncated: float


def builder(features: Sequence[Feature], cutoff: datetime, sample: pa.Array) -> Build:
    """How an audit builds features: at one cutoff, of the sampled customers."""

    def build(feeder: Feeder) -> pa.Table:
        parts = [
            table.filter(pc.is_in(table["customer_id"], value_set=sample))
            for table in build_features(feeder, features, [cutoff])
        ]
        return pa.concat_tables(parts)

    return build


def sampled(ids: pa.Array, most: int = SAMPLE) -> pa.Array:
    """Every k-th customer, so that at most `most` are left."""
    step = max(1, -(-len(ids) // most))
    return ids.take(pa.array(np.arange(0, len(ids), step)))


def check_future(
    whole: Feeder, truncated: Feeder, build: Build, features: Sequence[Feature], cutoff: datetime
) -> Check:
    """Compare features from the whole tables with those from tables that end at the cutoff.

    Args:
        whole: the tables as they are.
        truncated: the tables as they were at the cutoff.
        build: what is compared.
        features: what `build` builds, for the tables that they read.
    """
    one, other = (table.sort_by("customer_id") for table in (build(whole), build(truncated)))
    if not one["customer_id"].equals(other["customer_id"]):
        return _other_customers(one, other)
    found = differences(one, other, features)
    customers = one.num_rows
    if not found:
        return Check(
            NAME,
            "passed",
            f"{len(one.column_names) - 2} features of {customers:,} customers at {cutoff:%Y-%m-%d} are the same to "
            "the last bit without what came later",
            details={"features": len(one.column_names) - 2, "customers": customers, "differences": []},
        )
    first = found[0]
    return Check(
        NAME,
        "failed",
        f"{first.feature} (reads {', '.join(first.tables)}) is {first.whole:g} with the future and "
        f"{first.truncated:g} without it, for one of {first.customers:,} of {customers:,} customers; "
        f"{len(found)} features differ",
        mend=f"find what {first.feature} reads after its cutoff: a time that is filled in later, or rows that were "
        "changed in place",
        details={
            "features": len(one.column_names) - 2,
            "customers": customers,
            "differences": [vars(each) | {"tables": list(each.tables)} for each in found],
        },
    )


def differences(one: pa.Table, other: pa.Table, features: Sequence[Feature]) -> list[Difference]:
    """The features that differ in any bit, in the order of the columns; rows are the same customers."""
    by_name = {feature.name: feature for feature in features}
    found = []
    for name in one.column_names:
        if name in ("customer_id", "cutoff"):
            continue
        first, second = _values(one, name), _values(other, name)
        unequal = np.flatnonzero(_bits(first) != _bits(second))
        if len(unequal):
            tables = tuple(sorted(columns_read([by_name[name]]))) if name in by_name else ()
            at = unequal[0]
            found.append(Difference(name, tables, len(unequal), float(first[at]), float(second[at])))
    return found


def _other_customers(one: pa.Table, other: pa.Table) -> Check:
    return Check(
        NAME,
        "failed",
        f"{one.num_rows:,} customers have features with the future and {other.num_rows:,} without it",
        mend="rows that came later decide who has features: look for orders without a time before the cutoff",
    )


def _values(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), np.float64)


def _bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bits of numbers, one pattern for all that are missing."""
    return np.where(np.isnan(values), np.nan, values).view(np.int64)
