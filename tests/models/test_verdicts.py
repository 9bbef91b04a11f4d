import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.verdicts import UNDECIDED, VERDICTS, verdicts

SHARE = st.floats(0, 1)


@pytest.mark.parametrize(
    ("without", "with_action", "low", "high", "expected"),
    [
        (0.1, 0.6, 0.3, 0.7, "persuadable"),
        (0.7, 0.9, 0.1, 0.3, "sure thing"),
        (0.1, 0.2, 0.05, 0.15, "lost cause"),
        (0.6, 0.3, -0.4, -0.2, "do not disturb"),
        (0.1, 0.6, -0.1, 0.7, "undecided"),
    ],
)
def test_each_verdict_has_its_customer(without, with_action, low, high, expected):
    found = verdicts(*(np.array([value]) for value in (without, with_action, low, high)), likely=0.5)
    assert VERDICTS[found[0]] == expected


@given(SHARE, SHARE, st.floats(-1, 1), st.floats(0, 1), SHARE)
def test_it_is_undecided_exactly_where_the_interval_holds_zero(without, with_action, low, width, likely):
    given_ = (np.array([value]) for value in (without, with_action, low, low + width))
    found = verdicts(*given_, likely=likely)[0]
    assert (found == UNDECIDED) == (low <= 0 <= low + width)
