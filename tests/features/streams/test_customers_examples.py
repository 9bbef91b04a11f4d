import pytest

from features.settings import FeatureSettings
from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of

# joined nine and a half days before the first of June, and brought by bob
ANN = {
    "valid_from": "2024-05-22 12:00",
    "joined_at": "2024-05-22 12:00",
    "birth_month": 8,
    "referred_by": "bob",
    "tier": "silver",
    "membership": "plus",
    "programme": "green",
    "country": "RO",
    "language": "ro",
}
KEYS = {"tier_key", "membership_key", "programme_key", "country_key", "language_key"}


def told(*rows, at=CUTOFF, of="ann", **other):
    return features_of(of, at, customers=rows, **other)


def test_in_june_a_birthday_in_august_is_two_months_ahead():
    found = told(ANN)
    assert found["months_to_birthday"] == 2
    assert found["days_since_joined"] == 9.5
    assert found["is_recommended"] == 1


def test_who_was_brought_by_nobody_is_not_recommended():
    assert told(ANN | {"referred_by": None})["is_recommended"] == 0


@pytest.mark.parametrize(("month", "months"), [(6, 0), (7, 1), (5, 11), (1, 7), (None, UNKNOWN)])
def test_months_to_a_birthday_go_round_the_year(month, months):
    assert told(ANN | {"birth_month": month})["months_to_birthday"] == months


def test_the_month_of_the_cutoff_is_that_of_the_business_zone():
    assert (
        told(ANN, zone="America/New_York")["months_to_birthday"] == 3
    )  # it is still the evening of 31 May there


def test_a_text_has_the_same_key_at_every_customer_and_another_text_another_one():
    rows = [ANN, {"customer_id": "bob", "tier": "silver"}, {"customer_id": "cleo", "tier": "gold"}]
    ann, bob, cleo = (told(*rows, of=who)["tier_key"] for who in ("ann", "bob", "cleo"))
    assert ann == bob != cleo
    assert 0 <= ann <= 65535
    assert 0 <= cleo <= 65535


# --- what holds at a cutoff -----------------------------------------------------------------------------------

SILVER, GOLD = {"tier": "silver"}, {"tier": "gold"}


def same_tier(found, row):
    return found["tier_key"] == told(row)["tier_key"]


@pytest.mark.parametrize(("risen", "tier"), [("2024-05-15", GOLD), (JUST_BEFORE, GOLD), (CUTOFF, SILVER)])
def test_the_tier_that_holds_is_the_latest_one_valid_from_before_the_cutoff(risen, tier):
    found = told(SILVER | {"valid_from": "2023-01-01"}, GOLD | {"valid_from": risen})
    assert same_tier(found, tier)


def test_a_tier_that_is_lost_later_still_holds_at_an_earlier_cutoff():
    rows = GOLD | {"valid_from": "2023-01-01"}, SILVER | {"valid_from": "2024-06-10"}
    assert same_tier(told(*rows), GOLD)
    assert same_tier(told(*rows, at="2024-06-11"), SILVER)


def test_a_row_without_a_beginning_holds_from_ever_until_another_one_begins():
    rows = SILVER | {"valid_from": None}, GOLD | {"valid_from": "2024-05-15"}
    assert same_tier(told(*rows, at="2024-05-15"), SILVER)
    assert same_tier(told(*rows), GOLD)


def test_a_value_that_the_row_that_holds_does_not_say_is_unknown():
    rows = ANN | {"valid_from": "2023-01-01"}, ANN | {"valid_from": "2024-05-25", "tier": None}
    found = told(*rows)
    assert found["tier_key"] is UNKNOWN
    assert found["country_key"] == told(ANN)["country_key"]


@pytest.mark.parametrize(
    ("joined", "days"),
    [("2024-05-31", 1), (JUST_BEFORE, 1e-6 / 86_400), (CUTOFF, UNKNOWN), ("2024-07-01", UNKNOWN)],
)
def test_who_joins_at_the_cutoff_or_later_has_not_joined(joined, days):
    assert told(ANN | {"joined_at": joined})["days_since_joined"] == pytest.approx(days)


def test_of_a_customer_whose_rows_all_begin_at_the_cutoff_or_later_nothing_is_known():
    found = told(ANN | {"valid_from": CUTOFF})
    assert set(found.values()) == {UNKNOWN}


def test_of_a_customer_without_a_row_nothing_is_known_whatever_is_known_of_others():
    found = told(ANN | {"customer_id": "bob"})
    assert set(found.values()) == {UNKNOWN}


# --- columns that were not brought ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("joined_at", "days_since_joined"),
        ("birth_month", "months_to_birthday"),
        ("referred_by", "is_recommended"),
        ("tier", "tier_key"),
    ],
)
def test_without_a_column_its_feature_is_left_out_and_the_others_stay_as_they_are(column, name):
    found = told(ANN, without=[f"customers.{column}"])
    assert told(ANN).keys() - found.keys() == {name}
    assert found.items() < told(ANN).items()


def test_without_history_what_may_have_changed_since_is_left_out():
    found = told(ANN, without=["customers.valid_from"])
    assert told(ANN).keys() - found.keys() == KEYS
    assert found["days_since_joined"] == 9.5


def test_without_history_a_column_is_used_as_it_is_today_where_that_was_allowed():
    settings = FeatureSettings(allow_without_history=("country",))
    found = told(ANN, at="2024-05-23", settings=settings, without=["customers.valid_from"])
    assert found.keys() & KEYS == {"country_key"}
    assert found["country_key"] == told(ANN)["country_key"]
