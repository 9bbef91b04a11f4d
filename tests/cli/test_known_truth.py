from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from cli.context import open_workspace
from cli.known_truth import Agreement, compare, expected_auroc, show_agreement, types_by_rule
from serving.generation import Generation
from training.metrics import auroc


@pytest.fixture
def generation(scored_shop):
    (folder,) = (scored_shop / "workspace" / "generations").glob("*Z-*")
    return Generation.open(folder)


def facts(generation, **changed):
    """A truth that says of every customer what the models say, but for the columns given."""
    n = generation.manifest.rows
    told = {
        "customer_id": [generation.customer_id(row) for row in range(n)],
        "repurchase_28d": 1 - np.asarray(generation.churn_probability),
        "state": np.where(np.arange(n) % 9, "active", "gone"),
        "loyalty_type": [generation.loyalty_type_of(row) for row in range(n)],
    }
    return pd.DataFrame(told | changed)


def compared(generation, truth, table, by_rule=None):
    truth.mkdir()
    table.to_parquet(truth / "customers.parquet")
    return compare(generation, truth, table["loyalty_type"] if by_rule is None else by_rule)


def test_a_model_that_says_the_truth_is_as_good_as_the_truth(generation, tmp_path):
    found = compared(generation, tmp_path / "truth", facts(generation))
    assert found.auroc == pytest.approx(found.auroc_of_truth)
    assert found.auroc > found.auroc_of_recency
    assert found.mean_probability == pytest.approx(found.mean_true)
    assert found.rank_correlation > 0.95  # but for ties that rounding breaks
    assert (found.type_accuracy, found.type_macro_auroc) == (1, 1)


def test_a_truth_that_is_the_reverse_of_what_is_said_is_told(generation, tmp_path):
    reverse = np.asarray(generation.churn_probability)
    found = compared(generation, tmp_path / "truth", facts(generation, repurchase_28d=reverse))
    assert found.auroc < 0.5 < found.auroc_of_truth
    assert found.rank_correlation < -0.95


def test_the_order_of_the_truth_and_customers_who_are_not_scored_change_nothing(generation, tmp_path):
    table = facts(generation)
    stranger = table.iloc[:1].assign(customer_id="stranger", repurchase_28d=0.0)
    first = compared(generation, tmp_path / "one", table)
    shuffled = pd.concat([stranger, table.sample(frac=1, random_state=1)])
    assert compared(generation, tmp_path / "two", shuffled, table["loyalty_type"]) == first


def test_with_nobody_gone_there_is_no_figure_for_it(generation, tmp_path, capsys):
    found = compared(generation, tmp_path / "truth", facts(generation, state="active"))
    assert (found.gone, found.auroc_gone) == (0, None)
    show_agreement(found)
    assert re.search(r"left already \(0\), AUROC +- ", capsys.readouterr().out)


def test_expected_auroc_is_the_usual_one_where_outcomes_are_certain():
    random = np.random.default_rng(1)
    outcome, score = random.integers(0, 2, 50), random.normal(size=50).round(1)
    assert expected_auroc(outcome.astype(float), score) == pytest.approx(auroc(outcome, score))


def test_no_score_is_expected_to_rank_better_than_the_probability_itself():
    random = np.random.default_rng(2)
    probability = random.random(200)
    best = expected_auroc(probability, probability)
    assert all(expected_auroc(probability, random.normal(size=200)) < best for _ in range(20))


def test_the_rule_reads_the_types_that_the_shop_was_made_of(generation, scored_shop):
    made = {1: "price", 2: "reward", 3: "discount"}
    kinds = [made.get(int(generation.customer_id(row)[1:]) % 4) for row in range(generation.manifest.rows)]
    read = types_by_rule(generation, *open_workspace(scored_shop))
    told = [(kind, word) for kind, word in zip(kinds, read, strict=True) if kind and word != "occasional"]
    assert np.mean([kind == word for kind, word in told]) > 0.6


def test_a_model_with_another_horizon_is_refused_with_the_setting(generation, tmp_path):
    other = dataclasses.replace(
        generation, manifest=generation.manifest.model_copy(update={"horizon_days": 56})
    )
    with pytest.raises(ValueError, match=r"foretells 56 days .* knows 28; set \[churn\] horizon_days"):
        compare(other, tmp_path, np.empty(0, object))


def test_a_folder_without_truth_and_the_truth_of_another_shop_are_refused(generation, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no truth at .*customers\.parquet"):
        compare(generation, tmp_path, np.empty(0, object))
    with pytest.raises(ValueError, match="it is the truth of another shop"):
        compared(generation, tmp_path / "truth", facts(generation).iloc[1:])


def test_every_figure_is_explained():
    assert all(
        f"{field.name}:" in Agreement.__doc__
        for field in dataclasses.fields(Agreement)
        if "mean" not in field.name
    )
