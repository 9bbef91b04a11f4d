"""What customers paid and what of it stayed as margin, by instant: for outcomes and baselines, not for features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.feeders.embedded import Feeder
from features.matrix import FeatureMatrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
UNIT_COST, RATE = "unit_cost", "rate"
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Takings:
    """Net amounts in minor units, returns negative.

    Attributes:
        ids: the customers, ascending.
        customers: (n,) place in `ids`, ascending.
        times: (n,) microseconds since 1970 (UTC), ascending for a customer.
        amounts: (n,) what was paid at that instant.
        margins: (n,) what of it stayed.
        margin_from: "unit_cost", or "rate" where no line has a cost.
    """

    ids: pa.Array
    customers: Ints
    times: Ints
    amounts: Floats
    margins: Floats
    margin_from: str

    @classmethod
    def read(cls, feeder: Feeder, rate: float) -> Takings:
        """Read them from order lines, and costs from products.

        Args:
            rate: margin as a share of the amount where no line has a cost, in (0, 1]. Lines without one, where
                others have one, get the share of those that have.
        """
        found = feeder.takings()
        amounts, costed, costs = (
            found[name].to_numpy().astype(np.float64) for name in ("amount", "costed", "cost")
        )
        has_costs = bool(np.abs(costed).sum() > 0)
        share = (costed.sum() - costs.sum()) / costed.sum() if has_costs and costed.sum() else rate
        return cls(
            feeder.ids,
            found["place"].to_numpy().astype(np.int64),
            found["time"].to_numpy().astype(np.int64),
            amounts,
            (costed - costs) + share * (amounts - costed),
            UNIT_COST if has_costs else RATE,
        )

    def margin_between(self, matrix: FeatureMatrix, start_days: float, end_days: float) -> Floats:
        """Margin in `[cutoff + start, cutoff + end)` of each row's customer and cutoff, (rows,)."""
        return self._between(self.margins, matrix, start_days, end_days)

    def order_days_before(self, matrix: FeatureMatrix) -> tuple[Floats, Floats]:
        """Days (UTC) with a positive amount before each row's cutoff and after the first such day, and their amount.

        The first day is left out, as the buy-till-you-die models count repeat orders only. Shape (rows,) each.
        """
        day = self.times // _DAY_US
        paid = self.amounts > 0
        who, when, what = self.customers[paid], day[paid], self.amounts[paid]
        first = np.full(len(self.ids), np.iinfo(np.int64).max)
        np.minimum.at(first, who, when)
        repeat = when > first[who]
        who, when, what = who[repeat], when[repeat], what[repeat]
        new_day = np.ones(len(who), bool)
        new_day[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
        counts, sums = np.empty(len(matrix)), np.empty(len(matrix))
        for cutoff, rows, own in self._by_cutoff(matrix):
            before = when < cutoff // _DAY_US
            counts[rows] = self._total(who[before], new_day[before].astype(np.float64))[own]
            sums[rows] = self._total(who[before], what[before])[own]
        return counts, sums

    def _between(self, amounts: Floats, matrix: FeatureMatrix, start: float, end: float) -> Floats:
        found = np.empty(len(matrix))
        for cutoff, rows, own in self._by_cutoff(matrix):
            inside = (self.times >= cutoff + int(start * _DAY_US)) & (
                self.times < cutoff + int(end * _DAY_US)
            )
            found[rows] = self._total(self.customers[inside], amounts[inside])[own]
        return found

    def _by_cutoff(self, matrix: FeatureMatrix) -> list[tuple[int, npt.NDArray[np.bool_], Ints]]:
        """Each cutoff in microseconds, its rows, and the places of their customers in `ids`."""
        index = pc.index_in(pa.array(matrix.customer_ids, pa.string()), self.ids.cast(pa.string()))
        place = index.to_numpy(zero_copy_only=False).astype(np.int64)
        found = []
        for cutoff in np.unique(matrix.cutoffs):
            rows = matrix.cutoffs == cutoff
            found.append((int(cutoff.astype("datetime64[us]").astype(np.int64)), rows, place[rows]))
        return found

    def _total(self, customers: Ints, amounts: Floats) -> Floats:
        total: Floats = np.bincount(customers, weights=amounts, minlength=len(self.ids)).astype(np.float64)
        return total
