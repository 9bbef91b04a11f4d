"""Text that does harm where it is run, shown or repeated. Where no column takes free text, an id has it."""

from __future__ import annotations

from tests.broken.delivery import DAMAGED, Damage, Delivery, Outcome, kind_in
from tests.broken.good import PRIVATE, csv_text

KINDS: list[Damage] = []

HARMLESS: dict[str, str] = {
    "formula": "=cmd|'/C calc'!A0",
    "formula_with_a_plus": "+1+1",
    "formula_with_an_at_sign": "@SUM(1+1)",
    "sql": "'); DROP TABLE customers; --",
    "sql_in_double_quotes": '"; DROP TABLE customers; --',
    "dollar_quotes": "$$ x $$",
    "markup": "<script>alert('1')</script>",
    "template": "{{ 7 * 7 }} ${7*7} {0}",
    "format_marks": "%s %d %n %%",
    "backslashes": "a\\b\\n\\",
    "path": "../../../../etc/passwd",
    "shell": "$(reboot) `reboot` ; reboot",
    "look_up": "${jndi:ldap://localhost/a}",
    "json": '{"a": [1, "two"]}',
    "xml_entities": '<!DOCTYPE x [<!ENTITY a "b">]>&a;',
    "quotes": '"""quoted"""',
    "commas": ",,,a,,,",
    "semicolons_and_bars": "a;b|c",
    "emoji_of_several_parts": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "mathematical_letters": "\U0001d4d0\U0001d4d1",
    "arabic": "\u0645\u0631\u062d\u0628\u0627",
    "many_accents": "a" + "\u0301" * 60,
    "hebrew_turned": "\u202e\u05e9\u05dc\u05d5\u05dd",
    "word_null": "null",
    "word_nan": "NaN",
    "word_undefined": "undefined",
    "word_true": "true",
    "number_like": "1e5",
    "date_like": "2024-05-01",
    "byte_escapes": "\\x00\\u0000",
    "address": PRIVATE,
}
"""Free text may hold all of this; as an id, some of it is refused."""

SIZES = {"ten_thousand_characters": 10_000, "one_megabyte": 1_000_000, "three_megabytes": 3_000_000}


def _text(name: str, value: str, outcome: Outcome = "either") -> Damage:
    return Damage(f"text_of_{name}", outcome, lambda delivery: _put(delivery, value))


def _put(delivery: Delivery, value: str) -> None:
    delivery.edit(delivery.text_column(), value)


KINDS += [_text(name, value) for name, value in HARMLESS.items()]
KINDS += [_text(name, "x" * size) for name, size in SIZES.items()]
KINDS += [_text("many_lines", "line\n" * 100), _text("a_quote_and_a_line_end", '"\n"')]


@kind_in(KINDS, "said")
def text_that_spills_into_the_next_columns(delivery: Delivery) -> None:
    lines = delivery.text.splitlines()
    lines[DAMAGED + 1] = f"{PRIVATE}, said she, is my address," + lines[DAMAGED + 1]
    delivery.csv("\n".join(lines) + "\n")
    delivery.touched = 1


@kind_in(KINDS, "said")
def text_alone_in_a_line(delivery: Delivery) -> None:
    delivery.csv(delivery.text + f"please write to {PRIVATE}\n")
    delivery.touched = 0


@kind_in(KINDS, "said")
def text_in_a_quote_never_closed(delivery: Delivery) -> None:
    lines = delivery.text.splitlines()
    lines[DAMAGED + 1] += f',"{PRIVATE} writes: it never closes'
    delivery.csv("\n".join(lines) + "\n")
    delivery.touched = 1


@kind_in(KINDS, "said")
def text_in_another_encoding_in_a_broken_line(delivery: Delivery) -> None:
    delivery.csv(delivery.text.encode() + f"für {PRIVATE}\n".encode("cp1252"))
    delivery.touched = 0


@kind_in(KINDS, "either")
def text_in_every_row_of_quoted_lines(delivery: Delivery) -> None:
    delivery.edit_all(
        delivery.text_column(), *(f"row {number}\nof two" for number in range(len(delivery.rows)))
    )
    delivery.csv(csv_text(delivery.rows))
