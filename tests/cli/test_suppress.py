from __future__ import annotations

import pytest

from features.suppression import Suppression


def test_no_file_holds_the_id_that_was_suppressed(run, shop):
    told = run("suppress", "c0007", "c0008", folder=shop)
    assert told.code == 0
    assert "run regulars validate, train and score to drop their rows" in told.err
    kept = [file.read_text() for file in (shop / "workspace/suppression").iterdir()]
    assert kept
    assert not any("c0007" in text for text in kept)


def test_the_answer_counts_those_on_the_list_and_those_who_are_new(run, shop):
    run("suppress", "c0007", folder=shop)
    told = run("suppress", "c0007", "c0008", "nobody", "--json", folder=shop)
    assert told.json == {"on_the_list": 3, "added": 2, "unknown": ["nobody"]}
    assert "c0008" not in told.out + told.err


def test_the_next_validation_drops_the_customers_rows(run, shop):
    before = run("validate", "--json", folder=shop).json["tables"]["order_lines"]
    run("suppress", "c0007", folder=shop)
    after = run("validate", "--json", folder=shop).json["tables"]["order_lines"]
    assert after["reasons"]["suppressed"] == before["rows_used"] - after["rows_used"] > 0


@pytest.mark.parametrize("typed", [" c0007", "c0007 ", "c0007"])
def test_an_id_is_read_as_validation_reads_it(run, shop, typed):
    told = run("suppress", typed, folder=shop)
    assert (told.code, "warning" in told.err) == (0, False)
    assert Suppression.open(shop / "workspace/suppression").contains("c0007")


def test_an_id_that_no_table_holds_is_added_with_a_warning(run, shop):
    told = run("suppress", "1176.0", "c0007", folder=shop)
    assert told.code == 0
    assert told.err.endswith("warning: '1176': no such customer in the validated tables\n")
    assert Suppression.open(shop / "workspace/suppression").contains("1176")


def test_a_customer_whose_rows_are_gone_already_is_no_warning(run, shop):
    run("suppress", "c0007", folder=shop)
    run("validate", folder=shop)
    assert "warning" not in run("suppress", "c0007", folder=shop).err


def test_what_is_no_id_is_refused_and_nobody_is_added(run, shop):
    told = run("suppress", "c0007", "nan", folder=shop)
    assert (told.code, "'nan' is no id" in told.err) == (1, True)
    assert not Suppression.open(shop / "workspace/suppression").contains("c0007")
