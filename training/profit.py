"""What contacting the riskiest customers reaches and earns, at several capacities.

Of the leavers who are contacted a share stays (`save_rate`) and is worth `value_saved` each; every contact costs
`contact_cost`. profit = leavers reached x save_rate x value_saved - contacts x contact_cost, over no contact at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import ReportSettings
from training.bootstrap import DRAWS, Interval, interval
from training.evaluation import Judgement
from training.fairness import contacted
from training.metrics import gains_at
from training.outcomes import FloatArray

Floats = NDArray[np.float64]
CAPACITIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
MODEL = "model"
YEAR_DAYS = 365


@dataclass(frozen=True)
class Economics:
    """What a contact costs and brings, in units of the currency.

    Attributes:
        value_saved: worth of a leaver who stays.
        contact_cost: of one contact.
        save_rate: share of contacted leavers who stay.
        is_turnover: whether `value_saved` is the mean turnover of one horizon, for want of a setting.
    """

    value_saved: float
    contact_cost: float
    save_rate: float
    is_turnover: bool

    @classmethod
    def of(cls, settings: ReportSettings, yearly_spend: float, horizon_days: int) -> Economics:
        """As configured; without a value, what customers spent on average in a horizon of the year before."""
        known = settings.value_saved
        value = yearly_spend * horizon_days / YEAR_DAYS if known is None else known
        return cls(value, settings.contact_cost, settings.save_rate, known is None)

    @property
    def break_even(self) -> float:
        """Probability from which a contact pays; infinite where a leaver who stays is worth nothing."""
        gain = self.save_rate * self.value_saved
        return self.contact_cost / gain if gain > 0 else float("inf")

    def profit(self, reached: Floats, contacts: Floats) -> Floats:
        """Of so many leavers reached by so many contacts."""
        return reached * self.save_rate * self.value_saved - contacts * self.contact_cost


@dataclass(frozen=True)
class AtCapacity:
    """Contacting a share of the customers, the riskiest first.

    Attributes:
        share, contacts: of the customers, and how many.
        reached: leavers among them.
        recall: share of all leavers.
        precision: share of leavers among the contacted, with its interval.
        lift: `precision` over the share of leavers among all.
        profit: with its interval.
        baselines: profit of each baseline at the same capacity.
    """

    share: float
    contacts: int
    reached: int
    recall: float
    precision: Interval
    lift: float
    profit: Interval
    baselines: dict[str, float]


def at_capacities(
    judgement: Judgement, economics: Economics, *, draws: int = DRAWS
) -> tuple[AtCapacity, ...]:
    """The model at CAPACITIES, beside the profit of every baseline; for a task of two labels.

    Raises:
        ValueError: nobody left, so that nothing can be reached.
    """
    return tuple(_at(judgement, economics, share, draws) for share in CAPACITIES)


def profit_curves(judgement: Judgement, economics: Economics, shares: Floats) -> Mapping[str, Floats]:
    """Profit (k,) of the model and of every baseline when the riskiest shares (k,) are contacted."""
    y = judgement.outcome
    contacts = shares * len(y)
    return {
        name: economics.profit(gains_at(y, p, shares) * y.sum(), contacts)
        for name, p in scores_of(judgement).items()
    }


def scores_of(judgement: Judgement) -> dict[str, Floats]:
    """The probability of the event by the model and by every baseline, the model first."""
    return {MODEL: judgement.probability[:, 1]} | {
        name: probability[:, 1] for name, probability in judgement.baselines.items()
    }


def _at(judgement: Judgement, economics: Economics, share: float, draws: int) -> AtCapacity:
    y, p = judgement.outcome, judgement.probability[:, 1]
    chosen = contacted(p, share)
    reached, contacts = int(y[chosen].sum()), int(chosen.sum())

    def precision(outcome: FloatArray, mask: FloatArray, weights: FloatArray) -> FloatArray:
        whole = weights @ mask
        return np.divide(weights @ (mask * outcome), whole, out=np.full_like(whole, np.nan), where=whole > 0)

    def earned(outcome: FloatArray, mask: FloatArray, weights: FloatArray) -> FloatArray:
        return economics.profit(weights @ (mask * outcome), weights @ mask)

    who, mask = judgement.customer_ids, chosen.astype(np.float64)
    at = np.array([contacts / len(y)])
    rivals = {name: float(curve[0]) for name, curve in profit_curves(judgement, economics, at).items()}
    return AtCapacity(
        share=share,
        contacts=contacts,
        reached=reached,
        recall=reached / max(int(y.sum()), 1),
        precision=interval(precision, who, y, mask, draws=draws),
        lift=reached / contacts / float(y.mean()),
        profit=interval(earned, who, y, mask, draws=draws),
        baselines={name: value for name, value in rivals.items() if name != MODEL},
    )
