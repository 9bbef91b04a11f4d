"""Claims about batch scoring."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.settings import BandSettings, LoyaltySettings
from features.suppression import Suppression
from features.tables.casting import LARGEST_ID_LENGTH
from models.artifact import Model
from models.lifecycle import Lifecycle
from serving.atrisk import scores
from serving.generation import Generation
from serving.scoring import bands, likeliest, percentiles

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(PROBABILITIES)
def test_a_higher_probability_never_has_a_lower_percentile(probabilities):
    values = np.array(probabilities)
    order = np.argsort(values, kind="stable")
    ranks = percentiles(values)
    assert (np.diff(ranks[order]) >= 0).all()
    assert ((ranks > 0) & (ranks < 100)).all()


@given(PROBABILITIES)
def test_percentiles_have_their_mean_in_the_middle(probabilities):
    assert percentiles(np.array(probabilities)).mean() == pytest.approx(50)


def test_a_probability_at_an_edge_belongs_to_the_higher_band():
    found = bands(np.array([0.29, 0.3, 0.59, 0.6]), BandSettings(medium=0.3, high=0.6))
    assert found.tolist() == [0, 1, 1, 2]


def test_bands_in_the_wrong_order_are_an_error():
    with pytest.raises(ValueError, match=r"medium is 0\.9, above high 0\.6; swap them"):
        bands(np.array([0.5]), BandSettings(medium=0.9, high=0.6))


def test_scores_are_those_of_the_models(generation, matrix, models):
    expected = Model.load(models.churn).predict(matrix.values)[:, 1]
    rows = [generation.row(customer) for customer in matrix.customer_ids]
    np.testing.assert_array_equal(generation.churn_probability[rows], expected)


def test_intervals_and_other_horizons_are_those_of_the_churn_model(generation, matrix, models):
    churn = Model.load(models.churn)
    expected = churn.predict(matrix.values)[:, 1]
    rows = [generation.row(customer) for customer in matrix.customer_ids]
    assert generation.manifest.horizons_days == (7, 28)
    np.testing.assert_array_equal(generation.churn_interval[rows], np.stack(churn.interval(expected), axis=1))
    np.testing.assert_array_equal(generation.order_within[rows], churn.order_within(matrix.values, expected))


def test_a_model_that_does_not_know_how_sure_it_is_is_served_without_intervals(build, models, tmp_path):
    replace(Model.load(models.churn), spread=None, within=()).save(tmp_path / "plain")
    generation = Generation.open(build(churn=tmp_path / "plain"))
    assert np.isnan(generation.churn_interval).all()
    assert scores(generation, 0, None)["churn_interval"] is None
    assert list(scores(generation, 0, None)["order_within"]) == ["28"]


def test_the_list_falls_with_the_probability_and_rises_with_the_id(generation):
    rows = generation.at_risk.tolist()
    keys = [(-generation.churn_probability[row], generation.customer_id(row)) for row in rows]
    assert keys == sorted(keys)


def test_raising_a_churn_score_never_drops_a_customer_down_the_list(build, matrix):
    before = Generation.open(build())
    values = matrix.values.copy()
    values[1, 0] = 99.0
    after = Generation.open(build(matrix=replace(matrix, values=values)))
    place = [list(found.at_risk).index(found.row("anna")) for found in (before, after)]
    assert after.churn_probability[after.row("anna")] >= before.churn_probability[before.row("anna")]
    assert place[1] <= place[0]


def test_a_suppressed_customer_is_in_no_file_of_the_generation(build, workspace):
    Suppression.open(workspace.suppression).add("zoë 1")
    folder = build()
    assert Generation.open(folder).row("zoë 1") is None
    assert not [path for path in folder.rglob("*.*") if "zoë 1".encode() in path.read_bytes()]


def test_who_refuses_profiling_is_not_scored(build, write_consents, matrix):
    granted = [(customer, "profiling", "granted") for customer in matrix.customer_ids if customer != "carl"]
    write_consents(*granted, ("carl", "profiling", "denied"))
    found = Generation.open(build())
    assert found.row("carl") is None
    assert found.manifest.rows == len(matrix) - 1


def test_without_consents_and_without_a_basis_nothing_is_scored(build, settings):
    from features.settings import ConsentSettings

    without = settings.model_copy(update={"consent": ConsentSettings()})
    with pytest.raises(ValueError, match=r"set \[consent\] basis"):
        build(settings=without)


def test_an_empty_population_is_an_error_before_anything_is_written(build, workspace, write_consents):
    write_consents(("stranger", "profiling", "granted"))
    with pytest.raises(ValueError, match="none of 12 customers may be scored"):
        build()
    assert not workspace.generations.exists()


def test_two_cutoffs_are_an_error(build, matrix):
    cutoffs = matrix.cutoffs.copy()
    cutoffs[0] = np.datetime64("2026-02-01", "us")
    with pytest.raises(ValueError, match="one cutoff, the feature matrix has 2"):
        build(matrix=replace(matrix, cutoffs=cutoffs))


def test_a_customer_twice_is_an_error(build, matrix):
    ids = matrix.customer_ids.copy()
    ids[0] = ids[1]
    with pytest.raises(ValueError, match="1 customer ids are in the feature matrix twice"):
        build(matrix=replace(matrix, customer_ids=ids))


@pytest.mark.parametrize("customer_id", ["", "x" * 513, "a\0b"])
def test_an_id_that_cannot_be_served_is_an_error(build, matrix, customer_id):
    ids = matrix.customer_ids.copy()
    ids[0] = customer_id
    with pytest.raises(
        ValueError, match="give every customer an id of 1 to 128 visible characters"
    ) as caught:
        build(matrix=replace(matrix, customer_ids=ids))
    assert "x" * 9 not in str(caught.value)


def test_the_longest_id_that_validates_can_be_served(build, matrix):
    longest = "😀" * LARGEST_ID_LENGTH
    ids = matrix.customer_ids.copy()
    ids[0] = longest
    assert Generation.open(build(matrix=replace(matrix, customer_ids=ids))).row(longest) is not None


def test_a_matrix_without_a_feature_of_the_model_is_an_error(build, matrix):
    less = replace(matrix, names=matrix.names[:2], values=matrix.values[:, :2])
    with pytest.raises(ValueError, match="discount_share_90d"):
        build(matrix=less)


def test_columns_in_another_order_give_the_same_scores(build, matrix):
    usual = Generation.open(build())
    turned = replace(matrix, names=matrix.names[::-1], values=matrix.values[:, ::-1].copy())
    np.testing.assert_array_equal(
        usual.churn_probability, Generation.open(build(matrix=turned)).churn_probability
    )


def test_an_offer_for_an_unknown_feature_is_an_error_before_anything_is_written(build, an_offer, workspace):
    with pytest.raises(ValueError, match="audience field 'age' is no feature"):
        build(offers=[an_offer(audience=[["age", ">", 3]])])
    assert not workspace.generations.exists()


def test_the_manifest_says_what_the_generation_was_made_from(generation, matrix):
    manifest = generation.manifest
    assert manifest.as_of == manifest.cutoff == datetime(2026, 3, 1, tzinfo=UTC)
    assert (manifest.rows, manifest.horizon_days, manifest.margin_from) == (12, 28, "unit_cost")
    assert 4 <= manifest.reason_rows <= 8, "four of each list"
    assert manifest.features == matrix.names
    assert manifest.feature_hash == matrix.hash
    assert manifest.models == {"churn": "1", "loyalty_type": "1", "value": "1"}


def test_the_policy_file_holds_no_person(generation):
    policy = json.loads((generation.folder / "policy.json").read_text())
    assert policy["policy"] == "expected-margin@3"
    assert policy["bands"] == {"medium": 0.3, "high": 0.6}


def test_progress_ends_with_all_that_there_was_to_do(build):
    told = {}
    build(progress=lambda step, done, total: told.update({step: (done, total)}))
    assert told == {"predict churn": (12, 12), "predict loyalty_type": (12, 12), "reasons": (4, 4)}


def test_a_type_that_is_not_probable_enough_is_called_unclear(build, settings, generation):
    assert likeliest(np.array([[0.39, 0.31, 0.3], [0.2, 0.4, 0.4]]), 0.4).tolist() == [255, 1]
    unsure = settings.model_copy(update={"loyalty": LoyaltySettings(least_confidence=1.0)})
    unclear = Generation.open(build(settings=unsure))
    assert {unclear.loyalty_type_of(row) for row in range(12)} == {"unclear"}
    assert "unclear" not in {generation.loyalty_type_of(row) for row in range(12)}


def test_stage_and_next_order_are_answered_where_the_rhythm_is_known(build):
    def rhythm(ids):
        days = np.full(len(ids), 3.5)
        days[0] = np.nan
        return Lifecycle(np.full(len(ids), 2, np.uint8), days, days)

    known, unknown = Generation.open(build(rhythm=rhythm)), Generation.open(build())
    answers = [scores(known, row, None) for row in (0, 1)]
    assert [answer["lifecycle_stage"] for answer in answers] == ["active", "active"]
    assert [answer["next_order_on"] for answer in answers] == [None, "2026-03-04"]
    assert scores(unknown, 1, None)["lifecycle_stage"] is None
