import dataclasses

import pytest

from datasets.simulator.marginals import DISTRIBUTIONS, SEASONS, measure
from datasets.simulator.marginals_page import distances, picture, tables, write_page


@pytest.fixture(scope="module")
def found(shop):
    return measure(shop.data / "order_lines.parquet")


def test_the_page_sets_shops_side_by_side(found, tmp_path):
    write_page({"one": found, "the <other>": found}, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<th>one</th><th>the &lt;other&gt;</th>" in page
    assert "data:image/png;base64," in page
    assert all(title in page for title in DISTRIBUTIONS.values())


def test_a_shop_is_no_distance_from_itself(found):
    apart = distances(found, found)
    assert set(apart) == set(DISTRIBUTIONS) | set(SEASONS)
    assert set(apart.values()) == {0.0}


def test_what_a_set_does_not_have_is_said_and_drawn_as_nothing(found):
    bare = dataclasses.replace(found, promoted=None, discount=None)
    shares = {row[0]: row[1:] for row in tables({"one": found, "bare": bare})["Shares"]}
    assert shares["lines below list price"] == [f"{found.promoted:.1%}", "none"]
    assert picture({"bare": bare}, dpi=20).startswith(b"\x89PNG")
