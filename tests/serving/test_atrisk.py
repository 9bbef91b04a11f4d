"""Claims about the at-risk list."""

import base64
import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.atrisk import CSV_COLUMNS, Cursor, as_csv, guarded, page, scores, usual_sort
from serving.generation import Generation
from serving.worth import BY_CHURN, BY_VALUE, SORTS

ID = "20260301T000000Z-0123456789ab"


def _page(generation, **fields):
    usual = {"start": 0, "limit": 100, "min_risk": None, "loyalty_type": None, "is_hidden": lambda _: False}
    return page(generation, **(usual | fields))


def test_pages_of_any_size_give_the_whole_list_once(generation):
    for limit in (1, 5, 12, 100):
        rows, start = [], 0
        while start is not None:
            found = _page(generation, start=start, limit=limit)
            rows, start = rows + found.rows, found.next_position
        assert rows == generation.at_risk.tolist()


def test_the_last_page_says_so(generation):
    assert _page(generation, limit=12).next_position is None
    assert _page(generation, limit=11).next_position == 11


@pytest.mark.parametrize("min_risk", [0.0, 0.3, 0.7, 1.0])
def test_nobody_below_the_minimum_risk_is_listed_and_nobody_above_left_out(generation, min_risk):
    expected = [row for row in generation.at_risk if generation.churn_probability[row] >= min_risk]
    assert _page(generation, min_risk=min_risk).rows == expected


def test_only_the_wanted_loyalty_type_is_listed(generation):
    for code in range(5):
        expected = [row for row in generation.at_risk if generation.loyalty_type[row] == code]
        assert _page(generation, loyalty_type=code).rows == expected


def test_by_value_the_list_falls_with_what_is_at_risk_and_holds_everybody(generation):
    rows = _page(generation, sort=BY_VALUE).rows
    assert sorted(rows) == list(range(12))
    assert (np.diff(generation.value_at_risk[rows]) <= 0).all()


@pytest.mark.parametrize("min_risk", [0.0, 0.3, 0.7, 1.0])
def test_by_value_too_nobody_below_the_minimum_risk_is_listed(generation, min_risk):
    likely = generation.churn_probability >= min_risk
    expected = [row for row in generation.at_risk_by_value if likely[row]]
    rows, start = [], 0
    while start is not None:
        found = _page(generation, sort=BY_VALUE, min_risk=min_risk, start=start, limit=2)
        rows, start = rows + found.rows, found.next_position
    assert rows == expected


def test_the_list_is_by_value_where_value_is_known_and_by_churn_elsewhere(build, generation):
    assert usual_sort(generation) == BY_VALUE
    assert usual_sort(Generation.open(build(value=None))) == BY_CHURN


def test_what_is_at_risk_is_the_churn_probability_times_the_margin_of_who_stays(generation):
    for row in range(12):
        answer = scores(generation, row, None)
        staying = answer["margin"]["if_staying"]
        assert answer["value_at_risk"] == pytest.approx(answer["churn_probability"] * staying, abs=1)
        assert answer["margin"]["expected"] <= staying


def test_without_a_model_of_value_answers_hold_no_money(build):
    answer = scores(Generation.open(build(value=None)), 0, None)
    assert (answer["value_at_risk"], answer["margin"]) == (None, None)
    cells = dict(
        zip(CSV_COLUMNS, next(csv.reader(as_csv([{"rank": 1} | answer]).splitlines()[1:])), strict=True)
    )
    assert (cells["value_at_risk"], cells["margin_if_staying"]) == ("", "")


def test_a_hidden_customer_is_skipped_without_shortening_the_page(generation):
    found = _page(generation, limit=3, is_hidden=lambda customer: customer == "<jo>")
    assert len(found.rows) == 3
    assert "<jo>" not in [generation.customer_id(row) for row in found.rows]


def test_a_position_behind_the_end_gives_an_empty_page(generation):
    assert _page(generation, start=10**9).rows == []


@given(st.integers(0, 10**9), st.sampled_from(SORTS))
def test_a_cursor_comes_back_as_it_was(position, sort):
    assert Cursor.decode(Cursor(ID, position, sort).encode()) == Cursor(ID, position, sort)


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_cursor(text):
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(text)


@pytest.mark.parametrize(
    "plain",
    [
        "x",
        f"{ID}.3",
        f"{ID}.3.name",
        f"{ID}.3.churn_probability.x",
        *(f"{wrong}.churn_probability" for wrong in (f"{ID}.-1", f"{ID}.", f"../{ID}.3", f"{ID}.٣")),
    ],
)
def test_a_forged_cursor_is_an_error(plain):
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(base64.urlsafe_b64encode(plain.encode()).decode())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_a_formula_is_disarmed(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["anna", "a=b", "1", "zoë", "", "3 days"])
def test_other_texts_stay_as_they_are(text):
    assert guarded(text) == text


def test_csv_has_one_line_for_each_customer_and_three_reasons(generation):
    row = generation.row("=1+1")
    customers = [{"rank": 1} | scores(generation, row, generation.reasons(row))]
    header, line = csv.reader(io.StringIO(as_csv(customers)))
    found = dict(zip(header, line, strict=True))
    assert tuple(header) == CSV_COLUMNS
    assert found["customer_id"] == "'=1+1"
    assert float(found["churn_probability"]) == pytest.approx(generation.churn_probability[row], abs=1e-6)
    assert found["reason_1"]
    assert int(found["value_at_risk"]) == customers[0]["value_at_risk"]


def test_csv_without_reasons_has_empty_cells(generation):
    line = as_csv([{"rank": 1} | scores(generation, 0, None)]).splitlines()[1]
    assert line.endswith(",,,")
