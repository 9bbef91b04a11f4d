"""One value of one row that cannot be read, or can only just."""

from __future__ import annotations

from collections.abc import Iterator

from features.contract import Column, Table
from tests.broken.delivery import Damage, Outcome, columns_of

Values = dict[str, str]

IDS_READ: Values = {
    "of_128_characters": "x" * 128,
    "with_leading_zeros": "000123",
    "zero": "0",
    "negative": "-7",
    "with_a_point_and_zero": "1176.0",
    "of_two_emoji": "\U0001f9e6\U0001f9e6",
    "of_a_formula": "=cmd()",
    "of_sql": "'; DROP TABLE customers; --",
    "with_a_quote": 'a"b',
    "with_a_comma": "a,b",
    "with_a_percent_sign": "%s%n",
    "of_a_path": "../../etc/passwd",
    "of_markup": "<b>1</b>",
    "of_38_digits": "9" * 38,
}
IDS_REFUSED: Values = {
    "rounded_by_a_spreadsheet": "1.0E+05",
    "of_129_characters": "x" * 129,
    "of_300_characters": "x" * 300,
    "of_100_000_characters": "x" * 100_000,
    "nan": "nan",
    "null": "NULL",
    "none": "None",
    "nat": "NaT",
    "na_of_pandas": "<NA>",
    "infinity": "inf",
    "negative_infinity": "-Infinity",
    "with_a_line_end": "a\nb",
    "with_a_return": "a\rb",
    "with_a_tab_inside": "a\tb",
    "with_a_control_character": "a\x01b",
    "with_a_zero_width_blank": "a\u200bb",
    "of_a_zero_width_blank": "\u200b",
    "turned_right_to_left": "a\u202eb",
    "with_a_soft_hyphen": "a\u00adb",
    "with_a_byte_order_mark": "\ufeffa",
    "with_a_delete_character": "a\x7fb",
}
IDS_OPEN: Values = {
    "with_an_unassigned_character": "a\U000e0fffb",
    "not_available": "#N/A",
    "reference_error": "#REF!",
    "question_mark": "?",
    "dash": "-",
    "word_unknown": "unknown",
    "of_a_hard_blank": "\u00a0",
    "of_a_wide_blank": "\u3000",
    "of_two_hard_blanks_around": "\u00a0a\u00a0",
}
TIMES_READ: Values = {
    "day_only": "2024-05-02",
    "with_z": "2024-05-02T10:00:00Z",
    "with_nanoseconds": "2024-05-02T10:00:00.123456789Z",
    "with_an_offset": "2024-05-02T10:00:00+02:00",
    "without_seconds": "2024-05-02 10:00",
    "leap_day": "2024-02-29",
    "in_1900": "1900-01-01",
    "in_1970": "1970-01-01 00:00:00",
}
TIMES_REFUSED: Values = {
    "of_30_february": "2024-02-30",
    "of_29_february_in_2023": "2023-02-29",
    "of_month_13": "2024-13-01",
    "of_month_0": "2024-00-10",
    "of_day_0": "2024-05-00",
    "of_day_32": "2024-05-32",
    "of_year_0": "0000-01-01",
    "all_zeros": "0000-00-00 00:00:00",
    "before_christ": "-0044-03-15",
    "of_year_10000": "10000-01-01",
    "at_25_o_clock": "2024-05-01 25:00:00",
    "at_minute_60": "2024-05-01 10:60:00",
    "at_second_61": "2024-05-01 10:00:61",
    "with_an_offset_of_25_hours": "2024-05-01T10:00:00+25:00",
    "of_the_word_now": "now",
    "of_the_word_today": "today",
    "of_the_word_yesterday": "yesterday",
    "of_the_word_infinity": "infinity",
    "of_the_word_epoch": "epoch",
    "of_an_hour": "10:00",
    "of_words": "first of May",
    "nan": "nan",
    "nat": "NaT",
    "null": "NULL",
    "dash": "-",
    "with_words_after": "2024-05-01 or so",
    "twice": "2024-05-01 2024-05-02",
}
TIMES_OPEN: Values = {
    "in_seconds_since_1970": "1714557600",
    "in_milliseconds_since_1970": "1714557600000",
    "in_days_since_1900": "45413",
    "in_days_and_hours_since_1900": "45413.4166",
    "at_24_o_clock": "2024-05-01 24:00:00",
    "in_a_leap_second": "2016-12-31 23:59:60",
    "in_year_1": "0001-01-01",
    "in_year_9999": "9999-12-31",
    "in_1899": "1899-12-30",
    "of_a_german": "01.05.2024",
    "of_an_american": "05/01/2024",
    "of_a_briton": "13/05/2024",
    "of_short_year": "24-05-01",
    "without_dashes": "20240501",
    "with_slashes": "2024/05/01",
    "without_zeros": "2024-5-1",
    "with_a_month_in_words": "1 May 2024",
    "of_a_week": "2024-W18-3",
    "of_a_day_in_the_year": "2024-122",
    "of_a_month": "2024-05",
    "of_a_year": "2024",
    "in_the_afternoon": "2024-05-01 10:00 PM",
    "with_a_zone_in_letters": "2024-05-01 10:00:00 EST",
    "with_a_zone_by_name": "2024-05-01 10:00:00 Europe/Berlin",
    "in_wide_digits": "\uff12\uff10\uff12\uff14-05-01",
    "with_minus_signs": "2024\u221205\u221201",
    "with_an_offset_of_14_hours": "2024-05-01T10:00:00+14:00",
    "with_an_offset_of_one_digit": "2024-05-01T10:00:00+2",
    "with_a_comma_for_the_seconds": "2024-05-01T10:00:00,5",
}
NUMBERS_READ: Values = {
    "minus_zero": "-0.0",
    "with_a_plus": "+12.50",
    "without_a_zero": ".5",
    "with_a_point_at_the_end": "5.",
    "of_leading_zeros": "0012.5",
    "scientific": "1e2",
    "with_apostrophes": "1'234.56",
    "in_brackets": "(12.50)",
    "with_a_minus_behind": "12.50-",
}
NUMBERS_REFUSED: Values = {
    "nan": "nan",
    "infinite": "inf",
    "negative_infinite": "-Infinity",
    "beyond_float": "1e999",
    "of_words": "twelve",
    "with_two_points": "1.2.3",
    "with_a_dollar_sign": "$12.50",
    "with_points_and_comma": "1.234,56",
    "division_error": "#DIV/0!",
    "formula": "=1+1",
    "fraction": "1/2",
    "percentage": "15%",
    "sign_alone": "-",
    "point_alone": ".",
    "exponent_alone": "e5",
    "null": "NULL",
    "with_a_control_character": "1\x002",
}
NUMBERS_OPEN: Values = {
    "with_a_currency": "12.50 EUR",
    "with_a_currency_sign": "\u20ac12.50",
    "of_1e308": "1e308",
    "of_minus_1e308": "-1e308",
    "of_1e15": "1e15",
    "with_nine_decimals": "0.123456789",
    "halfway": "1.005",
    "of_400_digits": "9" * 400,
    "of_400_decimals": "0." + "3" * 400,
    "with_a_decimal_comma": "12,50",
    "with_a_thousands_comma": "1,234.56",
    "with_blanks_for_thousands": "1 234.56",
    "with_hard_blanks_for_thousands": "1\u00a0234.56",
    "hexadecimal": "0x1F",
    "binary": "0b101",
    "with_underscores": "1_000",
    "in_wide_digits": "\uff11\uff12",
    "in_arabic_digits": "\u0661\u0662",
    "half_sign": "\u00bd",
    "with_a_unicode_minus": "\u221212.5",
    "of_the_word_true": "true",
    "of_64_bits_and_one": "9223372036854775808",
}
INTEGERS_READ: Values = {"with_a_point": "3.0", "scientific": "1e3", "negative": "-1", "with_zeros": "007"}
INTEGERS_REFUSED: Values = {
    "of_one_and_a_half": "1.5",
    "of_words": "three",
    "beyond_float": "1e400",
    "of_64_bits_and_one": "9223372036854775808",
    "nan": "nan",
    "infinite": "inf",
    "roman": "XII",
    "month_in_words": "May",
    "thousands_comma": "1,000",
}
FLAGS_READ: Values = {"of_one": "1", "of_zero": "0", "in_capitals": "TRUE", "of_yes": "Yes", "of_n": "n"}
FLAGS_REFUSED: Values = {
    "of_two": "2",
    "of_minus_one": "-1",
    "of_maybe": "maybe",
    "of_a_half": "0.5",
    "of_null": "null",
    "of_both": "true false",
    "of_a_check_mark": "\u2713",
    "of_x": "x",
    "of_ja": "ja",
    "nan": "nan",
}
LISTS_REFUSED: Values = {
    "never_closed": "[1",
    "object_never_closed": '{"a": 1',
    "of_a_number": "1",
    "of_a_text": '"web"',
    "of_the_word_true": "true",
    "of_null": "null",
    "in_python": "{'a': 1}",
    "with_a_comma_at_the_end": "[1,]",
    "of_plain_words": "web, shop",
    "with_words_after": "[1] and more",
    "twice": "[1][2]",
    "with_a_comment": "[1 /* one */]",
    "of_nan": "[NaN]",
    "of_a_bad_escape": '["\\x"]',
    "of_markup": "<list/>",
}
LISTS_OPEN: Values = {
    "without_items": "[]",
    "object_without_keys": "{}",
    "of_wrong_keys": '[{"colour": "red"}]',
    "of_one_key": '[{"field": "tier"}]',
    "of_scalars": "[1, 2]",
    "object_of_the_right_keys": '{"field": 1, "operator": 2, "value": 3}',
    "with_a_key_twice": '[{"field": 1, "field": 2, "operator": 2, "value": 3}]',
    "of_a_number_beyond_float": "[1e999]",
    "of_half_a_surrogate": '["\\ud800"]',
    "ten_thousand_deep": "[" * 10_000 + "]" * 10_000,
    "of_fifty_thousand_items": "[" + "1," * 49_999 + "1]",
    "of_code": '[{"field": "__import__(\'os\')", "operator": "eval", "value": "1"}]',
}
ENUMS_READ = ("in_capitals", "in_title_case", "with_blanks_around")
ENUMS_REFUSED: Values = {
    "misspelt": "{}x",
    "cut_short": "{:.2}",
    "two_at_once": "{0},{0}",
    "with_a_full_stop": "{}.",
    "with_a_zero_width_blank": "{}\u200b",
    "with_a_zero_byte": "{}\0",
    "in_wide_letters": "\uff41{}",
    "in_cyrillic": "\u0430{}",
    "in_quotes": "'{}'",
    "of_a_number": "1",
    "of_null": "null",
    "of_none": "none at all",
    "of_nan": "nan",
    "of_markup": "<i>{}</i>",
    "of_a_megabyte": "{}" + "x" * 1_000_000,
    "of_sql": "{}' OR '1'='1",
}
OTHERS: dict[str, tuple[Values, Values, Values]] = {
    "id": (IDS_READ, IDS_REFUSED, IDS_OPEN),
    "time": (TIMES_READ, TIMES_REFUSED, TIMES_OPEN),
    "money": (NUMBERS_READ, NUMBERS_REFUSED, NUMBERS_OPEN),
    "number": (NUMBERS_READ, NUMBERS_REFUSED, NUMBERS_OPEN),
    "integer": (INTEGERS_READ, INTEGERS_REFUSED, {}),
    "flag": (FLAGS_READ, FLAGS_REFUSED, {}),
    "list": ({}, LISTS_REFUSED, LISTS_OPEN),
}


def for_table(table: Table) -> Iterator[Damage]:
    """Every value of the kind of column, in one column of each kind that the table has."""
    for kind, column in columns_of(table).items():
        if kind in OTHERS:
            read, refused, open_ = OTHERS[kind]
            yield from _of_kind(kind, column, read, "harmless")
            yield from _of_kind(kind, column, refused, "said")
            yield from _of_kind(kind, column, open_, "either")
        elif kind == "enum":
            yield from _enumerated(column)
        if kind != "text":
            yield from _empties(kind, column)


def _of_kind(kind: str, column: Column, values: Values, outcome: Outcome) -> Iterator[Damage]:
    for name, value in values.items():
        yield _one(f"{kind}_{name}", outcome, column.name, value)


def _one(name: str, outcome: Outcome, column: str, value: str) -> Damage:
    return Damage(name, outcome, lambda delivery: delivery.edit(column, value))


def _all(name: str, outcome: Outcome, column: str, value: str) -> Damage:
    return Damage(name, outcome, lambda delivery: delivery.edit_all(column, value))


def _enumerated(column: Column) -> Iterator[Damage]:
    word = column.values[-1]
    spellings = dict(zip(ENUMS_READ, (word.upper(), word.title(), f"  {word} "), strict=True))
    yield from _of_kind("enum", column, spellings, "harmless")
    refused = {name: form.format(word) for name, form in ENUMS_REFUSED.items()}
    yield from _of_kind("enum", column, refused, "said")
    yield _all("enum_all_unknown", "said", column.name, "something else")


def _empties(kind: str, column: Column) -> Iterator[Damage]:
    outcome: Outcome = "said" if column.filled else "harmless"
    yield _one(f"{kind}_empty", outcome, column.name, "")
    yield _one(f"{kind}_of_blanks", outcome, column.name, "   ")
    yield _one(f"{kind}_of_a_line_end", "either", column.name, "\n")
    yield _all(f"{kind}_all_empty", outcome, column.name, "")
    yield _all(f"{kind}_all_of_words", "either", column.name, "words")
