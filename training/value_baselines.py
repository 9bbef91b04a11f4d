"""What simple rules say of the margin in a window: the last three months go on, or BG/NBD with Gamma-Gamma."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from training.baselines import FITTED_CUSTOMERS
from training.bgnbd import BGNBD
from training.evaluation import history_of
from training.gammagamma import GammaGamma
from training.takings import Takings
from training.value import Cases

Floats = npt.NDArray[np.float64]
MEAN90, BGNBD_GAMMAGAMMA = "mean90", "bgnbd_gammagamma"


def value_baselines(
    cases: Cases, test: FeatureMatrix, takings: Takings, window_days: int, seed: int
) -> dict[str, Floats]:
    """Expected margin of the test rows in the window by each baseline, minor units, (rows,).

    Args:
        cases: training rows, from which every parameter comes.
    """
    total = float(cases.margin.sum())
    spent = np.maximum(cases.rows.matrix.column("total_spend_90d").astype(np.float64), 0)
    share = total / max(float(spent.sum()), 1.0)
    found = {MEAN90: share * np.maximum(test.column("total_spend_90d").astype(np.float64), 0)}
    ordered = _buy_till_you_die(cases.rows.matrix, test, takings, window_days, seed)
    margin_share = float(takings.margins.sum() / max(takings.amounts.sum(), 1.0))
    return found | ({} if ordered is None else {BGNBD_GAMMAGAMMA: margin_share * ordered})


def _buy_till_you_die(
    train: FeatureMatrix, test: FeatureMatrix, takings: Takings, window_days: int, seed: int
) -> Floats | None:
    """Expected amount, as Fader and Hardie put it: orders by BG/NBD, value of an order by Gamma-Gamma.

    None where no customer has repeated an order, so that neither can be fitted.
    """
    latest = train.where(train.cutoffs == train.cutoffs.max())
    chosen = np.zeros(len(latest), bool)
    draw = np.random.default_rng(seed).permutation(len(latest))[:FITTED_CUSTOMERS]
    chosen[draw] = True
    latest = latest.where(chosen)
    before = history_of(latest)
    counts, sums = takings.order_days_before(latest)
    seen = (counts > 0) & (sums > 0)
    if not seen.any():
        return None
    orders = BGNBD.fit(before.repeat_order_days, before.recency_days, before.age_days)
    values = GammaGamma.fit(counts[seen], sums[seen] / counts[seen])
    if values.q <= 1:
        return None
    now = history_of(test)
    ahead = orders.expected_purchases(window_days, now.repeat_order_days, now.recency_days, now.age_days)
    counts, sums = takings.order_days_before(test)
    return ahead * values.expected_value(counts, sums / np.maximum(counts, 1))
