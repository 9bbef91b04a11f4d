import pytest

from features.settings import FeatureSettings
from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of, order, over_windows

COMPLAINTS = FeatureSettings(complaint_topics=("complaint", "damaged"))
# answered after 40 minutes, 2 hours and 3 hours 20; solved after 6 hours, then opened again; after a day; never
THREE = [
    {
        "opened_at": "2024-05-10 09:00",
        "first_response_at": "2024-05-10 09:40",
        "resolved_at": "2024-05-10 15:00",
        "reopened_at": "2024-05-12 08:00",
        "channel": "ticket",
    },
    {
        "opened_at": "2024-05-15 09:00",
        "first_response_at": "2024-05-15 11:00",
        "resolved_at": "2024-05-16 09:00",
        "due_at": "2024-05-16 12:00",
        "channel": "chat",
    },
    {
        "opened_at": "2024-05-20 12:00",
        "first_response_at": "2024-05-20 15:20",
        "due_at": "2024-05-25 12:00",
        "channel": "chat",
    },
]


def asked(*contacts, at=CUTOFF, **other):
    return features_of("ann", at, settings=COMPLAINTS, interactions=contacts, **other)


def test_three_contacts_are_counted_in_all_and_by_channel():
    found = asked(*THREE)
    assert found["contact_count_30d"] == 3
    assert found["ticket_count_30d"] == 1
    assert found["chat_count_30d"] == 2
    assert found["call_count_30d"] == 0
    assert found["social_count_30d"] == 0
    assert found["days_since_last_contact"] == 11.5


def test_of_three_contacts_one_was_answered_within_the_hour():
    found = asked(*THREE)
    assert found["answered_within_hour_share_30d"] == pytest.approx(1 / 3)
    assert found["mean_first_response_30d"] == 2  # (40 + 120 + 200) / 3 minutes


def test_two_of_three_contacts_were_resolved_after_six_hours_and_after_a_day():
    found = asked(*THREE)
    assert found["mean_resolution_30d"] == 15
    assert found["resolved_as_promised_share_30d"] == 1  # of the one that was resolved and had been promised


def test_the_one_that_was_opened_again_and_the_one_never_resolved_are_open():
    found = asked(*THREE)
    assert found["reopened_count_30d"] == 1
    assert found["open_case_count"] == 2
    assert found["overdue_case_count"] == 1  # nothing was promised for the one opened again


def test_contacts_of_others_do_not_count():
    found = asked(*THREE, {"customer_id": "bob", "opened_at": "2024-05-30", "channel": "call"})
    assert found == asked(*THREE)
    assert found["call_count_30d"] == 0


# --- what counts at a cutoff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("opened", "count"), [(JUST_BEFORE, 1), (CUTOFF, 0)])
def test_a_contact_just_before_the_cutoff_counts_and_one_at_it_does_not(opened, count):
    found = asked({"opened_at": opened, "topic": "complaint"})
    assert found["contact_count_30d"] == count
    assert found["complaint_count_30d"] == count
    assert found["open_case_count"] == count


@pytest.mark.parametrize(("opened", "count"), [("2024-05-02", 1), ("2024-05-01 23:59:59.999999", 0)])
def test_a_window_begins_with_the_contact_exactly_30_days_before_the_cutoff(opened, count):
    found = asked({"opened_at": opened})
    assert found["contact_count_30d"] == count
    assert found["contact_count_90d"] == 1


@pytest.mark.parametrize(("ingested", "count"), [(None, 1), (JUST_BEFORE, 1), (CUTOFF, 0), ("2024-06-02", 0)])
def test_a_contact_that_became_known_at_the_cutoff_or_later_does_not_count(ingested, count):
    contact = {"opened_at": "2024-05-20", "first_response_at": "2024-05-20 00:30", "ingested_at": ingested}
    found = asked(contact)
    assert found["contact_count_30d"] == count
    assert found["open_case_count"] == count
    assert found["answered_within_hour_share_30d"] == (1 if count else UNKNOWN)


def test_a_late_contact_counts_at_the_next_cutoff_with_its_own_times():
    late = {"opened_at": "2024-05-20", "ingested_at": "2024-06-02"}
    assert asked(late, at="2024-06-03")["days_since_last_contact"] == 14


def test_in_an_empty_window_there_are_no_contacts_and_nothing_is_known_of_answers():
    found = asked({"opened_at": "2024-04-01", "first_response_at": "2024-04-01 03:00"})
    assert found["contact_count_30d"] == 0
    assert found["reopened_count_30d"] == 0
    assert found["mean_first_response_30d"] is UNKNOWN
    assert found["answered_within_hour_share_30d"] is UNKNOWN
    assert found["mean_first_response_90d"] == 3


def test_who_never_had_a_contact_has_no_case_no_complaint_and_no_silence():
    found = asked()
    assert found["open_case_count"] == found["overdue_case_count"] == found["contact_count_365d"] == 0
    assert found["days_silent_since_complaint"] == 0
    assert found["days_since_last_contact"] is UNKNOWN
    assert found["days_since_last_complaint"] is UNKNOWN
    assert found["last_contact_csat"] is UNKNOWN


# --- answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answered", "share"), [("2024-05-20 10:00", 1), ("2024-05-20 10:00:00.000001", 0)])
def test_an_answer_after_exactly_an_hour_is_within_the_hour(answered, share):
    found = asked({"opened_at": "2024-05-20 09:00", "first_response_at": answered})
    assert found["answered_within_hour_share_30d"] == share


@pytest.mark.parametrize(("answered", "hours"), [(JUST_BEFORE, 23 + 59 / 60), (CUTOFF, UNKNOWN)])
def test_an_answer_at_the_cutoff_has_not_been_given_yet(answered, hours):
    found = asked({"opened_at": "2024-05-31", "first_response_at": answered})
    assert found["contact_count_30d"] == 1
    assert found["mean_first_response_30d"] == pytest.approx(hours)


def test_an_answer_lies_in_the_window_of_its_own_time():
    found = asked({"opened_at": "2024-05-01 23:00", "first_response_at": "2024-05-02 01:00"})
    assert found["contact_count_30d"] == 0
    assert found["mean_first_response_30d"] == 2


def test_a_contact_that_was_not_answered_yet_is_not_one_that_was_answered_late():
    prompt = {"opened_at": "2024-05-20 09:00", "first_response_at": "2024-05-20 09:40"}
    found = asked(prompt, {"opened_at": "2024-05-21"})
    assert found["answered_within_hour_share_30d"] == 1
    assert found["mean_first_response_30d"] == pytest.approx(2 / 3)


def test_minutes_that_have_only_begun_are_left_out():
    contact = {"opened_at": "2024-05-20 09:00", "first_response_at": "2024-05-20 09:30:59"}
    assert asked(contact)["mean_first_response_30d"] == 0.5


# --- open and overdue cases -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resolved", "still_open", "hours", "kept"),
    [(JUST_BEFORE, 0, 23 + 59 / 60, 0), (CUTOFF, 1, UNKNOWN, UNKNOWN), ("2024-06-03", 1, UNKNOWN, UNKNOWN)],
)
def test_a_case_that_is_resolved_only_at_or_after_the_cutoff_is_still_open(resolved, still_open, hours, kept):
    found = asked({"opened_at": "2024-05-31", "resolved_at": resolved, "due_at": "2024-05-31 12:00"})
    assert found["open_case_count"] == still_open
    assert found["overdue_case_count"] == still_open
    assert found["mean_resolution_30d"] == pytest.approx(hours)
    assert found["resolved_as_promised_share_30d"] == kept


def test_a_case_is_closed_at_the_cutoff_after_its_resolution():
    case = {"opened_at": "2024-05-20", "resolved_at": "2024-06-03"}
    assert asked(case, at="2024-06-10")["open_case_count"] == 0


@pytest.mark.parametrize(("due", "overdue"), [(JUST_BEFORE, 1), (CUTOFF, 0), ("2024-06-05", 0)])
def test_an_open_case_is_overdue_once_its_promised_time_has_passed(due, overdue):
    found = asked({"opened_at": "2024-05-20", "due_at": due})
    assert found["open_case_count"] == 1
    assert found["overdue_case_count"] == overdue


@pytest.mark.parametrize(("resolved", "kept"), [("2024-05-22", 1), ("2024-05-22 00:00:00.000001", 0)])
def test_a_promise_is_kept_up_to_the_promised_time_itself(resolved, kept):
    found = asked({"opened_at": "2024-05-20", "due_at": "2024-05-22", "resolved_at": resolved})
    assert found["resolved_as_promised_share_30d"] == kept
    assert found["overdue_case_count"] == 0  # late, but no longer open


@pytest.mark.parametrize(
    ("reopened", "again"),
    [("2024-05-21 11:59", 0), ("2024-05-21 12:00", 1), ("2024-05-25", 1), (CUTOFF, 0)],
)
def test_a_case_is_opened_again_at_or_after_its_resolution_and_before_the_cutoff(reopened, again):
    case = {"opened_at": "2024-05-20", "resolved_at": "2024-05-21 12:00", "due_at": "2024-05-23"}
    found = asked(case | {"reopened_at": reopened})
    assert found["reopened_count_30d"] == again
    assert found["open_case_count"] == again
    assert found["overdue_case_count"] == again


# --- satisfaction ---------------------------------------------------------------------------------------------


def rated(csat, csat_at, opened="2023-01-01", **other):
    return {"opened_at": opened, "csat": csat, "csat_at": csat_at, **other}


def test_satisfaction_falls_when_the_last_quarter_is_below_the_year():
    found = asked(rated(5, "2023-12-01"), rated(4, "2024-02-01"), rated(2, "2024-05-01"))
    assert found["last_contact_csat"] == 2
    assert found["mean_contact_csat_30d"] is UNKNOWN
    assert found["mean_contact_csat_90d"] == 2
    assert found["mean_contact_csat_365d"] == pytest.approx(11 / 3)
    assert found["contact_csat_trend_90_365"] == pytest.approx(2 - 11 / 3)


def test_the_latest_rating_is_the_one_given_last_whichever_contact_began_first():
    begun_first = rated(1, "2024-05-30", opened="2024-05-01")
    begun_last = rated(5, "2024-05-21", opened="2024-05-20")
    assert asked(begun_first, begun_last)["last_contact_csat"] == 1


@pytest.mark.parametrize(("given", "csat"), [(JUST_BEFORE, 3), (CUTOFF, UNKNOWN)])
def test_a_rating_given_at_the_cutoff_is_not_known_although_the_contact_is(given, csat):
    found = asked(rated(3, given, opened="2024-05-20"))
    assert found["contact_count_30d"] == 1
    assert found["last_contact_csat"] == csat
    assert found["mean_contact_csat_30d"] == csat


def test_a_rating_without_a_time_counts_from_when_its_row_became_known():
    found = asked(rated(4, None, opened="2024-03-10", ingested_at="2024-05-10"))
    assert found["mean_contact_csat_30d"] == 4
    assert found["contact_count_30d"] == 0


def test_a_rating_of_which_no_time_is_known_never_counts():
    found = asked(rated(4, None, opened="2024-05-10"), rated(2, "2024-05-20"))
    assert found["mean_contact_csat_30d"] == 2


# --- complaints -----------------------------------------------------------------------------------------------

COMPLAINT = {"opened_at": "2024-05-12", "topic": "damaged"}


def test_a_topic_in_capitals_is_the_same_topic():
    assert asked(COMPLAINT | {"topic": "Damaged"})["complaint_count_30d"] == 1


def test_a_complaint_is_a_contact_about_one_of_the_topics_that_were_set():
    later = {"first_response_at": "2024-05-13", "resolved_at": "2024-05-15"}
    found = asked(COMPLAINT | later, {"opened_at": "2024-05-20", "topic": "opening hours"})
    assert found["complaint_count_30d"] == 1
    assert found["days_since_last_complaint"] == 20
    assert found["days_since_last_contact"] == 12


@pytest.mark.parametrize(
    "orders",
    [[], [order("2024-05-11")], [order("2024-05-20", -100)], [order(CUTOFF)]],
    ids=["none", "before the complaint", "a return alone", "at the cutoff"],
)
def test_a_complaint_without_an_order_after_it_is_followed_by_silence(orders):
    found = asked(COMPLAINT, order_lines=orders)
    assert found["days_silent_since_complaint"] == 20
    assert found["days_since_last_complaint"] == 20


@pytest.mark.parametrize("ordered", ["2024-05-12", "2024-05-30"])
def test_an_order_at_or_after_the_complaint_ends_the_silence(ordered):
    found = asked(COMPLAINT, order_lines=[order(ordered)])
    assert found["days_silent_since_complaint"] == 0
    assert found["days_since_last_complaint"] == 20


def test_silence_is_counted_from_the_latest_complaint():
    found = asked(
        COMPLAINT, {"opened_at": "2024-05-22", "topic": "complaint"}, order_lines=[order("2024-05-15")]
    )
    assert found["days_silent_since_complaint"] == 10
    assert found["complaint_count_30d"] == 2


# --- columns that were not brought ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("channel", over_windows("ticket_count", "chat_count", "call_count", "social_count")),
        ("first_response_at", over_windows("mean_first_response", "answered_within_hour_share")),
        ("due_at", {"overdue_case_count"} | over_windows("resolved_as_promised_share")),
        ("reopened_at", over_windows("reopened_count")),
        (
            "resolved_at",
            {"open_case_count", "overdue_case_count"}
            | over_windows("reopened_count", "mean_resolution", "resolved_as_promised_share"),
        ),
        (
            "topic",
            over_windows("complaint_count") | {"days_since_last_complaint", "days_silent_since_complaint"},
        ),
        ("csat_at", over_windows("mean_contact_csat") | {"last_contact_csat", "contact_csat_trend_90_365"}),
    ],
)
def test_without_a_column_the_features_that_need_it_are_left_out(column, names):
    found = asked(*THREE, without=[f"interactions.{column}"])
    assert asked(*THREE).keys() - found.keys() == names


def test_without_the_time_of_the_first_answer_everything_else_stays_as_it_is():
    found = asked(*THREE, without=["interactions.first_response_at"])
    assert found.items() < asked(*THREE).items()


def test_without_the_time_of_opening_again_a_resolved_case_is_closed():
    found = asked(*THREE, without=["interactions.reopened_at"])
    assert found["open_case_count"] == 1
