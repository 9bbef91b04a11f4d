from dataclasses import replace

import numpy as np
import pytest

from training.audit.gate import alone, refuse_implausible
from training.cutoffs import CutoffPlan


def _with(rows, name, values):
    matrix = rows.matrix
    added = np.column_stack([matrix.values, values.astype(np.float32)])
    return replace(rows, matrix=replace(matrix, names=(*matrix.names, name), values=added))


@pytest.fixture
def leaking(churn_rows):
    """Rows with a column that is the outcome."""
    return _with(churn_rows, "left", churn_rows.labels)


def test_an_honest_score_passes_without_a_suspect(trained, churn_rows, plan, shop):
    assert refuse_implausible(trained.first.judgement, churn_rows, plan, shop.settings, None) is None


def test_a_leak_is_refused_by_name_even_where_the_score_itself_is_plausible(trained, leaking, plan, shop):
    with pytest.raises(
        ValueError, match="one feature is as good as the full model: probably left knows the future"
    ):
        refuse_implausible(trained.first.judgement, leaking, plan, shop.settings, None)


def test_a_reason_lets_it_pass_and_the_suspect_is_kept(trained, leaking, plan, shop):
    kept = refuse_implausible(trained.first.judgement, leaking, plan, shop.settings, "they told us so")
    assert kept.alone.feature == "left"
    assert kept.alone.auroc == 1.0


def test_a_score_above_the_limit_names_the_strongest_feature_where_none_explains_it(
    trained, churn_rows, plan, shop
):
    strongest = alone(churn_rows, plan, 2, 7)[0].feature
    training = shop.settings.training.model_copy(update={"max_plausible_auroc": 0.6})
    settings = shop.settings.model_copy(update={"training": training})
    with pytest.raises(
        ValueError,
        match=rf"AUROC 0\.\d+ is above 0\.6: probably a feature knows the future; the strongest: {strongest} ",
    ):
        refuse_implausible(trained.first.judgement, churn_rows, plan, settings, None)


def test_where_there_is_one_cutoff_features_are_ranked_across_customers(leaking, plan):
    at_the_test = leaking.at(plan.test)
    found = alone(at_the_test, CutoffPlan(plan.test, ()), 2, 7)
    assert found[0].feature == "left"
    assert found[0].auroc == 1.0
