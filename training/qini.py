"""How well customers are ranked by what an action changes: the Qini curve and its coefficient (Radcliffe 2007).

Going down the ranking, the curve counts the events among the treated less those among the controls, scaled to as many
as were treated. The coefficient is the area between it and the straight line of a random ranking, over that of a
perfect ranking: treated events first, then whoever nothing was seen of, control events last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def qini_curve(
    outcome: npt.ArrayLike, uplift: npt.ArrayLike, treated: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Customers targeted and events won, from (0, 0) on; customers whose uplift is the same come together.

    Args:
        outcome: (n,) 0 or 1.
        uplift: (n,) by which customers are ranked, the highest first.
        treated: (n,) 1 where the action was taken, 0 for controls.

    Raises:
        ValueError: lengths differ, or there are no treated or no controls.
    """
    y, score, w = (np.asarray(values, np.float64) for values in (outcome, uplift, treated))
    if not len(y) == len(score) == len(w):
        raise ValueError(f"{len(y)} outcomes, {len(score)} scores and {len(w)} treatments: lengths differ")
    if not 0 < w.sum() < len(w):
        raise ValueError("a Qini curve needs treated customers and controls")
    order = np.argsort(-score, kind="stable")
    y, score, w = y[order], score[order], w[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    counted = last + 1.0
    treated_count, treated_events = np.cumsum(w)[last], np.cumsum(w * y)[last]
    controls, control_events = counted - treated_count, np.cumsum((1 - w) * y)[last]
    scaled = np.divide(
        control_events * treated_count, controls, out=np.zeros_like(controls), where=controls > 0
    )
    return np.concatenate([[0.0], counted]), np.concatenate([[0.0], treated_events - scaled])


def qini_coefficient(outcome: npt.ArrayLike, uplift: npt.ArrayLike, treated: npt.ArrayLike) -> float:
    """Area over a random ranking as a share of that of a perfect one; 0 is random, below 0 is worse.

    Args:
        outcome, uplift, treated: as `qini_curve` takes them.

    Raises:
        ValueError: no ranking could be better than a random one, since outcomes do not differ.
    """
    y, w = np.asarray(outcome, np.float64), np.asarray(treated, np.float64)
    x, curve = qini_curve(y, uplift, w)
    random = 0.5 * x[-1] * curve[-1]
    best, most = qini_curve(y, y * w - y * (1 - w), w)
    perfect = float(np.trapezoid(most, best)) - random
    if perfect == 0:
        raise ValueError("every ranking is as good as another: the outcomes do not differ")
    return float((np.trapezoid(curve, x) - random) / perfect)
