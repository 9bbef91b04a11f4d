"""An offer without a product of its own promises the customer's best recommendation, or nothing."""

from datetime import UTC, datetime

import pytest

from serving.decisions import DecisionDesk, Request, replay
from serving.recommendations import Wanted
from tests.serving.test_recommending import recommended  # noqa: F401 (a fixture)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def generation(recommended, an_offer):  # noqa: F811
    return recommended(offers=[an_offer("pick", type="product", mechanism="any")])


def test_the_promise_names_the_best_recommendation(generation, store):
    row = generation.row("anna")
    (best,) = generation.recommendations.answer(row, Wanted(1), generation.manifest.cutoff)
    slots = DecisionDesk(store).decide(generation, row, Request(1), NOW)
    assert (slots[0].offer_id, slots[0].terms["product_id"]) == ("pick", best["item_id"])
    assert replay(generation, slots) == slots


def test_a_product_of_the_catalogue_stays_what_it_is(recommended, an_offer, store):  # noqa: F811
    own = recommended(offers=[an_offer("own", type="product", mechanism="any", product_id="p-7")])
    (slot,) = DecisionDesk(store).decide(own, own.row("anna"), Request(1), NOW)
    assert slot.terms["product_id"] == "p-7"


def test_without_recommendations_nothing_is_promised(build, an_offer, store):
    from serving.generation import Generation

    bare = Generation.open(build(offers=[an_offer("pick", type="product", mechanism="any")]))
    (slot,) = DecisionDesk(store).decide(bare, bare.row("anna"), Request(1), NOW)
    assert (slot.offer_id, slot.excluded[0]["reason"]) == (None, "there is no product to recommend")


def test_in_a_category_that_nothing_is_recommended_of_nothing_is_promised(recommended, an_offer, store):  # noqa: F811
    offer = an_offer("pick", type="product", mechanism="any", category="no such category")
    other = recommended(offers=[offer])
    (slot,) = DecisionDesk(store).decide(other, other.row("anna"), Request(1), NOW)
    assert slot.offer_id is None


def test_what_is_chosen_by_profile_needs_consent_to_personalisation(
    recommended,  # noqa: F811
    an_offer,
    store,
    write_consents,
):
    write_consents(*(("anna", purpose, "granted") for purpose in ("profiling", "marketing")))
    generation = recommended(offers=[an_offer("pick", type="product", mechanism="any")])
    (slot,) = DecisionDesk(store).decide(generation, generation.row("anna"), Request(1), NOW)
    assert (slot.offer_id, slot.excluded[0]["stage"]) == (None, "consent")
