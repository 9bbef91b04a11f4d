import numpy as np
import pytest

from models.value import DAYS
from training.fit import folds_by_time
from training.takings import Takings
from training.value import Cases, choose_window_days, fit_value


@pytest.mark.parametrize(
    ("history", "horizon", "window"),
    [
        (365, 28, 91),
        (738, 90, 182),
        (1500, 90, 365),
        (100, 28, 28),
        (300, 90, 91),
        (280, 28, 56),
        (200, 90, 90),
    ],
)
def test_the_window_is_the_longest_of_which_history_holds_three_and_no_shorter_than_churn(
    history, horizon, window
):
    assert choose_window_days(history, horizon) == window


@pytest.fixture(scope="module")
def cases(feeder, churn_rows, plan):
    rows = churn_rows.at(plan.train)
    takings = Takings.read(feeder, 0.3)
    return Cases(rows, rows.labels == 0, takings.margin_between(rows.matrix, 0, 28)), takings


@pytest.fixture(scope="module")
def fitted(cases, plan):
    return fit_value(cases[0], folds_by_time(cases[0].rows, 28), cases[1], 28, plan.test[0], seed=7)


@pytest.mark.slow
def test_a_year_is_worth_more_than_the_window_and_no_more_than_its_share(fitted):
    assert 1 < fitted.staying.growth < 1.3 * DAYS / 28


@pytest.mark.slow
def test_nobody_who_is_away_for_the_whole_window_is_given_a_margin(fitted, cases):
    assert fitted.away is None
    values = cases[0].rows.matrix.values[:5]
    np.testing.assert_array_equal(fitted.predict(values, np.ones(5)).expected, 0)


@pytest.mark.slow
def test_the_total_foretold_for_the_latest_months_is_the_total_that_came(fitted, cases):
    rows, stays, margin = cases[0].rows, cases[0].stays, cases[0].margin
    latest = (rows.matrix.cutoffs == rows.matrix.cutoffs.max()) & stays
    said = fitted.within_window(rows.matrix.values[latest], np.zeros(latest.sum()))
    assert said.sum() == pytest.approx(margin[latest].sum(), rel=0.02)


@pytest.mark.slow
def test_nothing_that_came_at_the_end_or_after_it_changes_the_model(cases, plan, fitted):
    known, takings = cases
    end = int(plan.test[0].timestamp() * 1e6)
    early = takings.times < end
    cut = Takings(
        takings.ids,
        takings.customers[early],
        takings.times[early],
        takings.amounts[early],
        takings.margins[early],
        takings.margin_from,
    )
    other = fit_value(known, folds_by_time(known.rows, 28), cut, 28, plan.test[0], seed=7)
    assert other == fitted


def test_rows_without_any_margin_say_what_is_missing(cases, plan):
    nothing = Cases(cases[0].rows, cases[0].stays, np.zeros(len(cases[0].margin)))
    with pytest.raises(ValueError, match="too few brought any margin to learn from"):
        fit_value(nothing, folds_by_time(nothing.rows, 28), cases[1], 28, plan.test[0], seed=7)
