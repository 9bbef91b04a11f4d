from __future__ import annotations


def test_the_tables_and_the_document_say_the_same(run, shop):
    told = run("movement", "--months", "2", folder=shop)
    assert told.code == 0, told.err
    document = run("movement", "--months", "2", "--json", folder=shop).json
    assert [month["from"] for month in document["months"]] == ["2026-01-01", "2026-02-01"]
    assert document["states"][-1] == "absent"
    last = document["months"][-1]
    assert f"{last['staying']:.0%}" in told.out
    assert "From 2026-02-01 (rows) to 2026-03-01" in told.out
