"""Which features the tables allow, which are left out, and for want of what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from features.catalogue import FEATURES, available, can_build, lacking, needs
from features.contract import TABLES
from features.orders.mechanism import MECHANISM
from features.tables.report import Finding
from training.readiness.lines import Lines

MECHANISMS = {
    "price": ("hindsight_price_position", "hindsight_excess_private_label"),
    "reward": ("coupon_lines", "points_lines"),
    "discount": ("hindsight_excess_discount",),
}
"""The sums of which any one makes a loyalty type visible; `training.loyalty.mechanism_indices` reads them."""


@dataclass(frozen=True)
class Wanting:
    """What a column that was not brought would bring.

    Attributes:
        column: as `table.column`.
        features: features that read it.
        alone: features that need nothing else.
    """

    column: str
    features: int
    alone: int


@dataclass(frozen=True)
class FeatureCounts:
    """The catalogue against the tables.

    Attributes:
        available, declared: features that can be computed, and all.
        by_driver: available and declared features of each driver.
        left_out: name of each feature that is left out, with the columns that it lacks.
        wanting: the columns that are lacking, those that bring most first.
        types: loyalty types that the tables can show.
    """

    available: int
    declared: int
    by_driver: dict[str, tuple[int, int]]
    left_out: dict[str, tuple[str, ...]]
    wanting: tuple[Wanting, ...]
    types: tuple[str, ...]


def count_features(lines: Lines) -> FeatureCounts:
    """Compare what each feature needs with what was brought."""
    there = {feature.name for feature in available(lines.columns)}
    features = FEATURES.values()
    left_out = {
        feature.name: lacking(feature, lines.columns) for feature in features if feature.name not in there
    }
    have = Counter(feature.driver for feature in features if feature.name in there)
    declared = Counter(feature.driver for feature in features)
    return FeatureCounts(
        available=len(there),
        declared=len(FEATURES),
        by_driver={driver: (have[driver], count) for driver, count in declared.items()},
        left_out=left_out,
        wanting=_wanting(left_out),
        types=_types(lines.columns),
    )


def _wanting(left_out: dict[str, tuple[str, ...]]) -> tuple[Wanting, ...]:
    all_needs = Counter(need for missing in left_out.values() for need in missing)
    alone = Counter(missing[0] for missing in left_out.values() if len(missing) == 1)
    found = [Wanting(column, count, alone[column]) for column, count in all_needs.items()]
    return tuple(sorted(found, key=lambda one: (-one.alone, -one.features, one.column)))


def _types(present: frozenset[str]) -> tuple[str, ...]:
    """The mechanisms that the columns can show; `value` and `occasional` need none."""
    usable = (feature for feature in MECHANISM.features.values() if can_build(feature, present))
    sums = {feature.name.removeprefix("sum_of_") for feature in usable}
    seen = [name for name, parts in MECHANISMS.items() if sums.intersection(parts)]
    return ("value", *seen, "occasional")


def reading(column: str) -> int:
    """How many features of the catalogue read a column, `table.column`."""
    return sum(column in needs(feature) for feature in FEATURES.values())


def feature_findings(counts: FeatureCounts) -> list[Finding]:
    """A recommendation for each table that lacks columns, with what they would bring."""
    findings = []
    for table in TABLES:
        own = [one for one in counts.wanting if one.column.startswith(f"{table}.")]
        if own:
            names = ", ".join(f"{one.column.removeprefix(f'{table}.')} ({one.features})" for one in own)
            touched = sum(
                any(need.startswith(f"{table}.") for need in lack) for lack in counts.left_out.values()
            )
            mend = f"{touched} of {counts.declared} features are left out; they would need {names}"
            findings.append(Finding("features_left_out", "readiness", "recommendation", mend, table))
    return findings
