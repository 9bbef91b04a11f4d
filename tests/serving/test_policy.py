"""Claims about who may get which offer, and in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.offer_effects import Context
from serving.gains import assumed_effects
from serving.offers import Catalogue, default_catalogue
from serving.policy import PRICE_CUTS, Shown, choose

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("days_since_last_order", "order_count_90d", "discount_share_90d")
TYPES = ("value", "price", "reward", "discount", "occasional")


def _catalogue(*offers):
    return Catalogue(offers, NAMES, TYPES)


def _stage(choice):
    return [exclusion.stage for exclusion in choice.excluded]


@pytest.mark.parametrize(
    ("fields", "situation", "stage"),
    [
        ({}, {"granted": frozenset()}, "consent"),
        ({}, {"granted": frozenset({"marketing"})}, "consent"),
        ({"ends_at": NOW}, {}, "validity"),
        ({"starts_at": NOW + timedelta(seconds=1)}, {}, "validity"),
        ({"capacity": 2}, {"taken": {"o": 2}}, "stock"),
        ({"budget": 299, "cost": 100}, {"taken": {"o": 2}}, "stock"),
        ({"channels": ["web"]}, {"channel": "email"}, "channel"),
        ({"channels": ["web"]}, {"channel": None}, "channel"),
        ({"audience": [["band", "==", "high"]]}, {}, "audience"),
        ({"cooldown_days": 7}, {"shown": {"o": Shown(1, NOW - timedelta(days=6))}}, "cooldown"),
        ({"max_per_customer": 2}, {"shown": {"o": Shown(2, NOW - timedelta(days=99))}}, "cap"),
        ({"audience": [["lifecycle_stage", "==", "new"]]}, {}, "audience"),
        ({"audience": [["value_at_risk", ">", 0]]}, {}, "audience"),
    ],
)
def test_an_offer_is_left_out_with_the_stage_that_refused_it(an_offer, a_situation, fields, situation, stage):
    choice = choose(_catalogue(an_offer(**fields)), a_situation(**situation))
    assert (choice.ranked, _stage(choice)) == ((), [stage])
    assert choice.excluded[0].reason


def test_while_a_complaint_is_waiting_only_its_recovery_is_offered(an_offer, a_situation, a_customer):
    offers = (an_offer("points"), an_offer("sorry", type="service_recovery", mechanism="any"))
    waiting = a_situation(customer=replace(a_customer(), unresolved=True))
    choice = choose(_catalogue(*offers), waiting)
    assert [offer.offer_id for offer in choice.ranked] == ["sorry"]
    assert [(one.stage, one.reason) for one in choice.excluded] == [
        ("fit", "a complaint is waiting to be resolved")
    ]


def test_an_audience_may_ask_for_the_lifecycle_and_the_value_at_risk(an_offer, a_situation, a_customer):
    offer = an_offer(audience=[["lifecycle_stage", "in", ["new", "slipping"]], ["value_at_risk", ">", 500]])
    rich = replace(a_customer(), lifecycle_stage="slipping", value_at_risk=501.0)
    assert choose(_catalogue(offer), a_situation(customer=rich)).ranked == (offer,)
    poor = replace(rich, value_at_risk=499.0)
    assert choose(_catalogue(offer), a_situation(customer=poor)).ranked == ()


@pytest.mark.parametrize(
    ("fields", "situation"),
    [
        ({"ends_at": NOW + timedelta(microseconds=1)}, {}),
        ({"capacity": 2}, {"taken": {"o": 1}}),
        ({"budget": 300, "cost": 100}, {"taken": {"o": 2}}),
        ({"channels": ["web"]}, {"channel": "web"}),
        ({"audience": [["band", "==", "medium"]]}, {}),
        ({"cooldown_days": 7}, {"shown": {"o": Shown(1, NOW - timedelta(days=7))}}),
        ({"max_per_customer": 2}, {"shown": {"o": Shown(1, NOW)}}),
        ({"mechanism": "any", "type": "birthday"}, {"granted": frozenset({"marketing"})}),
    ],
)
def test_an_offer_just_inside_its_limits_is_made(an_offer, a_situation, fields, situation):
    choice = choose(_catalogue(an_offer(**fields)), a_situation(**situation))
    assert ([offer.offer_id for offer in choice.ranked], choice.excluded) == (["o"], ())


@pytest.mark.parametrize(
    ("customer", "fields"),
    [
        ({"loyalty_type": "value"}, {"type": "discount", "mechanism": "discount"}),
        ({"loyalty_type": "value"}, {"type": "price_drop", "mechanism": "price"}),
        ({"loyalty_type": "price"}, {"type": "early_access", "mechanism": "value"}),
        ({"loyalty_type": "occasional"}, {"type": "referral", "mechanism": "value"}),
        ({"loyalty_type": "reward", "band": "low"}, {"type": "discount", "mechanism": "discount"}),
        ({"loyalty_type": "reward", "band": "low"}, {"type": "win_back", "mechanism": "any"}),
    ],
)
def test_what_not_to_do_is_not_done(an_offer, a_customer, a_situation, customer, fields):
    choice = choose(_catalogue(an_offer(**fields)), a_situation(customer=a_customer(**customer)))
    assert _stage(choice) == ["fit"]


def test_a_value_customer_never_gets_a_price_cut(a_customer, a_situation):
    choice = choose(_catalogue(*default_catalogue()), a_situation(customer=a_customer("value", 0.9, "high")))
    assert choice.ranked
    assert not [offer for offer in choice.ranked if offer.type in PRICE_CUTS]


@pytest.mark.parametrize(
    ("loyalty_type", "first"),
    [
        ("value", "early-access"),
        ("price", "price-drop-alert"),
        ("reward", "double-points"),
        ("discount", "bundle-deal"),
        ("occasional", "second-order"),
    ],
)
def test_the_first_offer_to_a_customer_at_risk_suits_the_loyalty_type(
    a_customer, a_situation, loyalty_type, first
):
    customer, offers = a_customer(loyalty_type), default_catalogue()
    known = assumed_effects(offers, TYPES, order_value=3000.0, margin_share=0.3)
    types = np.array([[customer.loyalty_probability[kind] for kind in TYPES]])
    context = Context(np.array([0.2]), types, np.array([30_000.0]), np.array([10.0]))
    gain = dict(zip(known.offers, known.effects.margin(context)[0].tolist(), strict=True))
    situation = a_situation(customer=customer, gain=gain)
    assert choose(_catalogue(*offers), situation).ranked[0].offer_id == first


def test_no_offer_is_a_valid_answer(a_situation):
    assert choose(_catalogue(), a_situation()).ranked == ()


def test_what_costs_more_than_it_brings_is_not_made(an_offer, a_situation):
    offers = _catalogue(
        an_offer("pays"), an_offer("costs", cost=9), an_offer("sorry", type="service_recovery")
    )
    choice = choose(offers, a_situation(gain={"pays": 0.5, "costs": -3.25, "sorry": -80.0}))
    assert [offer.offer_id for offer in choice.ranked] == ["pays", "sorry"]
    assert [(one.stage, one.reason) for one in choice.excluded] == [
        ("value", "would cost 3.25 minor units more than it brings")
    ]


def test_a_reward_is_in_proportion_to_what_the_customer_is_worth(an_offer, a_situation):
    offers = _catalogue(an_offer("dear", cost=501), an_offer("fair", cost=500), an_offer("free"))
    choice = choose(offers, a_situation(most_cost=500.0))
    assert [offer.offer_id for offer in choice.ranked] == ["free", "fair"]
    assert (_stage(choice), choice.excluded[0].reason) == (
        ["value"],
        "costs 501 minor units, customers of this value are given 500 at most",
    )


def test_what_brings_more_comes_first(an_offer, a_situation):
    offers = _catalogue(an_offer("a"), an_offer("b"), an_offer("c"))
    ranked = choose(offers, a_situation(gain={"a": 1.0, "b": 7.0, "c": 3.0})).ranked
    assert [offer.offer_id for offer in ranked] == ["b", "c", "a"]


def test_without_consent_to_personalisation_nothing_is_weighed(an_offer, a_situation):
    offer = an_offer(mechanism="any", cost=9)
    granted = frozenset({"marketing"})
    situation = a_situation(gain={"o": -1.0}, most_cost=1.0, granted=granted)
    assert choose(_catalogue(offer), situation).ranked == (offer,)


def test_of_equal_offers_the_cheaper_comes_first_then_the_id(an_offer, a_situation):
    offers = [an_offer("b", cost=5), an_offer("c", cost=1), an_offer("a", cost=5)]
    assert [offer.offer_id for offer in choose(_catalogue(*offers), a_situation()).ranked] == ["c", "a", "b"]


def test_the_order_of_the_catalogue_changes_nothing(a_situation):
    offers = default_catalogue()
    assert (
        choose(_catalogue(*offers), a_situation()).ranked
        == choose(_catalogue(*offers[::-1]), a_situation()).ranked
    )


def test_without_consent_to_personalisation_the_person_does_not_order_the_offers(
    an_offer, a_customer, a_situation
):
    offers = _catalogue(
        *(an_offer(name, mechanism="any", type=kind) for name, kind in (("a", "win_back"), ("b", "birthday")))
    )
    granted = frozenset({"marketing"})
    orders = [
        choose(offers, a_situation(customer=a_customer(kind, churn), granted=granted)).ranked
        for kind, churn in (("value", 0.1), ("occasional", 0.9))
    ]
    assert orders[0] == orders[1]


def test_every_offer_is_either_ranked_or_excluded(a_customer, a_situation):
    catalogue = _catalogue(*default_catalogue())
    for loyalty_type in TYPES:
        choice = choose(catalogue, a_situation(customer=a_customer(loyalty_type)))
        named = [offer.offer_id for offer in choice.ranked] + [found.offer_id for found in choice.excluded]
        assert sorted(named) == sorted(offer.offer_id for offer in catalogue.offers)
