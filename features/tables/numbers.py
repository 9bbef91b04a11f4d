"""Numbers as people and spreadsheets write them, as SQL of the plain notation that DuckDB reads.

Read besides `-1234.5`: blanks or apostrophes between groups of three digits, a minus at the end or as
brackets, `12.50-` and `(12.50)`, the sign or code of the currency. With a decimal point, `1,234.56` and
`1,234,567` are read and `1,234` is not, since it may mean either; with a decimal comma a point can only
stand between groups: `1.234` is 1234.
"""

from __future__ import annotations

import re

from features.tables.formats import Format
from features.tables.quoting import literal

CURRENCY_SIGNS = {
    "AUD": "$", "BRL": "R$", "CAD": "$", "CHF": "Fr", "CNY": "¥", "CZK": "Kč", "DKK": "kr", "EUR": "€",
    "GBP": "£", "HKD": "$", "HUF": "Ft", "ILS": "₪", "INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "$",
    "NGN": "₦", "NOK": "kr", "NZD": "$", "PHP": "₱", "PLN": "zł", "RON": "lei", "RUB": "₽", "SEK": "kr",
    "SGD": "$", "THB": "฿", "TRY": "₺", "UAH": "₴", "USD": "$", "VND": "₫",
}  # fmt: skip

_BLANK = r"[ \x{A0}\x{2009}\x{202F}]"
_GROUPED = rf"[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})+|[0-9]{{1,3}}(?:['\x{{2019}}][0-9]{{3}})+"
_UNSIGNED = {
    ".": rf"(?:(?:[0-9]+|{_GROUPED})(?:\.[0-9]*)?|\.[0-9]+"
    r"|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})",
    ",": rf"(?:(?:[0-9]+|{_GROUPED})(?:,[0-9]*)?|,[0-9]+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+(?:,[0-9]*)?)",
}
_MINUS = r"[-\x{2212}]"
_SIGN = r"[-+\x{2212}]"


def number_from_text(text: str, form: Format, sql_type: str, *, money: bool = False) -> str:
    """SQL of a text read as a number of a type, NULL where it is none; only money may have a currency.

    Args:
        text: SQL of a text without blanks around it.
        form: the decimal mark and the currency.
        sql_type: such as `DOUBLE`; the text is cast to it once it is in plain notation.
        money: whether the currency's sign or code may stand beside the digits.
    """
    plain = f"TRY_CAST({_plain(text, form)} AS {sql_type})"
    return f"coalesce({plain}, TRY_CAST({_spelled(text, form, money=money)} AS {sql_type}))"


def _plain(text: str, form: Format) -> str:
    """What most values are, which is cheap to read."""
    if form.decimal == ".":
        return text
    return f"CASE WHEN NOT contains({text}, '.') THEN replace({text}, ',', '.') END"


def _spelled(text: str, form: Format, *, money: bool) -> str:
    digits = f"regexp_replace({text}, '[^0-9.,]', '', 'g')"
    marks = "translate({0}, ',', '')" if form.decimal == "." else "translate({0}, ',.', '.')"
    minus = f"CASE WHEN regexp_matches({text}, '[-\\x{{2212}}(]') THEN '-' ELSE '' END"
    matches = f"regexp_full_match({text}, {literal(number_pattern(form, money=money))})"
    return f"CASE WHEN {matches} THEN {minus} || {marks.format(digits)} END"


def number_pattern(form: Format, *, money: bool) -> str:
    """The regular expression, in the syntax of RE2, of the numbers that are read beside plain ones."""
    number, blank = _UNSIGNED[form.decimal], f"{_BLANK}?"
    before, after = "", ""
    if money:
        currency = f"(?i:{currency_pattern(form.currency)})"
        before, after = f"(?:{currency}{blank})?", f"(?:{blank}{currency})?"
    return "|".join(
        (
            rf"(?:{_SIGN}{blank})?{before}{number}{after}",
            rf"{before}{_SIGN}{blank}{number}{after}",
            rf"{before}{number}{after}{blank}{_MINUS}",
            rf"{before}{number}{blank}{_MINUS}{after}",
            rf"\({blank}{before}{number}{after}{blank}\)",
        )
    )


def currency_pattern(currency: str) -> str:
    """The code of a currency or its sign, as a regular expression."""
    sign = CURRENCY_SIGNS.get(currency.upper())
    return "|".join(re.escape(text) for text in (currency, sign) if text)
