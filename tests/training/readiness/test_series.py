from datetime import date

import numpy as np

from training.readiness.series import by_week, read_days


def test_every_calendar_day_has_an_entry_and_days_without_lines_hold_zero(tables, opened):
    lines = opened(tables.order_lines([0, 0.2, 3], amount=[100, 200, -50]))
    days = read_days(lines, tables.as_of)
    assert days.first == date(2024, 1, 1)
    assert days.lines.tolist() == [2, 0, 0, 1]
    assert days.sales.tolist() == [300, 0, 0, -50]
    assert days.weekday.tolist() == [0, 1, 2, 3]


def test_orders_are_counted_and_not_lines(tables, opened):
    lines = opened(tables.order_lines([0, 0, 0], order_id=[1, 1, 2]))
    assert read_days(lines, tables.as_of).orders.tolist() == [2]


def test_the_days_reach_to_the_end_of_the_extract(tables, opened):
    lines = opened(tables.order_lines([0, 1]))
    assert len(read_days(lines, tables.as_of.replace(day=9))) == 8


def test_weeks_are_whole_and_end_with_the_extract(tables, opened):
    lines = opened(tables.order_lines(np.arange(17)))
    weeks = by_week(read_days(lines, tables.as_of))
    assert weeks.lines.tolist() == [7, 7]
    assert (weeks.first, weeks.start(1)) == (date(2024, 1, 4), date(2024, 1, 11))


def test_an_extract_that_ends_before_its_first_line_has_no_days(tables, opened):
    lines = opened(tables.order_lines([5]))
    assert len(read_days(lines, tables.as_of.replace(day=2))) == 0
