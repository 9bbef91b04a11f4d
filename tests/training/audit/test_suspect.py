from dataclasses import replace

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from training import metrics
from training.audit.suspect import Alone, alone_across_customers, alone_later, suspect_of
from training.evaluation import Judgement
from training.rows import TrainingRows


def _rows(columns, labels):
    ids = np.array([f"c{n}" for n in range(len(labels))], object)
    values = np.column_stack(list(columns.values())).astype(np.float32)
    cutoffs = np.full(len(labels), np.datetime64("2024-01-01", "us"))
    return TrainingRows(FeatureMatrix(ids, cutoffs, tuple(columns), values), np.asarray(labels, np.int64))


def _judgement(model, baseline):
    """A model and a baseline of these AUROCs, by the noise in their scores."""
    y = np.arange(2_000) % 2

    def scored(auroc):
        place = np.random.default_rng(1).permutation(1_000) / 1_000
        p = np.empty(2_000)
        p[y == 1] = np.where(place < auroc, 0.9, 0.1)
        p[y == 0] = 0.5
        return np.stack([1 - p, p], axis=1)

    ids = np.arange(2_000).astype(str).astype(object)
    empty = np.empty((2_000, 0), np.float32)
    return Judgement(
        ("retained", "churned"), ids, y, scored(model), {"recency": scored(baseline)}, "later", empty
    )


def test_a_feature_as_good_as_a_very_good_model_is_suspected_by_name():
    found = suspect_of(
        _judgement(0.99, 0.86), [Alone("leak", 0.985), Alone("twin", 0.98), Alone("fair", 0.82)]
    )
    assert found.alone.feature == "leak"
    assert found.others == ("twin",)
    assert str(found).startswith("leak alone reaches AUROC 0.985 (as good: twin), the model 0.990")


def test_a_noisy_leak_that_brings_half_of_the_lead_is_suspected():
    assert suspect_of(_judgement(0.96, 0.86), [Alone("leak", 0.935)]).alone.feature == "leak"


def test_a_leak_that_the_model_did_not_learn_is_suspected_all_the_same():
    """Changed in place lately, a column gives away the outcomes of the test and hardly those of training."""
    assert suspect_of(_judgement(0.84, 0.77), [Alone("leak", 1.0)]).alone.feature == "leak"


@pytest.mark.parametrize(
    ("model", "baseline", "best"),
    [(0.87, 0.86, 0.84), (0.87, 0.80, 0.78), (0.899, 0.7, 0.89), (0.93, 0.9, 0.91)],
)
def test_an_honest_model_of_a_shop_raises_no_suspicion(model, baseline, best):
    assert suspect_of(_judgement(model, baseline), [Alone("order_count_90d", best)]) is None


def test_where_a_rule_on_orders_is_as_good_recency_is_no_suspect():
    """Who has been silent for long is easy to tell: model, rule and feature are good together, and rightly so."""
    assert suspect_of(_judgement(0.95, 0.945), [Alone("days_since_last_order", 0.945)]) is None


def test_where_the_baselines_are_weak_a_plain_count_of_orders_stands_in():
    """The rules of loyalty types read the last type only: spend may rightly be far ahead of them."""
    strengths = [Alone("total_spend_60d", 0.90), Alone("total_spend_90d", 0.89)]
    assert suspect_of(_judgement(0.92, 0.63), strengths) is None
    assert suspect_of(_judgement(0.99, 0.63), [Alone("leak", 0.98), *strengths]).others == ()


def test_a_feature_well_below_the_model_is_not_as_good_as_it():
    assert suspect_of(_judgement(0.96, 0.80), [Alone("strong", 0.92)]) is None


def test_features_are_ranked_by_what_they_tell_of_rows_not_seen():
    random = np.random.default_rng(3)
    labels = random.integers(0, 2, 4_000)
    columns = {"noise": random.normal(size=4_000), "told": labels + random.normal(size=4_000)}
    train, test = (
        _rows(columns, labels).where(np.arange(4_000) < 3_000),
        _rows(columns, labels).where(np.arange(4_000) >= 3_000),
    )
    told, noise = alone_later(train, test, 2)
    assert (told.feature, noise.feature) == ("told", "noise")
    assert told.auroc == pytest.approx(metrics.auroc(test.labels, test.matrix.column("told")), abs=0.02)
    assert noise.auroc == pytest.approx(0.5, abs=0.05)


def test_a_missing_value_a_hump_and_a_key_can_all_give_the_outcome_away():
    random = np.random.default_rng(4)
    labels = random.integers(0, 2, 2_000)
    key = np.where(labels == 1, random.choice([7, 900, 31_000], 2_000), random.choice([8, 40, 60_000], 2_000))
    columns = {
        "missing": np.where(labels == 1, np.nan, random.normal(size=2_000)),
        "hump": np.where(labels == 1, random.uniform(-1, 1, 2_000), random.choice([-3, 3], 2_000)),
        "key": key,
    }
    rows = _rows(columns, labels)
    half = np.arange(2_000) < 1_000
    assert all(one.auroc > 0.99 for one in alone_later(rows.where(half), rows.where(~half), 2))


def test_at_one_cutoff_no_customer_is_ranked_by_their_own_outcome():
    random = np.random.default_rng(5)
    labels = random.integers(0, 2, 600)
    rows = _rows({"one_value_each": np.arange(600), "told": labels + random.normal(size=600)}, labels)
    found = {one.feature: one.auroc for one in alone_across_customers(rows, 2)}
    assert found["told"] > 0.7
    assert found["one_value_each"] == pytest.approx(0.5, abs=0.1)


def test_with_several_labels_the_mean_over_them_counts():
    random = np.random.default_rng(6)
    labels = random.integers(0, 3, 3_000)
    rows = _rows({"told": labels, "noise": random.normal(size=3_000)}, labels)
    half = np.arange(3_000) < 1_500
    told, noise = alone_later(rows.where(half), rows.where(~half), 3)
    assert told == Alone("told", 1.0)
    assert noise.auroc < 0.55


def test_a_model_without_baselines_is_held_against_chance():
    lonely = replace(_judgement(0.99, 0.8), baselines={})
    assert suspect_of(lonely, [Alone("leak", 0.98)]).plain == 0.5
