from dataclasses import replace

import pytest

from tests.training.judged import judged
from tests.training.readiness.test_page import read
from training.profit import Economics
from training.report import charts

JUDGED = judged()
MONEY = Economics(value_saved=10, contact_cost=2, save_rate=0.2, is_turnover=False)

DRAWN = {
    "reliability": lambda: charts.reliability(JUDGED),
    "histogram": lambda: charts.histogram(JUDGED),
    "gains": lambda: charts.gains(JUDGED),
    "lift": lambda: charts.lift(JUDGED),
    "profit": lambda: charts.profit(JUDGED, MONEY, 0.1, "EUR"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_well_formed_and_says_what_it_shows(name):
    tags = read(DRAWN[name]())
    assert {"svg", "title", "figcaption"} <= tags.seen


@pytest.mark.parametrize("name", ["gains", "lift", "profit"])
def test_curves_carry_a_key_with_the_model_and_every_rule(name):
    drawn = DRAWN[name]()
    assert "model</span>" in drawn
    assert "recency</span>" in drawn


def test_a_loss_lies_below_the_axis():
    """Contacting everybody costs more than it saves, so the scale has to go below 0."""
    texts = [text for text in read(DRAWN["profit"]()).texts if text.startswith("-")]
    assert texts


def test_ticks_of_profit_hold_0_and_reach_both_ends():
    ticks = charts._signed_ticks(-3_200, 900)
    assert 0 in ticks
    assert ticks[0] <= -3_200
    assert ticks[-1] >= 900
    assert charts._signed_ticks(0, 10)[0] == 0


def test_reached_shares_are_said_in_words():
    assert "Contacting the riskiest 10 % reaches" in charts.gains(JUDGED)


def test_each_origin_has_its_date_and_the_scale_need_not_begin_at_0(backtest):
    drawn = charts.origins(backtest)
    assert "2025-03-01" in drawn
    assert "0.65" in drawn
    assert "0.00" not in drawn


def test_one_origin_is_drawn_too(backtest):
    assert "2025-03-01" in charts.origins(replace(backtest, origins=backtest.origins[:1]))
