import numpy as np

from datasets.simulator.events import COMPETITOR_DAYS, draw_events
from datasets.simulator.timeline import Timeline

TIMELINE = Timeline(24)


def test_demand_is_near_one_in_the_mean_and_highest_before_christmas():
    season = draw_events(1, TIMELINE).season
    december = (TIMELINE.day_of_year >= 338) & (TIMELINE.day_of_year < 358)
    assert 0.9 < season.mean() < 1.2
    assert season[december].mean() > 1.2 * season[~december].mean()


def test_saturdays_see_more_than_tuesdays():
    season = draw_events(1, TIMELINE).season
    assert season[TIMELINE.weekday == 5].mean() > 1.5 * season[TIMELINE.weekday == 1].mean()


def test_prices_only_rise_and_a_shock_follows_each_rise():
    events = draw_events(1, TIMELINE)
    steps = np.flatnonzero(np.diff(events.price_level) > 0) + 1
    assert (np.diff(events.price_level) >= 0).all()
    assert len(steps) >= 2
    assert events.price_shock[steps].all()


def test_the_competitors_campaign_comes_once_within_the_extract():
    competitor = draw_events(1, TIMELINE).competitor
    on = np.flatnonzero(competitor)
    assert len(on) == COMPETITOR_DAYS
    assert np.ptp(on) == COMPETITOR_DAYS - 1
    assert on[-1] < TIMELINE.end
