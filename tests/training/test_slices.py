import math
from dataclasses import replace

import numpy as np
import pytest

from tests.training.judged import judged
from training import metrics
from training.slices import ALL, LEAST_ROWS, everybody, slices

JUDGED = judged()
HALVES = np.where(np.arange(2_000) < 1_500, "old", "new").astype(object)


def test_each_group_has_the_figures_of_its_own_rows():
    old, new = slices(JUDGED, {"tenure": HALVES}, draws=50)["tenure"]
    assert (old.group, old.rows, new.group, new.rows) == ("old", 1_500, "new", 500)
    own = HALVES == "new"
    assert new.auroc.estimate == pytest.approx(metrics.auroc(JUDGED.outcome[own], JUDGED.probability[own, 1]))
    assert new.rate == pytest.approx(JUDGED.outcome[own].mean())
    assert old.events + new.events == JUDGED.outcome.sum()


def test_an_interval_holds_its_estimate_and_is_wider_for_fewer_customers():
    old, new = slices(JUDGED, {"tenure": HALVES}, draws=200)["tenure"]
    for one in (old, new):
        assert one.auroc.low < one.auroc.estimate < one.auroc.high
    assert new.auroc.high - new.auroc.low > old.auroc.high - old.auroc.low


def test_a_group_for_which_too_many_leavers_are_foretold_has_a_gap_above_0():
    doubled = JUDGED.probability.copy()
    doubled[HALVES == "new", 1] = np.minimum(1, doubled[HALVES == "new", 1] + 0.2)
    doubled[:, 0] = 1 - doubled[:, 1]
    old, new = slices(replace(JUDGED, probability=doubled), {"tenure": HALVES}, draws=20)["tenure"]
    assert abs(old.calibration_gap) < 0.03
    assert new.calibration_gap > 0.15
    assert new.calibration_error > old.calibration_error


def test_a_group_of_few_customers_is_not_shown():
    small = HALVES.copy()
    small[: LEAST_ROWS - 1] = "few"
    assert {one.group for one in slices(JUDGED, {"tenure": small}, draws=20)["tenure"]} == {"old", "new"}


def test_a_segmentation_with_one_group_left_is_no_segmentation():
    assert slices(JUDGED, {"country": np.full(2_000, "EE", object)}, draws=20) == {}


def test_a_group_without_leavers_has_no_auroc():
    outcome = np.where(HALVES == "new", 0, JUDGED.outcome)
    assert slices(replace(JUDGED, outcome=outcome), {"tenure": HALVES}, draws=20)["tenure"][1].auroc is None


def test_everybody_is_a_group_of_all_rows():
    found = everybody(JUDGED, draws=20)
    assert (found.group, found.rows) == (ALL, 2_000)
    assert found.auroc.estimate == pytest.approx(JUDGED.figures["auroc"])


def test_with_several_labels_the_macro_auroc_is_shown_and_no_rate():
    random = np.random.default_rng(0)
    probability = random.dirichlet((1, 1, 1), 600)
    outcome = np.array([random.choice(3, p=row) for row in probability])
    ids = np.arange(600).astype(str).astype(object)
    three = replace(
        JUDGED,
        labels=("a", "b", "c"),
        customer_ids=ids,
        outcome=outcome,
        probability=probability,
        baselines={},
    )
    found = everybody(three, draws=20)
    assert found.auroc.estimate == pytest.approx(metrics.macro_auroc(outcome, probability))
    assert math.isnan(found.rate)


def test_groups_of_other_rows_are_refused():
    with pytest.raises(ValueError, match="segmentation 'tenure' has 5 rows, 2000 were judged"):
        slices(JUDGED, {"tenure": np.full(5, "old", object)})
