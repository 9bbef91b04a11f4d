from pathlib import Path

import pytest

from features.catalogue import FEATURES, needs
from features.dictionary import dictionary_markdown

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_committed_page_is_what_the_catalogue_generates():
    assert PAGE.read_text(encoding="utf-8") == dictionary_markdown()


def test_every_feature_has_one_row():
    rows = [line.split("`")[1] for line in dictionary_markdown().splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(FEATURES)


def test_a_row_tells_meaning_unit_window_empty_value_and_columns():
    row = "| `brand_count_90d` | Different brands bought. | brands | 90 days | 0 |"
    columns = "`order_lines.product_id`, `products.brand` |"
    assert f"{row} {columns}" in dictionary_markdown().splitlines()


@pytest.mark.parametrize(
    ("name", "window", "empty"),
    [
        ("tenure_days", "all history", "unknown"),
        ("spend_trend_30_90", "30 and 90 days", "unknown"),
        ("total_spend_7d", "7 days", "0"),
    ],
)
def test_windows_and_empty_values_are_in_words(name, window, empty):
    [row] = [line for line in dictionary_markdown().splitlines() if line.startswith(f"| `{name}`")]
    assert row.split(" | ")[-3:-1] == [window, empty]


def test_every_row_of_a_table_has_six_cells():
    assert {line.count("|") for line in dictionary_markdown().splitlines() if line.startswith("|")} == {7}


def test_features_of_the_required_columns_need_nothing_else():
    assert needs(FEATURES["order_count_30d"]) == ()
    assert needs(FEATURES["coupon_share_30d"]) == ("order_lines.coupon_amount",)
