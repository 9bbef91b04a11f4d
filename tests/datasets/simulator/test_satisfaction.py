import numpy as np

from datasets.simulator.satisfaction import HIGHEST, LOWEST


def change(cell):
    """Change of satisfaction from each period to the next."""
    return np.diff(cell.mood.level, axis=1)


def test_levels_stay_within_their_bounds(cell):
    assert cell.mood.level.min() >= LOWEST
    assert cell.mood.level.max() <= HIGHEST


def test_a_failure_solved_badly_costs_more_than_one_solved_well(cell):
    failed, well = cell.mood.failed[:, :-1], cell.mood.solved_well[:, :-1]
    drop = change(cell)
    assert drop[failed & ~well].mean() < drop[failed & well].mean() - 0.5
    assert drop[failed & well].mean() < drop[~failed].mean() - 0.1


def test_satisfaction_returns_after_a_fall(cell):
    low = cell.mood.level[:, :-1] < -1.5
    assert change(cell)[low].mean() > 0.1
