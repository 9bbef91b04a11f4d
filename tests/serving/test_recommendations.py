"""Recommendations as they are asked for, through the whole service."""

import pytest

from features.suppression import Suppression
from models.recommendations import KINDS
from serving.generation import Generation
from serving.recommendations import Wanted
from serving.schemas import RecommendationsAnswer
from tests.serving.buying import saved_recommender, write_purchases
from tests.serving.conftest import AS_OF, _client


@pytest.fixture
def generation(build, workspace, tmp_path):
    write_purchases(workspace.tables)
    return Generation.open(build(recommender=saved_recommender(tmp_path / "model")))


@pytest.fixture
def recommendations(generation):
    return generation.recommendations


@pytest.fixture
def shop(generation, workspace, settings, monkeypatch):
    """The whole service, started after the generation was built."""
    assert generation.recommendations is not None
    yield from _client(workspace, settings, monkeypatch)


@pytest.fixture
def ask(shop):
    def asked(customer_id="anna", **query):
        answer = shop.get(f"/v1/customers/{customer_id}/recommendations", params=query)
        assert answer.status_code == 200, answer.text
        RecommendationsAnswer.model_validate(answer.json())
        return answer.json()

    return asked


def ids(answer):
    return [one["item_id"] for one in answer["recommendations"]]


def test_a_customer_gets_as_many_as_asked_for_each_once_with_a_kind_and_buying_again_with_a_day(ask):
    answer = ask(count=8)
    assert not answer["is_stranger"]
    assert len(set(ids(answer))) == 8
    for one in answer["recommendations"]:
        assert one["kind"] in KINDS
        assert (one["expected_on"] is not None) == (one["kind"] == "buy_again")
        assert one["expected_on"] is None or one["expected_on"] >= AS_OF.date().isoformat()


def test_the_most_probable_comes_first(ask):
    said = [one["probability"] for one in ask(count=8)["recommendations"] if one["probability"] is not None]
    assert said == sorted(said, reverse=True)


def test_a_kind_a_category_and_recent_purchases_filter(ask):
    assert {one["kind"] for one in ask(kind="buy_again")["recommendations"]} == {"buy_again"}
    assert {one["category"] for one in ask(category="tea")["recommendations"]} == {"tea"}
    assert ask(category="food", count=20) == ask(count=20)
    assert set(ids(ask(count=20, exclude_recent_days=45))) < set(ids(ask(count=20)))


def test_excluding_recent_purchases_leaves_out_exactly_those(generation, recommendations):
    row = generation.row("anna")
    bought = recommendations._bought(row)
    whole, rest = (
        recommendations.answer(row, Wanted(20, exclude_recent_days=days), generation.manifest.cutoff)
        for days in (None, 30)
    )
    recent = {recommendations.item_id(item) for item, days in bought.items() if days <= 30}
    expected = [one["item_id"] for one in whole if one["item_id"] not in recent]
    assert [one["item_id"] for one in rest] == expected


def test_what_goes_with_the_basket_comes_first_and_the_basket_is_not_recommended(ask):
    answer = ask(basket="p00,p01,nothing", count=12)
    assert not {"p00", "p01"} & set(ids(answer))
    assert answer["recommendations"][0]["kind"] == "complement"
    assert ids(ask("nobody", basket="p00,p01", kind="complement", count=3)) == ids(
        ask(basket="p00,p01", kind="complement", count=3)
    )


def test_a_kind_never_bought_is_of_a_group_never_bought(ask):
    answer = ask("=1+1", kind="new_kind")
    assert {one["category"] for one in answer["recommendations"]} <= {"tea"}


def test_a_stranger_gets_what_is_popular_and_what_is_new(ask):
    answer = ask("nobody", count=12)
    assert answer["is_stranger"]
    assert {one["kind"] for one in answer["recommendations"]} == {"popular", "new"}
    assert all(one["probability"] is None for one in answer["recommendations"])
    assert len(set(ids(answer))) == len(ids(answer))


def test_a_customer_who_has_not_bought_yet_gets_what_strangers_get(ask):
    assert ids(ask("zoë 1")) == ids(ask("nobody"))


def test_the_suppressed_get_what_strangers_get_from_that_moment(ask, workspace):
    Suppression.open(workspace.suppression).add("anna")
    assert ask("anna") == ask("nobody")


@pytest.fixture
def consents(write_consents):
    granted = [("anna", "profiling", "granted"), ("carl", "profiling", "granted")]
    write_consents(*granted, ("carl", "personalisation", "granted"))


@pytest.mark.usefixtures("consents")
def test_who_refuses_personalisation_gets_what_strangers_get(ask):
    assert ask("anna") == ask("nobody")
    assert not ask("carl")["is_stranger"]


def test_an_id_with_a_slash_is_found(ask):
    assert not ask("ben/2")["is_stranger"]


def test_scores_without_a_recommender_say_how_to_get_one(client, problem):
    details = problem(client.get("/v1/customers/anna/recommendations"), 404, "no-recommendations")
    assert "regulars train recommendation" in details["detail"]


@pytest.mark.parametrize(
    "query", [{"count": 0}, {"count": 21}, {"kind": "odd"}, {"exclude_recent_days": -1}, {"x": 1}]
)
def test_what_cannot_be_asked_is_a_problem(client, problem, query):
    problem(client.get("/v1/customers/anna/recommendations", params=query), 422)


def test_before_anything_is_scored_there_is_no_answer(empty_client, problem):
    problem(empty_client.get("/v1/customers/anna/recommendations"), 503)
