from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables.validate import validate
from features.workspace import Workspace
from tests.features.tables.conftest import Shop

KEYED = "order_id,line_id,customer_id,ordered_at,amount,ingested_at"
PLAIN = "order_id,customer_id,ordered_at,amount"


def export(shop, name, header, *lines):
    """One part of the folder of order lines."""
    (shop.data / "order_lines").mkdir(exist_ok=True)
    shop.write(f"order_lines/{name}.csv", header, *lines)


def line(number, amount, known="", order=1):
    return f"{order},{number},ann,2024-05-01 10:00,{amount},{known}"


def test_an_equal_row_is_repeated_and_another_with_its_key_is_a_duplicate(orders):
    shop = orders("1,a,ann,2024-05-01,1", "1,a,ann,2024-05-01,1", "1,a,ann,2024-05-01,2")
    assert shop.reasons() == {"duplicate_key": 1, "repeated_row": 1}
    assert shop.rows("order_lines", "amount") == [(100,)]


def test_an_export_that_holds_everything_twice_is_read_once_and_is_no_error(orders):
    lines = [f"{number},a,c{number},2024-05-01,1" for number in range(9)]
    shop = orders(*lines, *lines)
    report = shop.validate(source={"max_quarantined_share": 0})
    assert not report.errors
    assert report.tables["order_lines"].reasons == {"repeated_row": 9}


def test_the_last_part_of_a_folder_has_the_newest_version(shop):
    export(shop, "2024-05", KEYED, line(1, 1), line(2, 2))
    export(shop, "2024-06", KEYED, line(2, 2), line(1, 5), line(3, 3))
    report = shop.validate(source={"max_quarantined_share": 0})
    assert not report.errors
    assert report.tables["order_lines"].reasons == {"repeated_row": 1, "superseded_row": 1}
    assert sorted(shop.rows("order_lines", "line_id", "amount")) == [("1", 500), ("2", 200), ("3", 300)]


def test_a_newer_version_became_known_when_the_row_first_did(shop):
    export(shop, "a", KEYED, line(1, 1, "2024-05-02"), line(2, 1))
    export(shop, "b", KEYED, line(1, 5, "2024-06-01"), line(2, 5, "2024-06-01"), line(3, 1, "2024-06-01"))
    shop.validate()
    found = dict(shop.rows("order_lines", "line_id", "ingested_at"))
    assert found == {"1": datetime(2024, 5, 2, tzinfo=UTC), "2": None, "3": datetime(2024, 6, 1, tzinfo=UTC)}


def test_an_unusable_newer_version_does_not_replace_the_older_one(shop):
    export(shop, "a", KEYED, line(1, 1), line(2, 1))
    export(shop, "b", KEYED, line(1, "much"))
    assert shop.reasons() == {"unreadable_amount": 1}
    assert ("1", 100) in shop.rows("order_lines", "line_id", "amount")


def test_lines_without_an_id_count_as_often_as_the_part_that_has_them_most(shop):
    export(shop, "a", PLAIN, *["1,ann,2024-05-01,1"] * 2, "2,bob,2024-05-01,1")
    export(shop, "b", PLAIN, *["1,ann,2024-05-01,1"] * 3, "3,bob,2024-05-02,1")
    assert shop.reasons() == {"repeated_row": 2}
    assert Counter(row[0] for row in shop.rows("order_lines", "order_id")) == {"1": 3, "2": 1, "3": 1}


def test_equal_lines_of_one_file_are_two_lines(shop):
    shop.write("order_lines.csv", PLAIN, *["1,ann,2024-05-01,1"] * 2)
    assert shop.reasons() == {}


def test_the_positions_of_lines_that_were_there_before_do_not_change_with_a_later_export(shop):
    export(shop, "a", PLAIN, "1,ann,2024-05-01,1", "1,ann,2024-05-01,2")
    shop.validate()
    before = set(shop.rows("order_lines", "order_id", "line_id", "amount"))
    export(shop, "b", PLAIN, "1,ann,2024-05-01,2", "1,ann,2024-05-01,3")
    shop.validate()
    assert before < set(shop.rows("order_lines", "order_id", "line_id", "amount"))


lines = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=6)


@pytest.mark.parametrize("keyed", [True, False])
@given(parts=st.lists(lines, min_size=1, max_size=3))
def test_parts_are_a_union_whatever_they_share(tmp_path_factory, keyed, parts):
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for number, rows in enumerate(parts):
        header = KEYED if keyed else PLAIN
        written = [line(key, amount) if keyed else f"{key},ann,2024-05-01,{amount}" for key, amount in rows]
        export(shop, str(number), header, *written)
    report = validate(shop.settings(), Workspace(shop.root / "workspace"))
    counts = report.tables["order_lines"]
    assert counts.rows_in == sum(map(len, parts)) == counts.rows_used + counts.rows_quarantined
    if keyed:
        expected = {str(key): amount * 100 for rows in parts for key, amount in reversed(rows)}
        assert dict(shop.rows("order_lines", "line_id", "amount")) == expected
    else:
        most: Counter[tuple[int, int]] = Counter()
        for rows in parts:
            most |= Counter(rows)
        found = Counter(shop.rows("order_lines", "order_id", "amount"))
        assert found == {(str(key), amount * 100): times for (key, amount), times in most.items()}
