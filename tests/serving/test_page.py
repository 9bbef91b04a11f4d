"""Claims about the page for people."""

import re
from dataclasses import replace

import numpy as np
import pytest

from serving import page
from serving.atrisk import scores
from serving.generation import Generation


def _shown(generation):
    customers = [scores(generation, int(row), generation.reasons(int(row))) for row in generation.at_risk]
    return page.at_risk(customers, generation)


def test_an_id_cannot_put_markup_on_the_page(generation):
    shown = _shown(generation)
    assert "<jo>" not in shown
    assert "&lt;jo&gt;" in shown


def test_every_customer_links_to_its_prediction(generation):
    assert "href='v1/customers/ben%2F2'" in _shown(generation)


@pytest.mark.parametrize("made", [page.empty, page.reference])
def test_nothing_comes_from_another_host(made):
    assert not re.search(r"(src|href)=.?(https?:)?//", made())


def test_the_list_says_what_is_at_risk_in_money_and_where_the_margin_is_from(generation):
    shown = _shown(generation)
    assert "from the cost of the products" in shown
    first = scores(generation, int(generation.at_risk_by_value[0]), None)
    assert f"{first['value_at_risk'] / 100:,.0f} EUR" in shown


def test_without_a_model_of_value_the_list_speaks_of_no_margin(build):
    assert "margin of twelve months of" not in _shown(Generation.open(build(value=None)))


def test_the_list_names_no_other_host(generation):
    assert "//" not in _shown(generation)


def test_the_page_states_the_cutoff_and_not_the_end_of_the_data(build, matrix):
    cutoffs = np.full_like(matrix.cutoffs, np.datetime64("2026-02-01"))
    shown = _shown(Generation.open(build(matrix=replace(matrix, cutoffs=cutoffs))))
    assert "scored as of 2026-02-01; risk is the probability of no order in the 28 days after it" in shown
    assert "title='Probability of no order in the 28 days after 2026-02-01'>Risk<" in shown
    assert "2026-03-01" not in shown


def test_before_the_first_generation_the_page_says_what_to_run():
    assert "regulars score" in page.empty()
