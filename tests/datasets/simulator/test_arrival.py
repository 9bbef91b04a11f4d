import numpy as np

from datasets.simulator.arrival import LATE, arrive

DAY = 86_400_000_000


def test_everything_arrives_after_it_happened_and_little_of_it_late():
    happened = np.full(50_000, 1_700_000_000_000_000)
    lag = arrive(np.random.default_rng(1), happened) - happened
    assert (lag > 0).all()
    assert np.median(lag) < DAY / 24
    assert 0.5 * LATE < (lag > DAY).mean() < LATE
