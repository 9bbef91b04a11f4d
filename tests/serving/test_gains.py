"""What an offer is expected to bring: by loyalty type, risk and value, as assumed until it was promoted otherwise."""

import logging

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from models.named_effects import PROMOTED, NamedEffects
from models.offer_effects import OfferEffects
from serving.gains import ORDERS, SPEND, assumed_effects, effects_of, gains, gains_of, most_cost
from serving.generation import Generation

TYPES = ("value", "price", "reward", "discount", "occasional")


@pytest.fixture
def spending(matrix):
    """The customers with what they spent and in how many orders."""
    more = np.column_stack([np.full(len(matrix), 40_000.0), np.full(len(matrix), 10.0)]).astype(np.float32)
    values = np.hstack([matrix.values, more])
    return FeatureMatrix(matrix.customer_ids, matrix.cutoffs, (*matrix.names, SPEND, ORDERS), values)


@pytest.fixture
def promote(workspace):
    """Promote effects of some offers: each wins a share of whoever would not have ordered."""

    def write(types=TYPES, **pull):
        k, t = len(pull), len(types)
        won = np.repeat(np.array(list(pull.values()))[:, None], t, axis=1)
        error, uptake = np.full((k, t), 0.01), np.zeros((k, t))
        effects = OfferEffects(0.0, 1.0, won, error, uptake, won, np.full(k, 50.0), np.zeros(k), 4000.0, 0.3)
        named = NamedEffects(tuple(pull), tuple(types), effects, (True,) * k)
        workspace.root.mkdir(parents=True, exist_ok=True)
        (workspace.root / PROMOTED).write_text(named.to_text(), "utf-8")

    return write


def opened(build, spending, *offers, **other):
    return Generation.open(build(matrix=spending, offers=list(offers), **other))


def test_a_free_offer_brings_the_orders_of_those_who_would_not_have_come(build, spending, an_offer):
    generation = opened(build, spending, an_offer("free", cost=0))
    found = gains(generation, np.arange(len(spending)), generation.effects)[:, 0]
    pulled = generation.loyalty_probability @ generation.effects.effects.pull[0]
    margin_of_order = 0.3 * 4_000
    expected = generation.churn_probability * pulled * margin_of_order
    np.testing.assert_allclose(found, expected, atol=0.006)


def test_who_buys_anyway_is_not_paid_for_it(build, spending, an_offer):
    generation = opened(build, spending, an_offer("dear", cost=900))
    found = gains(generation, np.arange(len(spending)), generation.effects)[:, 0]
    assert found[generation.churn_probability.argmin()] < 0
    assert found.min() < found[generation.churn_probability.argmax()]


def test_offers_that_settle_customers_speak_to_the_occasional(an_offer):
    offers = [
        an_offer("a", type="win_back", mechanism="any"),
        an_offer("b", type="birthday", mechanism="any"),
    ]
    pull = assumed_effects(offers, TYPES, order_value=1.0, margin_share=0.3).effects.pull
    assert pull[0].argmax() == TYPES.index("occasional")
    assert len(set(pull[1])) == 1


def test_what_was_promoted_takes_the_place_of_what_is_assumed(build, spending, an_offer, promote):
    promote(known=0.5, gone=0.9)
    generation = opened(build, spending, an_offer("new"), an_offer("known"))
    assert generation.effects.measured == (False, True)
    assert (generation.effects.effects.pull[1] == 0.5).all()
    row = int(generation.churn_probability.argmax())
    base = 1 - generation.churn_probability[row]
    expected = (1 - base) * 0.5 * 0.3 * 4000 - (1 - base) * 0.5 * 50
    assert gains_of(generation, row)["known"] == pytest.approx(expected, abs=0.01)


def test_effects_of_other_loyalty_types_are_left_aside(build, spending, an_offer, promote, caplog):
    promote(types=("loyal", "other"), o=0.5)
    with caplog.at_level(logging.WARNING):
        generation = opened(build, spending, an_offer())
    assert generation.effects.measured == (False,)
    assert "regulars policy promote" in caplog.text


def test_a_broken_file_of_effects_stops_the_build_and_says_what_would_mend_it(build, spending, workspace):
    workspace.root.mkdir(parents=True, exist_ok=True)
    (workspace.root / PROMOTED).write_text("{}", "utf-8")
    with pytest.raises(ValueError, match="holds no effects of offers; run: regulars policy promote"):
        build(matrix=spending)


def test_a_catalogue_that_is_not_served_yet_is_judged_by_what_is_known(build, spending, an_offer, promote):
    promote(known=0.5)
    generation = opened(build, spending, an_offer("known"), an_offer("other"))
    found = effects_of(generation, [an_offer("third"), an_offer("known")])
    assert found.measured == (False, True)
    assert (found.effects.pull[1] == 0.5).all()


def test_where_nobody_knows_what_an_order_brings_nothing_is_weighed(build, an_offer):
    generation = Generation.open(build(offers=[an_offer(cost=900)]))
    assert gains_of(generation, 0) == {}


def test_customers_who_bring_more_may_cost_more(build, spending, settings):
    generation = opened(build, spending)
    limits = np.array([most_cost(generation, row) for row in range(len(spending))])
    order = np.argsort(-generation.margin[:, 3], kind="stable")
    assert (np.diff(limits[order]) <= 0).all()
    assert len(set(limits)) == 3
    top = order[: round(0.2 * len(order) + 0.5)]
    assert limits[top[0]] == pytest.approx(
        settings.offers.reward_share * generation.margin[top, 3].mean(), rel=0.01
    )


def test_without_a_model_of_value_an_offer_may_cost_anything(build, spending):
    generation = opened(build, spending, value=None)
    assert most_cost(generation, 0) is None
