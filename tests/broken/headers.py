"""First lines that name the columns otherwise than the contract, twice or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from features.contract import Table
from tests.broken.delivery import Damage, Delivery, Outcome, kind_in
from tests.broken.good import ROWS, csv_text

KINDS: list[Damage] = []
Names = Callable[[list[str]], list[str]]
RESERVED = (
    "__position",
    "__broken",
    "__reason",
    "__hash",
    "file_row_number",
    "file_index",
    "filename",
    "reason",
    "row",
    "rowid",
    "hit",
    "why",
    "key",
    "known",
    "bucket",
)
"""Names that a reader might want for itself."""

ODD = {
    "with_a_quote": 'a"b',
    "with_a_single_quote": "a'b",
    "of_sql": "x); DROP TABLE customers; --",
    "with_a_semicolon": "a;b",
    "of_an_emoji": "\U0001f9e6",
    "of_blanks": "   ",
    "of_a_formula": "=cmd()",
    "of_a_control_character": "a\x07b",
    "of_a_zero_byte": "a\0b",
    "of_ten_thousand_characters": "n" * 10_000,
    "of_braces": "{name}",
    "of_markup": "<script>alert(1)</script>",
    "with_a_line_end": "two\nlines",
    "of_a_star": "*",
    "of_a_percent_sign": "%s",
    "of_a_number": "42",
}


def for_table(table: Table) -> Iterator[Damage]:
    """What can happen to each required column."""
    for name in table.required:
        yield Damage(f"{name}_missing", "said", _renaming(name, None), always=True)
        yield Damage(f"{name}_renamed", "said", _renaming(name, f"shop {name} no"), always=True)
        yield Damage(f"{name}_without_a_name", "said", _renaming(name, ""))
        yield Damage(f"{name}_twice", "said", _twice(name, name))
        yield Damage(f"{name}_twice_in_another_case", "said", _twice(name, name.upper()))
        yield Damage(f"{name}_in_capitals", "either", _renaming(name, name.upper()))


def _renaming(name: str, to: str | None) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        changed = [(to if have == name else have, have) for have in delivery.rows[0]]
        delivery.rows = [{new: row[old] for new, old in changed if new is not None} for row in delivery.rows]

    return act


def _twice(name: str, again: str) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        lines = delivery.text.splitlines()
        more = [again, *(row[name] for row in delivery.rows)]
        delivery.csv("".join(f"{line},{value}\n" for line, value in zip(lines, more, strict=True)))

    return act


def _headed(name: str, outcome: Outcome, names: Names) -> Damage:
    def act(delivery: Delivery) -> None:
        body = delivery.text.split("\n", 1)[1]
        delivery.csv(",".join(names(list(delivery.rows[0]))) + "\n" + body)

    return Damage(name, outcome, act)


def _more(name: str, column: str) -> Damage:
    def act(delivery: Delivery) -> None:
        for number, row in enumerate(delivery.rows):
            row[column] = str(number)

    return Damage(name, "either", act)


def _more_in_parquet(column: str) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.parquet(delivery.arrow.append_column(column, pa.array(range(ROWS), pa.int64())))

    return Damage(f"parquet_column_named_{column}", "either", act)


def _each(edit: Callable[[str], str]) -> Names:
    return lambda names: [edit(name) for name in names]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


KINDS += [
    _headed("all_in_capitals", "said", _each(str.upper)),
    _headed("all_in_title_case", "said", _each(str.title)),
    _headed("all_in_camel_case", "said", _each(_camel)),
    _headed("all_with_dashes", "said", _each(lambda name: name.replace("_", "-"))),
    _headed("all_with_blanks_for_underscores", "said", _each(lambda name: name.replace("_", " "))),
    _headed("all_with_blanks_around", "either", _each(lambda name: f"  {name} ")),
    _headed("all_with_hard_blanks_around", "either", _each(lambda name: f"\u00a0{name}\u00a0")),
    _headed("all_with_a_zero_width_blank", "said", _each(lambda name: name + "\u200b")),
    _headed("all_with_full_stops", "said", _each(lambda name: "table." + name)),
    _headed("all_in_single_quotes", "said", _each(lambda name: f"'{name}'")),
    _headed("all_in_square_brackets", "said", _each(lambda name: f"[{name}]")),
    _headed("all_without_a_name", "said", _each(lambda _: "")),
    _headed("all_of_one_name", "said", _each(lambda _: "value")),
    _headed("all_numbers", "said", lambda names: [str(number) for number in range(len(names))]),
    _headed("all_called_unnamed", "said", lambda names: [f"Unnamed: {n}" for n in range(len(names))]),
    _headed("byte_order_mark_in_a_name", "said", _each(lambda name: "\ufeff\ufeff" + name)),
    _headed(
        "mark_before_the_second_name", "either", lambda names: [names[0], "\ufeff" + names[1], *names[2:]]
    ),
    _headed("one_name_less_than_values", "said", lambda names: names[:-1]),
    _headed("three_names_more_than_values", "said", lambda names: [*names, "x", "y", "z"]),
    _headed("two_thousand_names", "said", lambda names: names + [f"x{number}" for number in range(2000)]),
    _headed("one_name_only", "said", lambda names: names[:1]),
    _headed("last_name_that_opens_a_quote", "said", lambda names: [*names[:-1], '"' + names[-1]]),
    *(_more(f"name_{what}", name) for what, name in ODD.items()),
    *(_more(f"csv_column_named_{name}", name) for name in RESERVED),
    *(_more_in_parquet(name) for name in RESERVED),
]


@kind_in(KINDS, "said")
def no_header(delivery: Delivery) -> None:
    delivery.csv(delivery.text.split("\n", 1)[1])


@kind_in(KINDS, "said")
def header_three_times(delivery: Delivery) -> None:
    delivery.csv((delivery.text.splitlines()[0] + "\n") * 2 + delivery.text, rows_in=ROWS + 2)


@kind_in(KINDS, "said")
def header_in_two_lines(delivery: Delivery) -> None:
    delivery.csv(delivery.text.replace(",", ",\n", 1))


@kind_in(KINDS, "either")
def columns_in_reverse(delivery: Delivery) -> None:
    delivery.rows = [dict(reversed(row.items())) for row in delivery.rows]


@kind_in(KINDS, "harmless")
def required_columns_only(delivery: Delivery) -> None:
    needed = {*delivery.table.required, *delivery.table.key}
    delivery.rows = [{name: value for name, value in row.items() if name in needed} for row in delivery.rows]


@kind_in(KINDS, "either")
def thousand_columns_more(delivery: Delivery) -> None:
    for row in delivery.rows:
        row |= {f"extra_{number}": str(number) for number in range(1000)}


@kind_in(KINDS, "said")
def parquet_with_a_column_twice(delivery: Delivery) -> None:
    name = delivery.table.key[0]
    delivery.parquet(delivery.arrow.append_column(name, delivery.arrow.column(name)))


@kind_in(KINDS, "said")
def parquet_with_a_column_twice_in_another_case(delivery: Delivery) -> None:
    name = delivery.table.key[0]
    delivery.parquet(delivery.arrow.append_column(name.upper(), delivery.arrow.column(name)))


@kind_in(KINDS, "either")
def parquet_with_a_column_without_a_name(delivery: Delivery) -> None:
    delivery.parquet(delivery.arrow.append_column("", pa.array(range(ROWS), pa.int64())))


@kind_in(KINDS, "said")
def parquet_with_no_known_column(delivery: Delivery) -> None:
    delivery.parquet(delivery.arrow.rename_columns([f"c{n}" for n in range(delivery.arrow.num_columns)]))


@kind_in(KINDS, "said")
def parquet_without_a_required_column(delivery: Delivery) -> None:
    delivery.parquet(delivery.arrow.drop_columns([delivery.table.required[-1]]))


@kind_in(KINDS, "said")
def csv_names_with_umlauts_in_another_encoding(delivery: Delivery) -> None:
    delivery.csv(csv_text(delivery.rows).replace("_", "ü").encode("cp1252"))
