from datetime import date

import numpy as np
import pytest

from training.readiness.duplicates import duplicate_findings, find_duplicates


def shop(days=60, a_day=12, seed=1):
    """Day, order and amount of lines, two an order, one in fifty scanned twice."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), a_day)
    lines = np.stack([day, np.arange(len(day)) // 2, random.integers(100, 9_000, len(day))])
    twice = random.random(len(day)) < 0.02
    return np.concatenate([lines, lines[:, twice]], axis=1)


def found(tables, opened, lines):
    day, order, amount = lines
    return find_duplicates(opened(tables.order_lines(day, order_id=order, amount=amount)))


def test_articles_that_were_scanned_twice_are_counted_and_no_problem(tables, opened):
    result = found(tables, opened, shop())
    assert 0 < result.share < 0.05
    assert not result.doubled
    assert duplicate_findings(result) == []


def test_an_export_that_ran_twice_is_found(tables, opened):
    lines = shop()
    result = found(tables, opened, np.concatenate([lines, lines], axis=1))
    assert result.doubled
    assert result.even_share == 1.0
    assert result.share == pytest.approx(0.5, abs=0.02)
    (finding,) = duplicate_findings(result)
    assert (finding.name, finding.state) == ("doubled_lines", "warning")
    assert "100% of the lines" in finding.mend


def test_exports_that_overlap_are_found_by_their_days(tables, opened):
    lines = shop()
    again = lines[:, (lines[0] >= 20) & (lines[0] < 25)]
    result = found(tables, opened, np.concatenate([lines, again], axis=1))
    assert not result.doubled
    assert result.doubled_days == ((date(2024, 1, 21), date(2024, 1, 25)),)
    (finding,) = duplicate_findings(result)
    assert (finding.name, finding.examples) == ("doubled_days", ("2024-01-21 to 2024-01-25",))


def test_equal_lines_of_different_orders_are_no_repeats(tables, opened):
    result = find_duplicates(opened(tables.order_lines(np.zeros(50), amount=100)))
    assert result.lines == 0


def test_lines_that_differ_in_one_column_are_no_repeats(tables, opened):
    stores = [f"s{number}" for number in range(50)]
    lines = opened(tables.order_lines(np.zeros(50), order_id=[1] * 50, store_id=stores))
    assert find_duplicates(lines).lines == 0
