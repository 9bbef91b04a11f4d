"""A retailer who brings order lines and nothing else, in four columns, goes all the way."""

import duckdb
import pytest

from tests.shop import make_shop


@pytest.fixture
def bare(tmp_path):
    folder = make_shop(tmp_path / "shop")
    source, target = folder / "data" / "order_lines.parquet", folder / "data" / "order_lines.csv"
    duckdb.sql(f"COPY (SELECT order_id, customer_id, ordered_at, amount FROM '{source}') TO '{target}'")
    for table in (folder / "data").glob("*.parquet"):
        table.unlink()
    return folder


@pytest.mark.slow
def test_four_columns_are_enough_for_a_list_and_an_offer(bare, run):
    steps = [("validate",), ("train",), ("score", "--use-challengers")]
    assert [run(*step, folder=bare).code for step in steps] == [0, 0, 0]
    listed = run("at-risk", "--json", folder=bare).json["customers"]
    # nothing in the tables tells price, reward and discount apart
    assert {name for one in listed for name in one["loyalty_probabilities"]} == {"value", "occasional"}
    decided = run("offers", "decide", listed[0]["customer_id"], "--json", folder=bare)
    assert decided.code == 0
    assert decided.json["slots"][0]["eligible"]


def test_a_task_without_a_champion_says_which_version_could_be_served(bare, run, monkeypatch):
    run("validate", folder=bare)
    monkeypatch.setattr("training.evaluation.Judgement.beats_baselines", False)
    assert run("train", "churn", folder=bare).code == 0
    refused = run("score", folder=bare)
    assert refused.code == 1
    assert "version 1 did not beat the baselines" in refused.err
    assert "regulars score --use-challengers" in refused.err
