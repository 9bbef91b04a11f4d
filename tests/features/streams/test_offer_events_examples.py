import pytest

from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of, over_windows


def told(*events, at=CUTOFF, **other):
    return features_of("ann", at, offer_events=events, **other)


def event(kind, occurred_at, decision="d1", offer="tea", **other):
    return {"event": kind, "occurred_at": occurred_at, "decision_id": decision, "offer_id": offer, **other}


# one taken, one dismissed, one left alone for more than 14 days, one a week old
FOUR = (
    event("shown", "2024-05-03", "d1"),
    event("accepted", "2024-05-04", "d1"),
    event("shown", "2024-05-05", "d2"),
    event("dismissed", "2024-05-06", "d2"),
    event("shown", "2024-05-10", "d3"),
    event("shown", "2024-05-25", "d4"),
)


def test_of_four_offers_one_was_taken_one_dismissed_one_ignored_and_one_waits():
    found = told(*FOUR)
    assert found["offers_shown_30d"] == 4
    assert found["offers_taken_30d"] == 1
    assert found["offers_dismissed_30d"] == 1
    assert found["offers_ignored_30d"] == 1
    assert found["offer_take_rate_365d"] == 0.25


def test_three_offers_were_shown_since_one_was_taken_four_weeks_ago():
    found = told(*FOUR)
    assert found["offer_fatigue"] == 3
    assert found["days_since_last_offer"] == 7
    assert found["days_since_offer_taken"] == 28


def test_offers_of_others_do_not_count():
    others = event("shown", "2024-05-30", "d9", customer_id="bob"), event("accepted", "2024-05-30", "d3")
    found = told(*FOUR, others[0], others[1] | {"customer_id": "bob"})
    assert found == told(*FOUR)


# --- taken ----------------------------------------------------------------------------------------------------


def test_an_offer_accepted_and_then_redeemed_is_taken_once_when_it_was_accepted():
    found = told(
        event("shown", "2024-05-09"),
        event("accepted", "2024-05-10"),
        event("redeemed", "2024-05-20", value=500),
    )
    assert found["offers_taken_30d"] == 1
    assert found["days_since_offer_taken"] == 22
    assert found["offer_value_365d"] == 500


def test_an_offer_accepted_before_the_window_is_not_taken_in_it_when_it_is_redeemed():
    found = told(event("accepted", "2024-04-20"), event("redeemed", "2024-05-20", value=500))
    assert (found["offers_taken_30d"], found["offers_taken_90d"]) == (0, 1)


def test_the_same_offer_shown_in_another_decision_is_another_one():
    first = event("shown", "2024-05-03", "d1"), event("accepted", "2024-05-04", "d1")
    found = told(*first, event("shown", "2024-05-10", "d2"))
    assert found["offers_taken_30d"] == 1
    assert found["offers_ignored_30d"] == 1


def test_of_two_offers_of_one_decision_the_one_that_was_taken_was_not_ignored():
    shown = event("shown", "2024-05-03", offer="tea"), event("shown", "2024-05-03", offer="mug")
    found = told(*shown, event("accepted", "2024-05-04", offer="mug"))
    assert found["offers_ignored_30d"] == 1
    assert found["offers_taken_30d"] == 1
    assert found["offer_fatigue"] == 0


def test_an_offer_that_was_taken_but_never_shown_has_no_rate():
    found = told(event("redeemed", "2024-05-20"))
    assert found["offers_taken_365d"] == 1
    assert found["offer_take_rate_365d"] is UNKNOWN
    assert found["days_since_last_offer"] is UNKNOWN


def test_an_offer_is_worth_what_was_redeemed_and_not_what_was_promised():
    found = told(
        event("accepted", "2024-05-10", value=900),
        event("redeemed", "2024-05-20", value=500),
        event("redeemed", "2024-05-21", "d2", value=None),
    )
    assert found["offer_value_365d"] == 500
    assert found["offers_taken_30d"] == 2


def test_where_no_offer_was_taken_all_of_them_tire():
    found = told(event("shown", "2022-01-01", "d1"), event("shown", "2024-05-20", "d2"))
    assert found["offer_fatigue"] == 2
    assert found["days_since_offer_taken"] is UNKNOWN


# --- ignored --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answered", "taken"), [(JUST_BEFORE, 1), (CUTOFF, 0), ("2024-06-02", 0)])
def test_an_offer_that_is_answered_only_at_the_cutoff_or_later_has_not_been_taken(answered, taken):
    found = told(event("shown", "2024-05-25"), event("accepted", answered))
    assert found["offers_taken_30d"] == taken
    assert found["offer_take_rate_365d"] == taken
    assert found["offer_fatigue"] == 1 - taken
    assert found["offers_ignored_30d"] == 0  # its 14 days are not over


def test_an_offer_that_is_answered_after_the_cutoff_and_more_than_14_days_was_ignored_until_then():
    shown, accepted = event("shown", "2024-05-10"), event("accepted", "2024-06-02")
    assert told(shown, accepted)["offers_ignored_30d"] == 1
    assert told(shown, accepted, at="2024-06-03")["offers_taken_30d"] == 1


@pytest.mark.parametrize("kind", ["accepted", "redeemed", "dismissed"])
@pytest.mark.parametrize(("answered", "ignored"), [("2024-05-24", 0), ("2024-05-24 00:00:00.000001", 1)])
def test_an_offer_is_answered_in_time_up_to_14_days_after_it_was_shown(kind, answered, ignored):
    found = told(event("shown", "2024-05-10"), event(kind, answered))
    assert found["offers_ignored_30d"] == ignored


@pytest.mark.parametrize("kind", ["delivered", "expired"])
def test_what_happens_to_an_offer_by_itself_is_no_answer(kind):
    found = told(event("shown", "2024-05-10"), event(kind, "2024-05-12"))
    assert found["offers_ignored_30d"] == 1
    assert found["offers_taken_30d"] == found["offers_dismissed_30d"] == 0


@pytest.mark.parametrize(
    ("shown", "ignored"), [("2024-05-17 23:59:59.999999", 1), ("2024-05-18", 0), ("2024-05-25", 0)]
)
def test_an_offer_counts_as_ignored_only_after_its_14_days(shown, ignored):
    found = told(event("shown", shown))
    assert found["offers_shown_30d"] == 1
    assert found["offers_ignored_30d"] == ignored


def test_an_offer_is_ignored_in_the_window_in_which_its_14_days_are_over():
    found = told(event("shown", "2024-04-20"))
    assert found["offers_shown_30d"] == 0
    assert found["offers_ignored_30d"] == 1


# --- what counts at a cutoff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("occurred", "count"), [(JUST_BEFORE, 1), (CUTOFF, 0)])
def test_an_offer_shown_just_before_the_cutoff_counts_and_one_at_it_does_not(occurred, count):
    found = told(event("shown", occurred), event("dismissed", occurred, "d2"))
    assert found["offers_shown_30d"] == count
    assert found["offers_dismissed_30d"] == count
    assert found["offer_fatigue"] == count


@pytest.mark.parametrize(("occurred", "value"), [("2023-06-02", 500), ("2023-06-01 23:59:59.999999", 0)])
def test_a_window_begins_with_the_redemption_exactly_365_days_before_the_cutoff(occurred, value):
    found = told(event("redeemed", occurred, value=500))
    assert found["offer_value_365d"] == value
    assert found["offers_taken_365d"] == (1 if value else 0)


@pytest.mark.parametrize(("ingested", "taken"), [(None, 1), (JUST_BEFORE, 1), (CUTOFF, 0), ("2024-06-02", 0)])
def test_an_answer_that_became_known_at_the_cutoff_or_later_does_not_count(ingested, taken):
    found = told(event("shown", "2024-05-10"), event("accepted", "2024-05-12", ingested_at=ingested))
    assert found["offers_taken_30d"] == taken
    assert found["offers_ignored_30d"] == 1 - taken
    assert found["days_since_offer_taken"] == (20 if taken else UNKNOWN)


def test_in_an_empty_window_nothing_was_shown_and_there_is_no_rate():
    found = told(event("shown", "2023-01-01"), event("redeemed", "2023-01-02", value=500))
    assert found["offers_shown_365d"] == found["offers_taken_365d"] == found["offer_value_365d"] == 0
    assert found["offer_take_rate_365d"] is UNKNOWN
    assert found["days_since_last_offer"] == 517


def test_of_who_was_never_shown_an_offer_only_counts_are_known():
    found = told()
    counts = over_windows("offers_shown", "offers_taken", "offers_dismissed", "offers_ignored")
    counts |= {"offer_fatigue", "offer_value_365d"}
    assert {name: value for name, value in found.items() if value is not UNKNOWN} == dict.fromkeys(counts, 0)


def test_without_values_what_offers_were_worth_is_left_out_and_the_rest_stays_as_it_is():
    found = told(*FOUR, without=["offer_events.value"])
    assert told(*FOUR).keys() - found.keys() == {"offer_value_365d"}
    assert found.items() < told(*FOUR).items()
