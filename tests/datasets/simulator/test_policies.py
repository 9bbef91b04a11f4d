import numpy as np
import pytest

from datasets.simulator import simulate
from datasets.simulator.policies import margin_effects, policy_values


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """A year of 5,000 customers."""
    folder = tmp_path_factory.mktemp("policies")
    simulate(folder / "data", folder / "truth", customers=5_000, months=12, seed=11)
    return folder / "truth"


@pytest.mark.parametrize("campaign_only", [True, False])
def test_no_simple_policy_comes_near_the_oracle(truth, campaign_only):
    values = policy_values(truth, campaign_only=campaign_only)
    assert 0.3 < values.best_single_share <= 0.7
    assert 0 < values.random_share <= 0.4


@pytest.mark.parametrize("campaign_only", [True, False])
def test_about_a_quarter_of_pairs_lose_money(truth, campaign_only):
    assert 0.2 < policy_values(truth, campaign_only=campaign_only).losing < 0.33


def test_mean_effects_on_repurchase_are_one_to_eight_points(truth):
    import duckdb

    query = f"""SELECT offer_id, avg(repurchase_effect) FROM '{truth}/responses.parquet'
        JOIN '{truth}/customers.parquet' USING (customer_id) WHERE eligible AND contactable GROUP BY ALL"""
    means = dict(duckdb.sql(query).fetchall())
    assert len(means) == 23
    assert all(0.01 <= mean <= 0.08 for mean in means.values())


def test_effects_are_there_for_every_customer_and_offer(truth):
    effects = margin_effects(truth, contactable=False)
    assert effects.shape == (5_000, 23)
    assert np.isnan(effects).any(axis=0).sum() == 2


def test_without_truth_it_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"responses\.parquet"):
        margin_effects(tmp_path)
