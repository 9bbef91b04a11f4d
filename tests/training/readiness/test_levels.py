from datetime import date, timedelta

import numpy as np
import pytest

from datasets.simulator import simulate
from features.settings import Settings
from features.tables.validate import validate
from features.workspace import Workspace
from training.readiness.levels import find_level_changes, level_findings
from training.readiness.lines import open_lines
from training.readiness.series import Weeks, by_week, read_days

MONDAY = date(2023, 1, 2)


def weeks(lines, sales=None):
    lines = np.asarray(lines, float)
    return Weeks(MONDAY, lines, 900 * lines if sales is None else np.asarray(sales, float))


def noisy(count, seed=1, level=500.0):
    return level * np.exp(np.random.default_rng(seed).normal(0, 0.08, count))


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.8, 5])
@pytest.mark.parametrize("week", [15, 40, 75])
def test_a_level_that_changes_at_once_and_stays_is_found_where_it_begins(factor, week):
    lines = noisy(104)
    lines[week:] *= factor
    (change,) = find_level_changes(weeks(lines))
    assert abs((change.day - MONDAY).days - 7 * week) <= 7
    assert change.factor == pytest.approx(factor, rel=0.15)


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_no_change_of_level(seed):
    assert find_level_changes(weeks(noisy(104, seed))) == ()


@pytest.mark.parametrize("length", [2, 5, 8])
@pytest.mark.parametrize("years", [1, 2])
def test_a_christmas_season_is_no_change_of_level(length, years):
    lines = noisy(52 * years)
    for year in range(years):
        lines[52 * year + 51 - length : 52 * year + 51] *= 2.2
    assert find_level_changes(weeks(lines)) == ()


def test_steady_growth_is_no_change_of_level():
    assert find_level_changes(weeks(noisy(104) * np.exp(np.linspace(0, 2, 104)))) == ()


def test_weeks_that_are_missing_are_no_level_and_hide_none():
    lines = noisy(80)
    lines[24:] *= 0.4
    lines[39:41] = 0
    (change,) = find_level_changes(weeks(lines))
    assert change.day == MONDAY + timedelta(weeks=24)


def test_two_changes_are_two():
    lines = noisy(120)
    lines[40:] *= 2.5
    lines[80:] *= 2.5
    days = [(one.day - MONDAY).days / 7 for one in find_level_changes(weeks(lines))]
    assert days == pytest.approx([40, 80], abs=1)


def test_sales_that_change_alone_are_named():
    lines = noisy(104)
    sales = 900 * lines
    sales[50:] *= 3
    (change,) = find_level_changes(weeks(lines, sales))
    assert (change.what, change.at_end) == ("sales", False)
    (finding,) = level_findings((change,))
    assert (finding.name, finding.state, finding.column) == ("level_change", "warning", "amount")


@pytest.mark.parametrize("length", [2, 3, 6])
def test_an_extract_that_thins_out_at_its_end_is_told(length):
    lines = noisy(60)
    lines[-length:] *= 0.2
    (change,) = find_level_changes(weeks(lines))
    assert change.at_end
    assert change.day == MONDAY + timedelta(days=7 * (60 - length))
    (finding,) = level_findings((change,))
    assert finding.name == "thin_end"
    assert f"source.as_of = {change.day}" in finding.mend


@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_a_short_history_has_no_level_to_change(count):
    assert find_level_changes(weeks(noisy(count))) == ()


@pytest.mark.slow
@pytest.mark.parametrize("months", [12, 15, 24])
def test_the_seasons_of_the_simulated_shop_are_no_changes_of_level(tmp_path, months):
    simulate(tmp_path / "data", None, customers=2_000, months=months, seed=months)
    settings = Settings(root=tmp_path)
    workspace = Workspace(tmp_path / "workspace")
    report = validate(settings, workspace)
    with open_lines(settings, workspace) as lines:
        assert find_level_changes(by_week(read_days(lines, report.as_of))) == ()
