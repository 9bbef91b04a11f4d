from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

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


def test_the_latest_ingested_at_of_any_table_ends_the_extract(orders):
    shop = orders(*GOOD)
    shop.write(
        "offer_events.csv",
        "decision_id,offer_id,event,occurred_at,customer_id,ingested_at",
        "d,o,shown,2024-05-02,ann,2024-05-04 08:00",
    )
    report = shop.validate()
    assert (report.as_of, report.as_of_from) == (datetime(2024, 5, 4, 8, tzinfo=UTC), "ingested_at")
    assert shop.rows("offer_events", "ingested_at") == [(report.as_of,)]


@pytest.mark.parametrize("minutes", [0, 15, 30, 45])
def test_the_business_day_is_right_in_zones_with_odd_offsets(orders, minutes):
    shop = orders(*GOOD, f"3,a,eve,2024-05-02 23:{minutes:02d},1")
    report = shop.validate(source={"timezone": "Asia/Kathmandu"})
    assert report.as_of == datetime(2024, 5, 3, tzinfo=UTC) - timedelta(hours=5, minutes=45)
