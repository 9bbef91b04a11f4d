"""What would mend values that cannot be read: the very line of the settings, where the values tell it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from features.contract import Column
from features.tables.casting import LARGEST_ID_LENGTH, ROUNDED_ID
from features.tables.formats import Format
from features.tables.numbers import currency_pattern, number_pattern
from features.tables.time_mends import time_mend

KIND_MENDS = {
    "id": f"write text or whole numbers of at most {LARGEST_ID_LENGTH} visible characters",
    "time": "write ISO 8601 such as 2024-05-31T14:00:00+02:00, or set [tables.{table}] time_formats",
    "money": "write a finite decimal number such as 1234.50, with no sign but that of {currency}",
    "number": "write a finite decimal number such as 1234.5",
    "integer": "write a whole number",
    "flag": "write true or false",
    "list": "write valid JSON",
    "text": "write text",
}
_CURRENCY = re.compile(r"[^\W\d_]{1,3}\$?|[$£¥€₹₽₩₺₴₪₫฿₦₱]")

LOOKED_AT = 5000
"""Unreadable values of a column that are looked at, different ones."""


def unreadable_mend(column: Column, values: Sequence[str], form: Format) -> str:
    """One sentence on how to mend what cannot be read.

    Args:
        column: the column of the contract.
        values: different unreadable values of it, without blanks around them; none where they may not be seen.
        form: how the table is read today.
    """
    general = KIND_MENDS[column.kind].format(table=form.table, currency=form.currency)
    if column.kind == "id":
        return _id_mend(values) or general
    if column.kind in ("money", "number", "integer"):
        return _number_mend(column, values, form) or general
    if column.kind == "time":
        return time_mend(values, form) or general
    return general


def _id_mend(values: Sequence[str]) -> str:
    rounded = sum(re.fullmatch(ROUNDED_ID, value) is not None for value in values)
    if 2 * rounded <= len(values) or not values:
        return ""
    return (
        "a spreadsheet has rounded these numbers and their last digits are lost;"
        " export again from the source, not from the spreadsheet, or format the column as text before it is filled"
    )


def _number_mend(column: Column, values: Sequence[str], form: Format) -> str:
    other = replace(form, decimal="," if form.decimal == "." else ".")
    own, pattern = (_python(number_pattern(each, money=True)) for each in (form, other))
    values = [value for value in values if not own.fullmatch(value)]
    read = [value for value in values if pattern.fullmatch(value)]
    setting = f'set [tables.{form.table}] decimal = "{other.decimal}"'
    if values and 2 * len(read) > len(values):
        if all(re.fullmatch(r"[-+]?[0-9]{1,3}[.,][0-9]{3}", value) for value in read):
            point, whole = read[0].replace(",", "."), re.sub("[.,]", "", read[0])
            return f"{read[0]} may be {point} or {whole}: if it is {point}, {setting}; if not, export it as {whole}"
        return f"numbers with a decimal {'comma' if other.decimal == ',' else 'point'}: {setting}"
    return _currency_mend(values, form) if column.kind == "money" else ""


def _python(pattern: str) -> re.Pattern[str]:
    """A regular expression in the syntax of RE2 in that of Python."""
    return re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda code: chr(int(code[1], 16)), pattern))


def _currency_mend(values: Sequence[str], form: Format) -> str:
    """Names the sign or code that most amounts carry, where it is not that of the currency."""
    amounts = [value for value in values if any(map(str.isdigit, value))]
    marks = Counter(match[0] for value in amounts if (match := _CURRENCY.search(value)))
    mark, count = marks.most_common(1)[0] if marks else ("", 0)
    if 2 * count <= len(values) or re.fullmatch(currency_pattern(form.currency), mark, re.IGNORECASE):
        return ""
    return (
        f"amounts in {mark!r}, and source.currency is {form.currency!r}; convert them,"
        " or set [source] currency if all amounts are in it"
    )
