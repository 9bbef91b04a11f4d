import numpy as np
import pytest

from datasets.simulator.consent import Answers
from datasets.simulator.traits import NEVER


def answers(granted, revoked=NEVER, again=NEVER):
    return Answers(*(np.full((1, 3), value) for value in (granted, revoked, again)))


@pytest.mark.parametrize(
    ("given", "day", "allowed"),
    [
        (answers(granted=True), 100, True),
        (answers(granted=False), 100, False),
        (answers(granted=True, revoked=50), 50, True),
        (answers(granted=True, revoked=50), 51, False),
        (answers(granted=True, revoked=50, again=70), 71, True),
    ],
)
def test_the_latest_answer_holds_from_the_day_after(given, day, allowed):
    assert given.allows("marketing", day).tolist() == [allowed]


def test_most_allow_profiling_and_fewer_marketing(cell):
    profiling, marketing = (
        cell.people.answers.allows(name, 300).mean() for name in ("profiling", "marketing")
    )
    assert profiling > 0.9 > marketing > 0.7
