"""Learners find again what an action changes in trials that were drawn from known effects."""

import numpy as np
import pytest

from training.qini import qini_coefficient
from training.uplift import LEARNERS, Trial, _as_good, choose, uplift, uplift_interval


def trial(effect, count=6_000, seed=1, base=0.3):
    """Five features; the base rate moves with the second, the effect is a function of the features."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 5))
    treated = (random.random(count) < 0.5).astype(float)
    chance = np.clip(base + 0.05 * values[:, 1] + treated * effect(values), 0, 1)
    return Trial(values, treated, (random.random(count) < chance).astype(float))


def step(values):
    return np.where(values[:, 0] > 0, 0.2, -0.05)


def line(values):
    return 0.1 * values[:, 0]


@pytest.mark.parametrize("name", [name for name in LEARNERS if name != "response"])
def test_every_learner_ranks_by_the_effect_where_it_differs(name):
    fitted, held = LEARNERS[name](trial(step)), trial(step, seed=2)
    probability = fitted(held.values)
    assert ((probability >= 0) & (probability <= 1)).all()
    found = uplift(probability)
    assert found[held.values[:, 0] > 0].mean() > found[held.values[:, 0] <= 0].mean() + 0.1
    assert qini_coefficient(held.outcome, found, held.treated) > 0.05


def test_the_size_of_the_effect_is_found_too():
    held = trial(line, seed=2)
    for name in ("t_linear", "dr_linear"):
        found = uplift(LEARNERS[name](trial(line, count=20_000))(held.values))
        assert np.corrcoef(found, line(held.values))[0, 1] > 0.9
        assert found.mean() == pytest.approx(0, abs=0.03)


def test_the_response_model_takes_the_effect_for_proportional():
    found = LEARNERS["response"](trial(lambda values: 0.1 + 0 * values[:, 0]))(trial(step).values)
    ratio = found[:, 1] / found[:, 0]
    assert ratio.std() < 1e-9
    assert ratio.mean() == pytest.approx(0.4 / 0.3, rel=0.1)


def test_what_is_chosen_is_nearly_the_best_and_no_simpler_one_is_as_good():
    found = choose(trial(step))
    assert set(found.qini) == set(LEARNERS)
    assert found.qini[found.name] > 0.8 * max(found.qini.values())
    simpler = list(LEARNERS)[: list(LEARNERS).index(found.name)]
    assert all(found.qini[name] < max(found.qini.values()) for name in simpler)
    effect = uplift(found.predict(trial(step).values))
    assert np.corrcoef(effect, step(trial(step).values))[0, 1] > 0.7


def test_by_one_standard_error_chance_does_not_choose():
    best = np.array([0.1, 0.2, 0.3, 0.4])
    assert _as_good(best, best)
    assert _as_good(best - [0.1, -0.1, 0.1, -0.09], best)
    assert not _as_good(best - [0.1, 0.11, 0.1, 0.09], best)


def test_an_effect_of_several_features_needs_more_than_a_rule():
    def several(values):
        return 0.08 * (values[:, 0] + values[:, 2] + values[:, 3])

    assert choose(trial(several, count=12_000), repeats=1).name not in ("rule", "response")


def test_the_interval_holds_the_effect():
    held = trial(line, count=200, seed=3)
    low, high = uplift_interval(LEARNERS["t_linear"], trial(line, count=4_000), held.values)
    assert (low < high).all()
    assert ((low <= line(held.values)) & (line(held.values) <= high)).mean() > 0.8


def test_a_trial_has_two_groups_of_rows_that_belong_together():
    with pytest.raises(ValueError, match="one of the groups is empty"):
        Trial(np.zeros((3, 1)), np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="one entry for each row"):
        Trial(np.zeros((3, 1)), np.ones(2), np.ones(3))
