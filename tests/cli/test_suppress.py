from __future__ import annotations


def test_no_file_holds_the_id_that_was_suppressed(run, shop):
    told = run("suppress", "c0007", "c0008", folder=shop)
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith("2 on the list")
    kept = [file.read_text() for file in (shop / "workspace/suppression").iterdir()]
    assert kept
    assert not any("c0007" in text for text in kept)


def test_the_next_validation_drops_the_customers_rows(run, shop):
    before = run("validate", "--json", folder=shop).json["tables"]["order_lines"]
    run("suppress", "c0007", folder=shop)
    after = run("validate", "--json", folder=shop).json["tables"]["order_lines"]
    assert after["reasons"]["suppressed"] == before["rows_used"] - after["rows_used"] > 0
