import re
from html.parser import HTMLParser

import pytest

from features.settings import Settings
from features.tables.report import Finding, Report, TableCounts
from features.workspace import Workspace
from training.readiness.page import FILE_NAME, page, write_page

VOID = {"meta", "br", "link", "img", "input"}


class Tags(HTMLParser):
    """Opens and closes every tag; `texts` are what is between them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag, _attrs):
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(text):
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def shown(shop, shop_report, readiness):
    return page(shop.settings, shop_report, readiness)


def test_the_page_is_well_formed_and_begins_with_the_verdict(shown, readiness):
    texts = [text.strip() for text in read(shown).texts]
    assert readiness.verdict in texts
    assert shown.startswith("<!doctype html>")


def test_the_page_needs_nothing_but_itself(shown):
    tags = read(shown)
    assert not tags.seen & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"https?://|url\(|@import", shown)


def test_every_section_is_there(shown):
    headings = re.findall(r"<h2>(.*?)</h2>", shown)
    for wanted in ("Churn", "Loyalty types", "Findings", "History", "Coverage", "Features", "Tables"):
        assert wanted in headings


def test_every_drawing_has_a_text_for_who_cannot_see_it(shown):
    assert shown.count("<svg") == shown.count("<svg role=") == shown.count("<title>") - 1
    assert not re.search(r'aria-label=""', shown)


def test_every_finding_is_there_once(shown, readiness, shop_report):
    assert shown.count('<td class="mend">') == len({*shop_report.findings, *readiness.findings})


def test_values_that_look_like_markup_are_shown_as_they_are(shop, readiness):
    nasty = "<script>alert('x')</script>"
    finding = Finding("unknown_products", "readiness", "warning", nasty, nasty, nasty, 3, (nasty,))
    report = Report(
        (finding,), {nasty: TableCounts(1, 0, 1, 0, {nasty: 1}), "order_lines": TableCounts(1, 1, 0)}
    )
    text = page(shop.settings, report, readiness)
    assert "<script" not in text
    assert nasty in "".join(read(text).texts)


def test_a_store_that_looks_like_markup_stays_text(tables):
    day = [number / 40 for number in range(4_000)]
    store = ["<blink>1" if number % 2 else "2" for number in range(4_000)]
    price = [50_000 if number % 2 and number < 1_000 else 500 for number in range(4_000)]
    tables.order_lines(day, product_id="p", store_id=store, amount=price, customer_id="a")
    found = tables.assess()
    assert "store_id <blink>1" in found.slips[0].part
    assert "<blink>" not in page(Settings(), tables.report(), found)


def test_an_error_is_shown_with_what_would_mend_it_and_without_what_was_not_assessed():
    error = Finding("missing_table", "locate", "error", "put it there", "order_lines")
    text = page(Settings(), Report((error,), {}))
    assert "The tables cannot be used yet: 1 error to mend first." in text
    assert "put it there" in text
    assert not {"svg", "figure"} & read(text).seen


def test_the_page_replaces_the_last_one_in_one_go(tmp_path, shop, shop_report, readiness):
    workspace = Workspace(tmp_path)
    file = write_page(shop.settings, workspace, shop_report)
    before = file.stat().st_ino
    assert write_page(shop.settings, workspace, shop_report, readiness) == file == tmp_path / FILE_NAME
    assert file.stat().st_ino != before
    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]


def test_a_page_that_cannot_be_made_leaves_the_last_one(tmp_path, shop, shop_report):
    workspace = Workspace(tmp_path)
    file = write_page(shop.settings, workspace, shop_report)
    before = file.read_text()
    with pytest.raises(AttributeError):
        write_page(shop.settings, workspace, shop_report, object())
    assert file.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]


def test_a_page_of_a_shop_that_can_do_nothing_is_whole(tables):
    found = tables.order_lines([0], customer_id=[None]).assess()
    assert "cannot be trained yet" in page(Settings(), tables.report(), found)
    read(page(Settings(), tables.report(), found))


def test_the_page_prints_and_follows_the_reader_into_the_dark(shown):
    assert "@media print" in shown
    assert "prefers-color-scheme: dark" in shown
