from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from training.readiness import plots
from training.readiness.gaps import Gap
from training.readiness.levels import LevelChange

PLOTS = (plots.churn_over_time, plots.cadence, plots.orders_per_customer, plots.weekdays)


@pytest.mark.parametrize("plot", PLOTS)
def test_every_plot_is_one_drawing_with_a_caption(readiness, plot):
    figure = ElementTree.XML(plot(readiness))
    assert [child.tag for child in figure] == ["svg", "figcaption"]
    assert figure[1].text


def test_the_history_shows_missing_days_changes_and_the_newest_outcomes(readiness):
    marked = replace(
        readiness,
        gaps=(Gap(date(2025, 3, 1), date(2025, 3, 20), 20),),
        level_changes=(LevelChange(date(2025, 6, 2), "lines", 0.5),),
    )
    shown = plots.history(marked, 2, "EUR")
    for label in ("no lines", "0.5 times", "newest outcomes", "Sales a week, EUR"):
        assert label in shown


def test_money_is_in_units_of_the_currency(readiness):
    assert plots.history(readiness, 2, "EUR") != plots.history(readiness, 0, "EUR")


def test_the_horizon_is_drawn_among_the_days_between_orders(readiness):
    assert "horizon 28 days" in plots.cadence(readiness)
    assert f"covers {readiness.within_horizon:.0%}" in plots.cadence(readiness)


@pytest.mark.parametrize("customers", [None, "a"])
@pytest.mark.parametrize("days", [[0], [0, 1, 2]])
def test_where_there_is_nothing_to_draw_a_sentence_says_so(tables, customers, days):
    found = tables.order_lines(days, customer_id=[customers] * len(days)).assess()
    assert "too few for a picture" in plots.history(found, 2, "EUR")
    for plot in PLOTS:
        assert ElementTree.XML(plot(found)).tag in ("figure", "p")


def test_months_are_named_with_the_year_where_it_begins():
    ticks = plots.months(date(2023, 11, 20), 100)
    assert [label for _, label in ticks] == ["Dec 2023", "Jan 2024", "Feb"]
    assert ticks[0][0] == 11


def test_names_in_bars_are_escaped():
    assert "&lt;i&gt;" in plots.meters([("<i>", 0.5, "50%")])


@pytest.mark.parametrize(("share", "width"), [(-0.5, "0.0%"), (0.25, "25.0%"), (1.7, "100.0%")])
def test_a_bar_stays_in_its_track(share, width):
    assert f"width:{width}" in plots.meters([("a", share, "")])
