import pytest

from features.settings import FeatureSettings
from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of, over_windows

TIERS = FeatureSettings(tier_points={"bronze": 0, "silver": 2500, "gold": 6000})


def told(*events, at=CUTOFF, settings=TIERS, **other):
    return features_of("ann", at, settings=settings, loyalty_events=events, **other)


def event(kind, occurred_at, points=None, **other):
    return {"type": kind, "occurred_at": occurred_at, "points": points, **other}


# 300 + 200 earned, 10 put right, 100 redeemed, 50 lapsed
LEDGER = (
    event("earn", "2024-04-10", 200),
    event("earn", "2024-05-03", 300),
    event("adjust", "2024-05-10", 10),
    event("redeem", "2024-05-20", -100),
    event("expire", "2024-05-25", -50),
)


def test_the_balance_is_what_was_earned_and_put_right_less_what_was_redeemed_and_lapsed():
    found = told(*LEDGER)
    assert found["points_balance"] == 360
    assert (found["points_earned_30d"], found["points_earned_90d"]) == (300, 500)
    assert found["points_spent_30d"] == 100
    assert found["points_lapsed_30d"] == 50


def test_a_fifth_of_the_points_earned_was_redeemed_twelve_days_ago():
    found = told(*LEDGER)
    assert found["redemption_rate_365d"] == pytest.approx(0.2)
    assert found["redemption_count_30d"] == 1
    assert found["days_since_last_redemption"] == 12
    assert found["days_since_points_earned"] == 29


def test_points_taken_back_are_less_points_earned():
    found = told(event("earn", "2024-05-03", 300), event("earn", "2024-05-10", -120))
    assert found["points_earned_30d"] == 180
    assert found["points_balance"] == 180


def test_points_taken_away_by_hand_lower_the_balance_and_are_not_redeemed():
    found = told(event("earn", "2024-05-03", 300), event("adjust", "2024-05-10", -80))
    assert found["points_balance"] == 220
    assert found["points_earned_30d"] == 300
    assert found["points_spent_30d"] == found["redemption_rate_365d"] == 0


def test_a_redemption_whose_points_are_not_known_counts_as_one_and_moves_nothing():
    found = told(event("earn", "2024-05-03", 300), event("redeem", "2024-05-20", None))
    assert found["redemption_count_30d"] == 1
    assert found["days_since_last_redemption"] == 12
    assert found["points_spent_30d"] == found["redemption_rate_365d"] == 0
    assert found["points_balance"] == 300


def test_where_nothing_was_earned_there_is_no_redemption_rate():
    found = told(event("adjust", "2024-05-03", 300), event("redeem", "2024-05-20", -100))
    assert found["redemption_rate_365d"] is UNKNOWN
    assert found["days_since_points_earned"] is UNKNOWN
    assert found["points_balance"] == 200


def test_the_points_of_others_do_not_count():
    assert told(*LEDGER, event("earn", "2024-05-30", 900, customer_id="bob")) == told(*LEDGER)


# --- points about to lapse ------------------------------------------------------------------------------------

IN_JUNE = event("earn", "2024-05-03", 300, expires_at="2024-06-20")
IN_WINTER = event("earn", "2024-05-10", 500, expires_at="2024-12-31")


def test_of_300_points_that_lapse_in_june_200_are_left_after_100_were_redeemed():
    found = told(IN_JUNE, IN_WINTER, event("redeem", "2024-05-20", -100))
    assert found["points_about_to_lapse"] == 200


def test_no_points_lapse_where_more_were_redeemed_than_lapse_soon():
    found = told(IN_JUNE, IN_WINTER, event("redeem", "2024-05-20", -400))
    assert found["points_about_to_lapse"] == 0


def test_points_whose_day_has_passed_are_gone_though_nobody_booked_it():
    old = event("earn", "2023-05-20", 250, expires_at="2024-05-20")
    assert told(old)["points_about_to_lapse"] == 0
    young = event("earn", "2024-05-21", 100, expires_at="2024-06-20")
    assert told(old, young)["points_about_to_lapse"] == 100
    booked = event("expire", "2024-05-20", -250)
    assert told(old, booked, young)["points_about_to_lapse"] == 100


def test_points_taken_back_are_no_points_earned_lately():
    found = told(event("earn", "2024-05-03", 300), event("earn", "2024-05-25", -40))
    assert found["days_since_points_earned"] == 29


def test_points_taken_away_or_taken_back_no_longer_lapse():
    found = told(IN_JUNE, event("adjust", "2024-05-10", -80), event("earn", "2024-05-12", -20))
    assert found["points_about_to_lapse"] == 200


def test_points_whose_lapse_is_booked_do_not_lapse_again():
    lapsed = event("earn", "2023-05-20", 250, expires_at="2024-05-20"), event("expire", "2024-05-20", -250)
    found = told(*lapsed, IN_JUNE)
    assert found["points_about_to_lapse"] == 300
    assert found["points_lapsed_30d"] == 250


@pytest.mark.parametrize(("lapse", "points"), [("2024-06-30 23:59:59.999999", 300), ("2024-07-01", 0)])
def test_points_lapse_soon_if_they_lapse_before_30_days_are_over(lapse, points):
    assert told(IN_JUNE | {"expires_at": lapse})["points_about_to_lapse"] == points


def test_points_that_never_lapse_or_are_not_earned_yet_are_not_about_to_lapse():
    found = told(IN_JUNE | {"expires_at": None}, IN_JUNE | {"occurred_at": CUTOFF})
    assert found["points_about_to_lapse"] == 0


# --- tiers ----------------------------------------------------------------------------------------------------

BRONZE = event("enrol", "2023-07-01", tier="bronze")
SILVER = event("tier_change", "2024-05-12", tier="silver")
GOLD = event("tier_change", "2024-05-30", tier="gold")


def test_a_member_who_rose_to_silver_twenty_days_ago_is_2000_points_below_gold():
    found = told(BRONZE, SILVER, event("earn", "2024-01-01", 4000))
    assert found["tier_change_count_365d"] == 1
    assert found["days_in_tier"] == 20
    assert found["tier_points"] == 2500
    assert found["points_to_next_tier"] == 2000
    assert found["days_since_enrolment"] == 336


def test_at_the_cutoff_of_the_change_itself_the_old_tier_still_holds():
    found = told(BRONZE, SILVER, at="2024-05-12")
    assert found["tier_change_count_365d"] == 0
    assert found["days_in_tier"] == 316
    assert found["tier_points"] == 0
    assert found["points_to_next_tier"] == 2500


def test_a_tier_that_falls_again_inside_the_window_has_changed_twice():
    found = told(BRONZE, SILVER, event("tier_change", "2024-05-22", tier="bronze"))
    assert found["tier_change_count_365d"] == 2
    assert found["days_in_tier"] == 10
    assert found["tier_points"] == 0


def test_above_the_highest_tier_there_is_none():
    found = told(BRONZE, SILVER, GOLD)
    assert found["tier_points"] == 6000
    assert found["points_to_next_tier"] is UNKNOWN


def test_only_points_of_the_last_365_days_lead_to_the_next_tier():
    old, new = event("earn", "2023-06-01 23:59:59.999999", 900), event("earn", "2023-06-02", 400)
    assert told(BRONZE, old, new)["points_to_next_tier"] == 2100


def test_who_has_the_points_already_needs_no_more():
    assert told(BRONZE, event("earn", "2024-05-01", 9000))["points_to_next_tier"] == 0


def test_a_tier_that_was_not_set_has_no_rank():
    found = told(BRONZE, event("tier_change", "2024-05-12", tier="staff"))
    assert found["tier_points"] is found["points_to_next_tier"] is UNKNOWN
    assert found["days_in_tier"] == 20


def test_a_change_that_names_no_tier_is_a_change_and_leaves_the_tier_as_it_was():
    found = told(BRONZE, event("tier_change", "2024-05-12"))
    assert found["tier_change_count_365d"] == 1
    assert found["days_in_tier"] == 336
    assert found["tier_points"] == 0


def test_who_joins_again_is_a_member_since_the_latest_time():
    found = told(BRONZE, event("enrol", "2024-05-22", tier="bronze"))
    assert found["days_since_enrolment"] == found["days_in_tier"] == 10
    assert found["tier_change_count_365d"] == 0


# --- referrals and memberships --------------------------------------------------------------------------------


@pytest.mark.parametrize(("ordered", "converted"), [("2024-05-20", 1), (JUST_BEFORE, 1), (CUTOFF, 0)])
def test_a_referral_is_converted_once_the_first_order_of_who_came_is_known(ordered, converted):
    referrals = [event("referral", "2024-05-01", referred_customer_id=who) for who in ("carl", "dora")]
    found = told(*referrals, first_orders={"carl": ordered})
    assert found["referral_count"] == 2
    assert found["converted_referral_count"] == converted


@pytest.mark.parametrize(
    ("until", "state", "days"),
    [("2024-06-11", 1, 10), ("2024-06-01 12:00", 1, 0.5), ("2024-05-20", -1, UNKNOWN), (None, 1, UNKNOWN)],
)
def test_a_membership_runs_until_its_end(until, state, days):
    found = told(event("membership_start", "2024-05-01", expires_at=until))
    assert found["membership_state"] == state
    assert found["days_to_membership_end"] == days


@pytest.mark.parametrize(("ended", "state", "days"), [(JUST_BEFORE, -1, UNKNOWN), (CUTOFF, 1, 10)])
def test_a_membership_that_was_given_up_before_the_cutoff_has_ended(ended, state, days):
    start = event("membership_start", "2024-05-01", expires_at="2024-06-11")
    found = told(start, event("membership_end", ended))
    assert found["membership_state"] == state
    assert found["days_to_membership_end"] == days


def test_a_membership_that_was_renewed_runs_until_its_new_end():
    first = event("membership_start", "2023-05-25", expires_at="2024-05-25")
    found = told(first, event("membership_start", "2024-05-25", expires_at="2025-06-01"))
    assert found["membership_state"] == 1
    assert found["days_to_membership_end"] == 365


# --- what counts at a cutoff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("occurred", "points"), [(JUST_BEFORE, 300), (CUTOFF, 0)])
def test_points_earned_just_before_the_cutoff_count_and_those_at_it_do_not(occurred, points):
    found = told(event("earn", occurred, 300, expires_at="2024-06-20"))
    assert found["points_balance"] == points
    assert found["points_earned_30d"] == points
    assert found["points_about_to_lapse"] == points


@pytest.mark.parametrize(("occurred", "points"), [("2024-05-02", 100), ("2024-05-01 23:59:59.999999", 0)])
def test_a_window_begins_with_the_redemption_exactly_30_days_before_the_cutoff(occurred, points):
    found = told(event("redeem", occurred, -100))
    assert found["points_spent_30d"] == points
    assert found["points_spent_90d"] == 100


@pytest.mark.parametrize(
    ("ingested", "points"), [(None, 300), (JUST_BEFORE, 300), (CUTOFF, 0), ("2024-06-02", 0)]
)
def test_points_that_became_known_at_the_cutoff_or_later_do_not_count(ingested, points):
    found = told(IN_JUNE | {"ingested_at": ingested})
    assert found["points_balance"] == points
    assert found["points_about_to_lapse"] == points
    assert found["days_since_points_earned"] == (29 if points else UNKNOWN)


def test_in_an_empty_window_nothing_moved_but_the_account_is_as_it_was_left():
    found = told(event("earn", "2023-01-01", 300), event("redeem", "2023-02-01", -100))
    assert found["points_balance"] == 200
    assert found["points_earned_365d"] == found["points_spent_365d"] == found["redemption_count_365d"] == 0
    assert found["redemption_rate_365d"] is UNKNOWN


def test_of_who_is_no_member_counts_and_points_are_0_and_the_rest_is_unknown():
    found = told()
    windowed = over_windows("points_earned", "points_spent", "points_lapsed", "redemption_count")
    zero = {"points_balance", "points_about_to_lapse", "tier_change_count_365d", "membership_state"}
    zero |= {"referral_count", "converted_referral_count"} | windowed
    assert {name: value for name, value in found.items() if value is not UNKNOWN} == dict.fromkeys(zero, 0)


# --- columns and settings that were not brought ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (
            "points",
            {
                "points_balance",
                "points_about_to_lapse",
                "redemption_rate_365d",
                "points_to_next_tier",
                "days_since_points_earned",
            }
            | over_windows("points_earned", "points_spent", "points_lapsed"),
        ),
        ("expires_at", {"points_about_to_lapse"}),
        ("referred_customer_id", {"converted_referral_count"}),
        ("tier", {"tier_change_count_365d", "days_in_tier", "tier_points", "points_to_next_tier"}),
    ],
)
def test_without_a_column_its_features_are_left_out_and_the_others_stay_as_they_are(column, names):
    found = told(*LEDGER, BRONZE, without=[f"loyalty_events.{column}"])
    assert told(*LEDGER, BRONZE).keys() - found.keys() == names
    assert found.items() < told(*LEDGER, BRONZE).items()


def test_without_the_points_that_tiers_ask_for_their_rank_is_left_out():
    found = told(BRONZE, SILVER, settings=FeatureSettings())
    assert told(BRONZE, SILVER).keys() - found.keys() == {"tier_points", "points_to_next_tier"}
    assert found["days_in_tier"] == 20
