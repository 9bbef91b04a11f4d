from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.settings import SourceSettings
from features.tables.clock import (
    BUCKET_SECONDS,
    Clock,
    daily_lines,
    last_ordinary_day,
    midnight_after,
    read_clock,
)

ORDERS_HEADER = "order_id,line_id,customer_id,ordered_at,amount"
GOOD = (
    "1,a,ann,2024-05-01 10:00,1.50",
    "1,b,ann,2024-05-01 10:00,2.00",
    "2,a,bob,2024-05-02 10:00,3.00",
)


def test_one_row_dated_2099_does_not_move_the_end_of_the_extract(orders):
    shop = orders(*GOOD, "9,a,eve,2099-01-01,1.00")
    report = shop.validate()
    assert report.as_of == datetime(2024, 5, 3, tzinfo=UTC)
    assert report.last_order == datetime(2024, 5, 2, 10, tzinfo=UTC)


def test_the_end_of_the_extract_falls_on_midnight_of_the_business_zone(orders):
    report = orders(*GOOD).validate(source={"timezone": "Europe/Berlin"})
    assert report.as_of == datetime(2024, 5, 2, 22, tzinfo=UTC)


def test_rows_later_than_a_configured_end_are_quarantined_and_one_exactly_at_it_is_kept(orders):
    shop = orders(*GOOD, "3,a,eve,2024-05-03 10:00,1")
    end = {"as_of": "2024-05-02T10:00:00Z"}
    assert shop.reasons(source=end | {"max_quarantined_share": 1}) == {"after_as_of": 1}


def test_a_row_that_became_known_after_the_end_is_quarantined(shop):
    lines = [f"{line},2024-05-02 12:00" for line in GOOD]
    lines[0] = lines[0].replace("2024-05-02 12:00", "2024-05-20 12:00")
    shop.write("order_lines.csv", ORDERS_HEADER + ",ingested_at", *lines)
    assert shop.reasons(source={"as_of": "2024-05-03"}) == {"after_as_of": 1}


def loaded(shop, *instants):
    """The good order lines, each with when it became known."""
    lines = [f"{line},{instant}" for line, instant in zip(GOOD, instants, strict=True)]
    shop.write("order_lines.csv", ORDERS_HEADER + ",ingested_at", *lines)
    return shop


def test_the_newest_load_counts_at_the_end_of_the_extract_and_is_kept(shop):
    report = loaded(shop, "2024-05-03 02:00", "2024-05-03 02:00", "2024-05-04 08:00").validate()
    newest = datetime(2024, 5, 4, 8, tzinfo=UTC)
    assert (report.as_of, report.as_of_from) == (newest + timedelta(microseconds=1), "ingested_at")
    assert report.tables["order_lines"].rows_used == 3
    assert max(shop.rows("order_lines", "ingested_at")) == (newest,)


@pytest.mark.parametrize("table", ["offer_events", "decisions", "visits"])
def test_no_other_table_moves_the_end_of_the_extract(orders, table):
    before = orders(*GOOD).validate()
    shop = orders(*GOOD)
    later(shop, table)
    after = shop.validate()
    assert (after.as_of, after.as_of_from) == (before.as_of, before.as_of_from)
    assert after.tables["order_lines"] == before.tables["order_lines"]


def later(shop, table):
    """A table of one row, a month after the good order lines."""
    rows = {
        "offer_events": ("decision_id,offer_id,event,occurred_at,customer_id", "d,o,shown,2024-06-02,ann"),
        "decisions": (
            "decision_id,slot,customer_id,decided_at,offer_id,propensity",
            "d,0,ann,2024-06-02,o,1",
        ),
        "visits": ("visit_id,customer_id,occurred_at,kind", "v,ann,2024-06-02,view"),
    }
    header, row = rows[table]
    shop.write(f"{table}.csv", header + ",ingested_at", row + ",2024-06-02 01:00")


@pytest.mark.parametrize(
    ("table", "reasons"), [("offer_events", {}), ("decisions", {}), ("visits", {"after_as_of": 1})]
)
def test_what_the_product_writes_after_the_extract_is_kept(orders, table, reasons):
    shop = orders(*GOOD)
    later(shop, table)
    assert shop.reasons(table) == reasons


def test_a_table_of_which_nothing_was_known_yet_is_kept_with_a_warning(shop):
    loaded(shop, *["2024-05-04 08:00:00"] * 3)
    header = "visit_id,customer_id,occurred_at,kind,ingested_at"
    shop.write("visits.csv", header, "v,ann,2024-05-02,view,2024-05-04 08:00:05")
    report = shop.validate()
    assert report.tables["visits"].rows_used == 1
    assert [one.table for one in report.findings if one.name == "known_after_as_of"] == ["visits"]


def test_the_last_instant_of_the_calendar_ends_an_extract():
    last = datetime.max.replace(tzinfo=UTC)
    microseconds = (last - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert read_clock(SourceSettings(), {}, microseconds) == Clock(last, "ingested_at")


@pytest.mark.parametrize("minutes", [0, 15, 30, 45])
def test_the_business_day_is_right_in_zones_with_odd_offsets(orders, minutes):
    shop = orders(*GOOD, f"3,a,eve,2024-05-02 23:{minutes:02d},1")
    report = shop.validate(source={"timezone": "Asia/Kathmandu"})
    assert report.as_of == datetime(2024, 5, 3, tzinfo=UTC) - timedelta(hours=5, minutes=45)


def day(number):
    return date(2024, 1, 1) + timedelta(days=number)


def test_a_last_day_with_less_than_a_tenth_of_the_median_is_not_complete():
    lines = {day(n): 100 for n in range(40)}
    assert last_ordinary_day(lines | {day(40): 9}) == day(39)
    assert last_ordinary_day(lines | {day(40): 10}) == day(40)


def test_only_the_28_days_before_a_day_judge_it():
    lines = {day(n): 10_000 for n in range(50)} | {day(n): 100 for n in range(50, 78)}
    assert last_ordinary_day(lines | {day(78): 10}) == day(78)
    assert last_ordinary_day({day(0): 100, day(29): 100}) is None


def test_closed_days_do_not_lower_the_median():
    saturdays = {day(7 * n): 100 for n in range(8)}
    assert last_ordinary_day(saturdays) == day(49)
    assert last_ordinary_day(saturdays | {day(56): 5}) == day(49)


def test_a_single_day_of_sales_is_taken_as_the_end_with_a_warning(orders):
    report = orders("1,a,ann,2024-05-01,1").validate()
    assert report.as_of == datetime(2024, 5, 2, tzinfo=UTC)
    assert "as_of_guessed" in {finding.name for finding in report.findings}


def test_an_ingested_at_long_after_the_sales_is_a_warning(shop):
    shop.write("order_lines.csv", ORDERS_HEADER + ",ingested_at", *(f"{line},2031-01-01" for line in GOOD))
    assert "as_of_far" in {finding.name for finding in shop.validate().findings}


@given(
    st.dates(date(1, 1, 3), date(9999, 12, 20)), st.sampled_from(["UTC", "Pacific/Apia", "America/New_York"])
)
def test_midnight_is_the_start_of_the_next_day_in_the_zone(today, name):
    zone = ZoneInfo(name)
    instant = midnight_after(today, zone)
    assert instant.astimezone(zone).date() > today
    assert (instant - timedelta(seconds=1)).astimezone(zone).date() <= today


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.sampled_from(["UTC", "Asia/Kathmandu"]))
def test_a_line_is_counted_on_its_business_day(naive, name):
    zone = ZoneInfo(name)
    instant = naive.replace(tzinfo=zone)
    bucket = int(instant.timestamp() // BUCKET_SECONDS)
    assert daily_lines({bucket: 3}, zone) == {naive.date(): 3}


def test_without_lines_there_is_no_clock():
    assert read_clock(SourceSettings(), {}, None) is None


def test_a_configured_end_without_a_zone_is_read_in_the_business_zone():
    settings = SourceSettings(timezone="Europe/Berlin", as_of=datetime(2024, 6, 1))
    found = read_clock(settings, {}, 0)
    assert found == Clock(datetime(2024, 5, 31, 22, tzinfo=UTC), "configuration")
