from __future__ import annotations

from features.settings import Settings
from features.tables.formats import format_of


def formats(source, table):
    return format_of(Settings.model_validate({"source": source, "tables": {"visits": table}}), "visits")


def test_what_the_table_does_not_say_the_source_says():
    form = formats(
        {"encoding": "cp1252", "decimal": ",", "time_formats": ["%d.%m.%Y"], "currency": "CHF"}, {}
    )
    assert (form.table, form.encoding, form.decimal, form.currency) == ("visits", "cp1252", ",", "CHF")
    assert form.time_formats == ("%d.%m.%Y",)


def test_the_table_wins_over_the_source():
    source = {"encoding": "cp1252", "decimal": ",", "time_formats": ["%d.%m.%Y"]}
    form = formats(source, {"encoding": "utf-8", "decimal": ".", "time_formats": []})
    assert (form.encoding, form.decimal, form.time_formats) == ("utf-8", ".", ())
