"""Delimiters, quotation marks and lines that do not split into the columns of the header."""

from __future__ import annotations

import csv
from collections.abc import Callable

from tests.broken.delivery import DAMAGED, Damage, Delivery, Outcome, kind_in
from tests.broken.good import ROWS, csv_text

KINDS: list[Damage] = []
Edit = Callable[[str], str]
MORE = "".join(f",extra_{number}" for number in range(100))


def _delimited(name: str, delimiter: str, outcome: Outcome) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.csv(csv_text(delivery.rows, "\x01").replace("\x01", delimiter), _known(outcome))

    return Damage(f"delimited_by_{name}", outcome, act)


def _known(outcome: Outcome) -> int | None:
    return ROWS if outcome == "harmless" else None


def _one_line(name: str, outcome: Outcome, edit: Edit, number: int = DAMAGED + 1) -> Damage:
    """Damage to one line of the file; the header is line 0."""

    def act(delivery: Delivery) -> None:
        lines = delivery.text.splitlines()
        lines[number] = edit(lines[number])
        delivery.csv("\n".join(lines) + "\n")
        delivery.touched = 1 if number else ROWS

    return Damage(name, outcome, act)


def _every_line(name: str, outcome: Outcome, edit: Edit) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.csv("".join(edit(line) + "\n" for line in delivery.text.splitlines()), _known(outcome))

    return Damage(name, outcome, act)


def _whole(name: str, outcome: Outcome, edit: Edit) -> Damage:
    return Damage(name, outcome, lambda delivery: delivery.csv(edit(delivery.text), _known(outcome)))


def _with_last(line: str, put: str) -> str:
    return line.rsplit(",", 1)[0] + "," + put


KINDS += [
    _delimited("semicolon", ";", "either"),
    _delimited("tab", "\t", "either"),
    _delimited("bar", "|", "either"),
    _delimited("colon", ":", "said"),
    _delimited("caret", "^", "said"),
    _delimited("tilde", "~", "said"),
    _delimited("control_character", "\x01", "said"),
    _delimited("two_bars", "||", "said"),
    _delimited("comma_and_blank", ", ", "either"),
    _one_line("line_without_its_last_value", "said", lambda line: line.rsplit(",", 1)[0]),
    _one_line("line_of_one_value", "said", lambda line: line.split(",", 1)[0]),
    _one_line("line_with_one_value_more", "said", lambda line: line + ",more"),
    _one_line("line_with_fifty_values_more", "said", lambda line: line + ",more" * 50),
    _one_line("line_of_commas", "said", lambda line: "," * line.count(",")),
    _one_line("line_of_a_hundred_thousand_commas", "said", lambda _: "," * 100_000),
    _one_line("line_delimited_by_semicolons", "said", lambda line: line.replace(",", ";")),
    _one_line("line_with_a_comma_at_its_end", "either", lambda line: line + ","),
    _one_line("line_with_a_comma_before_it", "said", lambda line: "," + line),
    _one_line("quote_never_closed", "said", lambda line: '"' + line),
    _one_line("quote_never_closed_in_the_first_line", "said", lambda line: '"' + line, 1),
    _one_line("quote_never_closed_in_the_last_line", "said", lambda line: '"' + line, ROWS),
    _one_line("quote_never_closed_in_the_last_value", "said", lambda line: _with_last(line, '"open')),
    _one_line("quote_never_closed_in_the_header", "said", lambda line: '"' + line, 0),
    _one_line("quote_closed_too_early", "said", lambda line: '"a"b' + line[1:]),
    _one_line("quote_within_a_plain_value", "either", lambda line: line[0] + '"' + line[1:]),
    _one_line("quotes_within_a_quoted_value", "said", lambda line: '"12" screen"' + line[1:]),
    _one_line("quote_escaped_by_a_backslash", "said", lambda line: '"a\\"b"' + line[1:]),
    _one_line("quote_alone_in_a_line", "said", lambda _: '"'),
    _one_line("quotes_alone_in_a_line", "said", lambda _: '""""'),
    _one_line("single_quotes", "either", lambda line: "'" + line.replace(",", "','", 1)),
    _one_line("typographic_quotes", "either", lambda line: "\u201c" + line.replace(",", "\u201d,", 1)),
    _one_line("comma_in_a_plain_value", "said", lambda line: line.replace(",", ",,", 1)),
    _one_line("line_of_words", "said", lambda _: "connection lost, retrying"),
    _one_line("line_of_one_megabyte", "said", lambda _: "x" * 1_000_000),
    _one_line("line_of_one_quoted_megabyte", "said", lambda _: '"' + "x" * 1_000_000 + '"'),
    _every_line("comma_at_every_end", "either", lambda line: line + ","),
    _every_line("comma_before_every_line", "either", lambda line: "," + line),
    _every_line("tab_after_every_comma", "either", lambda line: line.replace(",", ",\t")),
    _every_line("every_line_in_quotes", "said", lambda line: '"' + line.replace('"', '""') + '"'),
    _every_line("empty_line_after_every_line", "either", lambda line: line + "\n"),
    _every_line("a_hundred_columns_more", "either", lambda line: line + MORE),
    _whole("ends_in_windows_line_ends", "harmless", lambda text: text.replace("\n", "\r\n")),
    _whole("ends_in_returns", "either", lambda text: text.replace("\n", "\r")),
    _whole("ends_in_a_mixture", "either", lambda text: text.replace("\n", "\r\n", 5)),
    _whole("ends_in_a_mixture_with_returns", "said", lambda text: text.replace("\n", "\r", 3)),
    _whole("ends_in_two_returns_and_a_line_end", "either", lambda text: text.replace("\n", "\r\r\n")),
    _whole("no_line_end_at_the_end", "harmless", lambda text: text.rstrip("\n")),
    _whole("many_line_ends_at_the_end", "either", lambda text: text + "\n" * 50),
    _whole("line_of_sep_before_the_header", "either", lambda text: "sep=,\n" + text),
    _whole("line_of_another_sep_before_the_header", "either", lambda text: "sep=;\n" + text),
    _whole("title_before_the_header", "said", lambda text: "Export of 1 May 2024\n" + text),
    _whole("titles_before_the_header", "said", lambda text: "Export\nby the shop, May\n\n" + text),
    _whole("comment_before_the_header", "said", lambda text: "# exported\n" + text),
    _whole("empty_line_before_the_header", "either", lambda text: "\n" + text),
    _whole("dashes_below_the_header", "said", lambda text: text.replace("\n", "\n------,-----\n", 1)),
    _whole("total_at_the_end", "said", lambda text: text + "Total,12\n"),
    _whole("count_at_the_end", "said", lambda text: text + "(12 rows affected)\n"),
    _whole("copyright_at_the_end", "said", lambda text: text + "\n\n(c) the shop\n"),
    _whole("header_again_in_the_middle", "said", lambda text: text.replace("\n", "\n" + _header(text), 1)),
    _whole("header_again_at_the_end", "said", lambda text: text + _header(text)),
    _whole("two_files_one_after_the_other", "said", lambda text: text + text),
    _whole("cut_in_the_middle_of_a_line", "said", lambda text: text[: -len(text.splitlines()[-1]) // 2 - 3]),
    _whole("escaped_line_end", "said", lambda text: text.replace("\n", "\\n")),
    _whole("merge_conflict", "said", lambda text: text + "<<<<<<< ours\n=======\n>>>>>>> theirs\n"),
]


def _header(text: str) -> str:
    return text.splitlines()[0] + "\n"


@kind_in(KINDS, "harmless")
def all_quoted(delivery: Delivery) -> None:
    delivery.csv(csv_text(delivery.rows, quoting=csv.QUOTE_ALL), rows_in=ROWS)


@kind_in(KINDS, "either")
def all_quoted_and_delimited_by_semicolons(delivery: Delivery) -> None:
    delivery.csv(csv_text(delivery.rows, ";", quoting=csv.QUOTE_ALL), rows_in=ROWS)


@kind_in(KINDS, "either")
def blanks_around_every_value(delivery: Delivery) -> None:
    delivery.rows = [{name: f"  {value} " for name, value in row.items()} for row in delivery.rows]


@kind_in(KINDS, "either")
def tabs_around_every_value(delivery: Delivery) -> None:
    delivery.rows = [{name: f"\t{value}\t" for name, value in row.items()} for row in delivery.rows]


@kind_in(KINDS, "either")
def line_end_in_a_quoted_value(delivery: Delivery) -> None:
    delivery.edit(delivery.text_column(), "two\nlines")


@kind_in(KINDS, "either")
def four_hundred_lines_in_a_quoted_value(delivery: Delivery) -> None:
    delivery.edit(delivery.text_column(), "line\n" * 400)
    delivery.csv(delivery.text)


@kind_in(KINDS, "either")
def line_ends_in_a_value_of_a_file_with_a_broken_line(delivery: Delivery) -> None:
    delivery.edit(delivery.text_column(), "two\r\nlines, and a comma")
    delivery.csv(delivery.text + "broken\n", rows_in=ROWS + 1)
    delivery.touched = 2


@kind_in(KINDS, "said")
def every_value_empty(delivery: Delivery) -> None:
    delivery.rows = [dict.fromkeys(row, "") for row in delivery.rows]
