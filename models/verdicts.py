"""What to do about a customer and an action, from the outcome's probability without it and with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
VERDICTS = ("persuadable", "sure thing", "lost cause", "do not disturb", "undecided")
PERSUADABLE, SURE_THING, LOST_CAUSE, DO_NOT_DISTURB, UNDECIDED = range(len(VERDICTS))


def verdicts(
    without: Floats, with_action: Floats, low: Floats, high: Floats, likely: float
) -> NDArray[np.uint8]:
    """Code into VERDICTS of each row, (rows,).

    Undecided where the interval of the uplift contains 0. Else the action does harm (do not disturb), or it helps:
    somebody who would have done it anyway (sure thing), somebody who still will not (lost cause), or somebody who is
    brought over (persuadable).

    Args:
        without, with_action: (rows,) probability of the outcome, in [0, 1].
        low, high: (rows,) bounds of the uplift.
        likely: from this probability on the outcome counts as likely; the share among the controls, for instance.
    """
    anyway, then = without >= likely, with_action >= likely
    found = np.select(
        [(low <= 0) & (high >= 0), high < 0, anyway, ~then],
        [UNDECIDED, DO_NOT_DISTURB, SURE_THING, LOST_CAUSE],
        PERSUADABLE,
    )
    return np.asarray(found, np.uint8)
