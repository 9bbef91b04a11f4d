from datetime import UTC, date, datetime

import numpy as np
import pytest

from datasets.simulator.timeline import PERIOD, Timeline


@pytest.mark.parametrize(
    ("months", "last"), [(3, date(2023, 4, 1)), (12, date(2024, 1, 1)), (25, date(2025, 2, 1))]
)
def test_the_extract_is_whole_months(months, last):
    timeline = Timeline(months)
    assert timeline.last_date == last
    assert timeline.end - timeline.first == (last - date(2023, 1, 1)).days


def test_periods_end_with_the_extract_and_one_more_follows():
    timeline = Timeline(24)
    assert timeline.end % PERIOD == 0
    assert 0 <= timeline.first < PERIOD
    assert timeline.days == timeline.end + PERIOD


def test_weekdays_and_days_of_the_year_are_those_of_the_calendar():
    timeline = Timeline(12)
    new_year = date(2023, 1, 1)
    assert timeline.weekday[timeline.first] == new_year.weekday()
    assert timeline.day_of_year[timeline.first] == 0
    assert timeline.day_of_year[timeline.first + 364] == 364


def test_a_calendar_week_begins_on_monday():
    timeline = Timeline(6)
    begins = np.flatnonzero(np.diff(timeline.week)) + 1
    assert set(timeline.weekday[begins]) == {0}


def test_an_instant_is_the_day_and_second_in_utc():
    timeline = Timeline(12)
    at = timeline.instants(np.array([timeline.first + 31]), np.array([3_661]))
    assert datetime.fromtimestamp(at[0] / 1e6, UTC) == datetime(2023, 2, 1, 1, 1, 1, tzinfo=UTC)
    assert timeline.first_instant == datetime(2023, 1, 1, tzinfo=UTC).timestamp() * 1e6
    assert timeline.end_instant == datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1e6
