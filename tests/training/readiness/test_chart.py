import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.readiness.chart import Chart, nice_ticks, short_number


def drawn(chart):
    return ElementTree.XML(chart.svg())


def test_a_chart_says_what_it_shows_to_who_cannot_see_it():
    root = drawn(Chart("Orders & <returns>", (0, 1), 1))
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find("title").text == "Orders & <returns>"


def test_scales_run_from_corner_to_corner():
    chart = Chart("", (10, 20), 50)
    assert chart.across(10) < chart.across(15) < chart.across(20) < chart.width
    assert chart.up(0) > chart.up(25) > chart.up(50) > 0


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_nothing_is_drawn_above_the_chart(value, top):
    chart = Chart("", (0, 1), top)
    assert chart.up(value) >= chart.up(max(top, 1e-12)) - 1e-9 or value <= top


def test_every_mark_is_there():
    chart = Chart("", (0, 10), 10).grid([(5, "5")]).labels([(1, "one")]).bars([(0, 1, 4)])
    chart.line([(0, 1), (5, 2)], area=True).dots([(0, 1)]).band(2, 3, "closed").rule(4, "now").level(
        6, "enough"
    )
    tags = [child.tag for child in drawn(chart)]
    assert {"line", "text", "rect", "polygon", "polyline", "circle"} <= set(tags)
    texts = [child.text for child in drawn(chart) if child.tag == "text"]
    assert texts == ["5", "one", "closed", "now", "enough"]


def test_a_scale_may_begin_below_0_and_a_whisker_spans_its_values():
    chart = Chart("", (0, 10), 10, bottom=-10)
    assert chart.up(-10) > chart.up(0) > chart.up(10)
    whisker = drawn(chart.whiskers([(5, -2, 4)])).find("line[@class='whisker']")
    assert float(whisker.get("y1")) == pytest.approx(chart.up(-2), abs=0.1)
    assert float(whisker.get("y2")) == pytest.approx(chart.up(4), abs=0.1)


def test_the_last_label_ends_with_the_picture():
    chart = Chart("", (0, 100), 1).labels([(0, "0%"), (100, "100%")])
    last = [child for child in drawn(chart) if child.tag == "text"][-1]
    assert last.text == "100%"
    assert float(last.get("x")) + 4 * 7 / 2 <= chart.width


def test_text_from_outside_is_escaped():
    assert "<script>" not in Chart("<script>", (0, 1), 1).rule(0.5, "<script>").svg()


def test_labels_that_would_overlap_are_left_out():
    chart = Chart("", (0, 100), 1).labels([(day, "January 2024") for day in range(100)])
    shown = [child for child in drawn(chart) if child.tag == "text"]
    assert 1 < len(shown) < 10


def test_labels_stay_inside_the_picture():
    chart = Chart("", (0, 100), 1).rule(0, "a label of some length").rule(100, "a label of some length")
    first, last = (child for child in drawn(chart) if child.tag == "text")
    assert float(first.get("x")) >= len(first.text) * 3
    assert last.get("text-anchor") == "end"


def test_labels_at_one_place_stand_above_each_other_and_a_third_is_left_out():
    chart = Chart("", (0, 100), 1).rule(50, "first").rule(51, "second").rule(52, "third").rule(90, "fourth")
    texts = [child for child in drawn(chart) if child.tag == "text"]
    assert [one.text for one in texts] == ["first", "second", "fourth"]
    assert texts[0].get("y") == texts[2].get("y") != texts[1].get("y")


def test_a_line_of_no_points_draws_nothing():
    assert "polyline" not in Chart("", (0, 1), 1).line([]).svg()


@given(st.floats(1e-6, 1e12))
def test_ticks_are_few_and_reach_the_top(top):
    ticks = nice_ticks(top)
    assert ticks[0] == 0
    assert ticks[-1] >= top * 0.999999
    assert 3 <= len(ticks) <= 6


def test_ticks_of_nothing_are_nought_and_one():
    assert nice_ticks(0) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (950, "950"), (12_000, "12k"), (3_400_000, "3.4M"), (2e9, "2B")],
)
def test_numbers_are_short(value, text):
    assert short_number(value) == text


def test_colours_are_left_to_the_page():
    assert not re.search(r"#[0-9a-f]{6}|style=", Chart("", (0, 1), 1).bars([(0, 1, 1)]).svg())
