import pytest

from tests.features.streams.examples import CUTOFF, JUST_BEFORE, UNKNOWN, features_of, order, over_windows


def told(*visits, at=CUTOFF, **other):
    return features_of("ann", at, visits=visits, **other)


def visit(kind, occurred_at, **other):
    return {"kind": kind, "occurred_at": occurred_at, **other}


# two sessions on the pages, of three minutes in all, and a mail that was opened and followed
WEEK = (
    visit("search", "2024-05-20 10:00", session_id="s1", duration_s=30.0, topic="tea"),
    visit("view", "2024-05-20 10:01", session_id="s1", duration_s=60.0, topic="tea", product_id="green"),
    visit("cart", "2024-05-20 10:02", session_id="s1", duration_s=None, topic=None, product_id="green"),
    visit("view", "2024-05-22 12:00", session_id="s2", duration_s=90.0, topic="cups", product_id="mug"),
    visit("email_open", "2024-05-24", session_id="s3", duration_s=600.0, topic="sale"),
    visit("email_click", "2024-05-25", session_id="s3", duration_s=600.0, topic="sale"),
)


def test_visits_are_counted_by_what_the_customer_did():
    found = told(*WEEK)
    assert found["page_view_count_30d"] == 2
    assert found["search_count_30d"] == found["basket_addition_count_30d"] == 1
    assert found["email_open_count_30d"] == found["email_click_count_30d"] == 1
    assert found["days_since_last_visit"] == 9.5
    assert found["days_since_last_email_reaction"] == 7


def test_sessions_topics_and_minutes_are_those_of_pages_and_not_of_mails():
    found = told(*WEEK)
    assert found["session_count_30d"] == 2
    assert found["topic_count_30d"] == 2
    assert found["page_minutes_30d"] == 3


def test_a_session_and_a_topic_are_counted_once_however_often_they_come():
    again = [visit("view", f"2024-04-{day:02}", session_id="s1", topic="tea") for day in (10, 11, 12)]
    found = told(*WEEK, *again)
    assert (found["session_count_30d"], found["session_count_90d"]) == (2, 2)
    assert (found["topic_count_30d"], found["topic_count_90d"]) == (2, 2)
    assert (found["page_view_count_30d"], found["page_view_count_90d"]) == (2, 5)


def test_one_of_four_mails_that_were_opened_was_followed():
    opened = [visit("email_open", f"2024-05-{day}") for day in (10, 15, 20, 25)]
    found = told(*opened, visit("email_click", "2024-05-15 00:01"))
    assert found["email_click_rate_90d"] == 0.25
    assert found["days_since_last_visit"] is UNKNOWN


def test_a_mail_that_was_followed_but_never_seen_to_be_opened_has_no_rate():
    assert told(visit("email_click", "2024-05-15"))["email_click_rate_90d"] is UNKNOWN


def test_one_of_six_views_of_a_quarter_in_the_last_month_is_half_of_a_steady_rate():
    views = [
        visit("view", day) for day in ("2024-03-10", "2024-03-20", "2024-04-01", "2024-04-10", "2024-04-20")
    ]
    found = told(*views, visit("view", "2024-05-20"))
    assert found["visit_trend_30_90"] == 0.5
    assert told(*views)["visit_trend_30_90"] == 0


def test_the_visits_of_others_do_not_count():
    assert told(*WEEK, visit("view", "2024-05-30", customer_id="bob", product_id="pot")) == told(*WEEK)


# --- baskets that were left -----------------------------------------------------------------------------------

BASKET = visit("cart", "2024-05-20 10:00", product_id="green")


@pytest.mark.parametrize(
    "orders",
    [
        [],
        [order("2024-05-20 09:59")],
        [order("2024-05-21 10:00")],
        [order("2024-05-20 12:00", -100)],
        [order("2024-05-20 12:00", customer_id="bob")],
    ],
    ids=["nothing", "before", "a day later", "a return alone", "another customer"],
)
def test_a_basket_is_left_where_a_day_passes_without_an_order(orders):
    found = told(BASKET, order_lines=orders)
    assert found["abandoned_basket_count_30d"] == 1
    assert found["basket_addition_count_30d"] == 1


@pytest.mark.parametrize("ordered", ["2024-05-20 10:00", "2024-05-20 12:00", "2024-05-21 09:59:59.999999"])
def test_a_basket_is_not_left_where_something_is_ordered_within_the_day(ordered):
    assert told(BASKET, order_lines=[order(ordered)])["abandoned_basket_count_30d"] == 0


@pytest.mark.parametrize(
    ("filled", "left"), [("2024-05-30 23:59:59.999999", 1), ("2024-05-31", 0), ("2024-05-31 12:00", 0)]
)
def test_a_basket_counts_as_left_only_after_its_day(filled, left):
    found = told(BASKET | {"occurred_at": filled})
    assert found["basket_addition_count_30d"] == 1
    assert found["abandoned_basket_count_30d"] == left


def test_a_basket_is_left_in_the_window_in_which_its_day_is_over():
    found = told(BASKET | {"occurred_at": "2024-05-01 12:00"})
    assert found["basket_addition_count_30d"] == 0
    assert found["abandoned_basket_count_30d"] == 1


def test_two_additions_on_the_way_to_no_order_are_two():
    assert told(BASKET, BASKET | {"occurred_at": "2024-05-20 10:05"})["abandoned_basket_count_30d"] == 2


def test_an_order_that_became_known_after_the_cutoff_has_not_saved_the_basket_yet():
    late = order("2024-05-20 12:00", ingested_at="2024-06-02")
    assert told(BASKET, order_lines=[late])["abandoned_basket_count_30d"] == 1
    assert told(BASKET, order_lines=[late], at="2024-06-03")["abandoned_basket_count_30d"] == 0


# --- seen and not bought --------------------------------------------------------------------------------------

TEA = visit("view", "2024-05-10", product_id="green")
MUG = visit("view", "2024-05-12", product_id="mug")


def test_of_two_products_seen_the_one_that_was_not_bought_is_left():
    bought = order("2024-05-13", product_id="mug")
    assert told(TEA, MUG)["seen_not_bought_count_30d"] == 2
    assert told(TEA, MUG, order_lines=[bought])["seen_not_bought_count_30d"] == 1


@pytest.mark.parametrize(
    "line",
    [
        order("2024-05-09", product_id="green"),
        order("2024-05-11", -100, product_id="green"),
        order("2024-05-11", product_id="mug"),
        order("2024-05-11", product_id=None),
        order(CUTOFF, product_id="green"),
        order("2024-05-11", product_id="green", customer_id="bob"),
    ],
    ids=["before", "given back", "another product", "unknown product", "at the cutoff", "another customer"],
)
def test_a_product_is_not_bought_by_anything_but_a_purchase_of_it_since_it_was_seen(line):
    assert told(TEA, order_lines=[line])["seen_not_bought_count_30d"] == 1


@pytest.mark.parametrize("bought", ["2024-05-10", "2024-05-11", JUST_BEFORE])
def test_a_product_bought_when_it_was_seen_or_since_is_not_counted(bought):
    found = told(TEA, order_lines=[order(bought, product_id="green")])
    assert found["seen_not_bought_count_30d"] == 0
    assert found["page_view_count_30d"] == 1


def test_a_product_seen_again_after_it_was_bought_is_wanted_again():
    again = TEA | {"occurred_at": "2024-05-20"}
    assert (
        told(TEA, again, order_lines=[order("2024-05-11", product_id="green")])["seen_not_bought_count_30d"]
        == 1
    )


def test_a_product_is_counted_once_and_in_the_window_of_its_latest_view():
    once, again = TEA | {"occurred_at": "2024-04-10"}, TEA | {"occurred_at": "2024-04-20"}
    found = told(once, again, visit("view", "2024-05-20"), visit("search", "2024-05-20", product_id="mug"))
    assert found["seen_not_bought_count_30d"] == 0
    assert found["seen_not_bought_count_90d"] == 1


# --- what counts at a cutoff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("occurred", "count"), [(JUST_BEFORE, 1), (CUTOFF, 0)])
def test_a_visit_just_before_the_cutoff_counts_and_one_at_it_does_not(occurred, count):
    found = told(visit("view", occurred, session_id="s1", duration_s=60.0, product_id="mug"))
    assert found["page_view_count_30d"] == count
    assert found["session_count_30d"] == count
    assert found["page_minutes_30d"] == count
    assert found["seen_not_bought_count_30d"] == count


@pytest.mark.parametrize(("occurred", "count"), [("2024-05-02", 1), ("2024-05-01 23:59:59.999999", 0)])
def test_a_window_begins_with_the_visit_exactly_30_days_before_the_cutoff(occurred, count):
    found = told(visit("view", occurred, session_id="s1"))
    assert found["page_view_count_30d"] == count
    assert found["session_count_30d"] == count
    assert found["session_count_90d"] == 1


@pytest.mark.parametrize(("ingested", "count"), [(None, 1), (JUST_BEFORE, 1), (CUTOFF, 0), ("2024-06-02", 0)])
def test_a_visit_that_became_known_at_the_cutoff_or_later_does_not_count(ingested, count):
    found = told(MUG | {"ingested_at": ingested}, visit("view", "2024-05-01"))
    assert found["page_view_count_30d"] == count
    assert found["seen_not_bought_count_30d"] == count
    assert found["days_since_last_visit"] == (20 if count else 31)


def test_in_an_empty_window_nothing_was_looked_at_and_there_is_no_trend():
    found = told(visit("view", "2023-01-01", product_id="mug"), visit("email_open", "2023-01-01"))
    assert found["page_view_count_365d"] == found["session_count_365d"] == found["page_minutes_365d"] == 0
    assert found["seen_not_bought_count_90d"] == found["abandoned_basket_count_365d"] == 0
    assert found["visit_trend_30_90"] is found["email_click_rate_365d"] is UNKNOWN
    assert found["days_since_last_visit"] == pytest.approx(517)


def test_of_who_never_came_only_counts_are_known():
    found = told()
    unknown = {"days_since_last_visit", "days_since_last_email_reaction", "visit_trend_30_90"}
    unknown |= over_windows("email_click_rate", days=(90, 365))
    assert found == dict.fromkeys(found, 0) | dict.fromkeys(unknown, UNKNOWN)


# --- columns that were not brought ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("visits.session_id", over_windows("session_count")),
        ("visits.duration_s", over_windows("page_minutes")),
        ("visits.topic", over_windows("topic_count")),
        ("visits.product_id", over_windows("seen_not_bought_count", days=(30, 90))),
        ("order_lines.product_id", over_windows("seen_not_bought_count", days=(30, 90))),
    ],
)
def test_without_a_column_its_features_are_left_out_and_the_others_stay_as_they_are(column, names):
    found = told(*WEEK, without=[column])
    assert told(*WEEK).keys() - found.keys() == names
    assert found.items() < told(*WEEK).items()
