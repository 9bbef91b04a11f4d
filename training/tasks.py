"""Prediction tasks: target, horizon, population and metric of each on one screen.

An outcome is measured by the feature kernel itself, at `cutoff + horizon` over a window of `horizon`: that is
`[cutoff, cutoff + horizon)`, and an event exactly at the cutoff belongs to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from features.kernel.declare import Feature
from features.matrix import FeatureMatrix
from features.orders.catalogue import CATALOGUE
from features.orders.mechanism import MECHANISM
from features.streams.loyalty_events import CATALOGUE as LOYALTY_EVENTS
from training.loyalty import OCCASIONAL, TYPES, VALUE, loyalty_types
from training.own_types import OwnType

Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]
MEMBERSHIP_STATE = "membership_state"
RARE = 40
"""With fewer customers of a type, some fold would have to do without it."""


class Task(Protocol):
    """What a model is trained to say."""

    name: ClassVar[str]
    metric: ClassVar[str]

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes, in the order of their indices."""

    @property
    def horizon_days(self) -> int:
        """Length of the label window."""

    @property
    def look_back_days(self) -> int:
        """How far the population looks back from the cutoff."""

    @property
    def outcome(self) -> Sequence[Feature]:
        """Features over the label window from which the label is made."""

    @property
    def past(self) -> Sequence[Feature]:
        """The same sums over the window before the cutoff, for population and persistence; may be empty."""

    def population(self, matrix: FeatureMatrix, past: FeatureMatrix | None) -> Mask:
        """Who is labelled and scored, shape (rows,)."""

    def label(self, outcome: FeatureMatrix) -> Labels:
        """The label as an index into `labels`, shape (rows,); rows are one population at one cutoff."""


@dataclass(frozen=True)
class Churn:
    """Customers with an order in the last `active_days` who place none in `[cutoff, cutoff + horizon)`."""

    horizon_days: int
    active_days: int

    name: ClassVar[str] = "churn"
    labels: ClassVar[tuple[str, ...]] = ("retained", "churned")
    metric: ClassVar[str] = "auroc"
    past: ClassVar[Sequence[Feature]] = ()

    @property
    def look_back_days(self) -> int:
        """The active days."""
        return self.active_days

    @property
    def outcome(self) -> Sequence[Feature]:
        """Orders in the label window."""
        return [CATALOGUE.features["order_count_30d"].over(self.horizon_days)]

    def population(self, matrix: FeatureMatrix, past: FeatureMatrix | None = None) -> Mask:  # noqa: ARG002 (one shape for all tasks)
        """Customers with an order in `[cutoff - active_days, cutoff)`."""
        return np.asarray(matrix.column("days_since_last_order") <= self.active_days)

    def label(self, outcome: FeatureMatrix) -> Labels:
        """1 where no order was placed."""
        return np.asarray(outcome.values[:, 0] == 0, np.int64)


@dataclass(frozen=True)
class MembershipChurn:
    """Members with a running paid membership who are none any more `horizon_days` later.

    A membership that ends and is taken up again within the horizon goes on. Members are known by `loyalty_events`
    (membership_start with its `expires_at`, membership_end); who has never ordered is not scored.
    """

    horizon_days: int

    name: ClassVar[str] = "churn"
    labels: ClassVar[tuple[str, ...]] = ("retained", "churned")
    metric: ClassVar[str] = "auroc"
    past: ClassVar[Sequence[Feature]] = ()

    @property
    def look_back_days(self) -> int:
        """A membership runs whenever it began."""
        return 0

    @property
    def outcome(self) -> Sequence[Feature]:
        """The state of the membership at the end of the label window."""
        return [LOYALTY_EVENTS.features[MEMBERSHIP_STATE]]

    def population(self, matrix: FeatureMatrix, past: FeatureMatrix | None = None) -> Mask:  # noqa: ARG002 (one shape for all tasks)
        """Customers whose membership is running at the cutoff.

        Raises:
            ValueError: the tables say nothing of memberships.
        """
        if MEMBERSHIP_STATE not in matrix.names:
            raise ValueError(
                'churn of kind = "contractual" needs loyalty_events with membership_start and membership_end; bring '
                'them, or set [churn] kind = "non_contractual"'
            )
        return np.asarray(matrix.column(MEMBERSHIP_STATE) == 1)

    def label(self, outcome: FeatureMatrix) -> Labels:
        """1 where the membership is not running."""
        return np.asarray(outcome.column(MEMBERSHIP_STATE) != 1, np.int64)


AnyChurn = Churn | MembershipChurn


@dataclass(frozen=True)
class LoyaltyType:
    """What keeps a customer, measured over `window_days` after the cutoff.

    Labelled is who placed `min_past_orders` or more orders in the window before; who places fewer than
    `min_orders` in the window after is `occasional`. Types that are not among `labels` (since the tables
    cannot show them, or too few customers have them) count as `value`: nothing that can be told stands out.
    """

    window_days: int
    min_orders: int
    threshold: float
    min_past_orders: int = 1
    labels: tuple[str, ...] = TYPES
    declared: tuple[OwnType, ...] = ()

    name: ClassVar[str] = "loyalty_type"
    metric: ClassVar[str] = "macro_auroc"

    @property
    def horizon_days(self) -> int:
        """Features and label look at windows of one length."""
        return self.window_days

    @property
    def look_back_days(self) -> int:
        """The window before the cutoff is looked at by labels as by the population."""
        return 0

    @property
    def outcome(self) -> Sequence[Feature]:
        """The sums behind the mechanism indices."""
        return [feature.over(self.window_days) for feature in MECHANISM.features.values()]

    @property
    def past(self) -> Sequence[Feature]:
        """The same sums before the cutoff."""
        return self.outcome

    def population(self, matrix: FeatureMatrix, past: FeatureMatrix | None) -> Mask:  # noqa: ARG002 (one shape for all tasks)
        """Customers with `min_past_orders` or more orders in the window before the cutoff."""
        if past is None:
            raise ValueError("the population of loyalty_type is found in the past window; pass it")
        return np.asarray(self._orders(past) >= self.min_past_orders)

    def label(self, outcome: FeatureMatrix) -> Labels:
        """The type by the rule of `training.loyalty`, standardised over the rows given."""
        told = [own.name for own in self._own if own.channels]
        types = loyalty_types(
            self._sums(outcome), min_orders=self.min_orders, threshold=self.threshold, own=told
        )
        return np.array([self.place_of(name) for name in (*TYPES, *told)], np.int64)[types]

    def place_of(self, name: str) -> int:
        """Index into `labels` of a type; that of `value` where it is not among them."""
        return self.labels.index(name if name in self.labels else TYPES[VALUE])

    @property
    def meanings(self) -> dict[str, int]:
        """Answers to a survey, in lower case, and the index into `labels` of the type that each means."""
        found = {name: self.place_of(name) for name in self.names}
        for own in self.declared:
            found |= dict.fromkeys(
                (answer.strip().lower() for answer in own.answers), self.place_of(own.name)
            )
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """TYPES and the types of the retailer's own."""
        return (*TYPES, *(own.name for own in self._own))

    @property
    def _own(self) -> tuple[OwnType, ...]:
        return tuple(own for own in self.declared if own.name not in TYPES)

    def without_rare_types(self, types: Labels) -> LoyaltyType:
        """The task with the labels that at least RARE of these customers have; value and occasional stay."""
        count = np.bincount(types, minlength=len(self.labels))
        kept = [name for name, rows in zip(self.labels, count, strict=True) if rows >= RARE]
        kept += [TYPES[VALUE], TYPES[OCCASIONAL]]
        return replace(self, labels=tuple(name for name in self.labels if name in kept))

    def _orders(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        return self._sums(matrix)["starts_order"]

    def _sums(self, matrix: FeatureMatrix) -> dict[str, NDArray[np.float64]]:
        suffix = f"_{self.window_days}d"
        return {
            name.removeprefix("sum_of_").removesuffix(suffix): matrix.column(name).astype(np.float64)
            for name in matrix.names
        }
