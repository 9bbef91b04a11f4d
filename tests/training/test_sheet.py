from tests.training.readiness.test_page import read
from training.sheet import figures, note, opening, pair, section, sheet, table


def test_a_sheet_holds_its_parts_and_its_title_and_needs_nothing_else():
    shown = sheet("A <title>", [opening("subject", "A verdict.", "today"), section("Part", note("a note"))])
    tags = read(shown)
    assert "<title>A &lt;title&gt;</title>" in shown
    assert {"A verdict.", "Part", "a note"} <= {text.strip() for text in tags.texts}
    assert not tags.seen & {"script", "link", "img"}


def test_texts_are_escaped():
    for made in (opening("<b>", "<b>", "<b>"), section("<b>"), note("<b>"), figures([("<b>", "<b>")])):
        assert "<b><b>" not in made
        assert "&lt;b&gt;" in made


def test_columns_of_numbers_are_marked():
    shown = table(("name", "rows"), "<tr><td>a</td><td>1</td></tr>", numbers=("rows",))
    assert "<th>name</th><th class=number>rows</th>" in shown


def test_sections_stand_beside_each_other_in_a_pair():
    assert pair(section("one"), section("two")).count("<section>") == 2
