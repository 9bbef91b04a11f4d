"""Numbers, shares and amounts as a language writes them, from `numbers.LANGUAGE.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NUMBER = "number"
"""Form of a quantity without its unit."""


@dataclass(frozen=True)
class Numbers:
    """How one language writes numbers.

    Attributes:
        decimal: mark before the decimals.
        thousands: mark between groups of three digits.
        share: pattern of a share, with `{number}` in per cent.
        amount: pattern of an amount of money, with `{number}` and `{currency}`.
        currencies: what stands for a currency code; the code itself where it is not listed.
        units: words of each unit by form; `one` follows a 1, `many` all other numbers, other forms are of the
            language's own.
    """

    decimal: str
    thousands: str
    share: str
    amount: str
    currencies: dict[str, str]
    units: dict[str, dict[str, str]]

    def plain(self, value: float, decimals: int = 0) -> str:
        """A number with marks between thousands; never minus zero."""
        marks = str.maketrans({",": self.thousands, ".": self.decimal})
        return f"{value:z,.{decimals}f}".translate(marks)

    def per_cent(self, share: float) -> str:
        """A share in [0, 1] as whole per cent."""
        return self.share.format(number=self.plain(100 * share))

    def money(self, amount: float, currency: str, decimals: int) -> str:
        """An amount in whole units of the currency, with so many decimals."""
        shown = self.currencies.get(currency, currency)
        return self.amount.format(number=self.plain(amount, decimals), currency=shown).strip()

    def quantity(self, value: float, unit: str) -> Quantity:
        """A number with its unit: whole from 10 on, with one decimal below where there is one."""
        number = self.plain(value, 0 if value >= 10 or value == int(value) else 1)
        words = self.units.get(unit, {"one": unit.removesuffix("s"), "many": unit})
        return Quantity(number, words)


@dataclass(frozen=True)
class Quantity:
    """A number with its unit; in a template `{name:form}` is another form, `{name:number}` the number alone."""

    number: str
    words: dict[str, str]

    def __str__(self) -> str:
        return f"{self.number} {self.words['one' if self.number == '1' else 'many']}"

    def __format__(self, form: str) -> str:
        """The text in a form of the language.

        Raises:
            ValueError: the unit has no such form.
        """
        if form in ("", NUMBER):
            return self.number if form else str(self)
        if form not in self.words:
            forms = ", ".join(self.words)
            raise ValueError(f"unit {self.words['many']!r} has no form {form!r}; it has: {forms}")
        return str(self) if self.number == "1" else f"{self.number} {self.words[form]}"


@dataclass(frozen=True)
class Money:
    """The currency of amounts in minor units (cents, say)."""

    currency: str = ""
    minor_digits: int = 2

    def written(self, minor_units: float, language: str = "en", *, whole: bool = False) -> str:
        """An amount as the language writes it, `1.234,50 €` for 123450 in German.

        Args:
            minor_units: the amount, such as cents.
            language: ISO 639 code of a language that `languages` lists.
            whole: rounded to whole units of the currency, for sentences.

        Raises:
            ValueError: there is no such language.
        """
        decimals = 0 if whole else self.minor_digits
        return numbers(language).money(minor_units / 10**self.minor_digits, self.currency, decimals)


@cache
def numbers(language: str) -> Numbers:
    """How a language writes numbers.

    Raises:
        ValueError: there is no such language.
    """
    file = language_file("numbers", language)
    return Numbers(**tomllib.loads(file.read_text(encoding="utf-8")))


def languages() -> tuple[str, ...]:
    """Languages in which reasons and numbers are written, by ISO 639 code, in the order of the codes."""
    return tuple(sorted(path.name.split(".")[1] for path in _folder().glob("reasons.*.toml")))


def language_file(kind: str, language: str) -> Path:
    """The file of a language: of its reasons or its numbers.

    Raises:
        ValueError: there is no such language.
    """
    file = _folder() / f"{kind}.{language}.toml"
    if not re.fullmatch(r"[a-z]{2,3}", language) or not file.is_file():
        raise ValueError(f"no {kind} in language {language!r}; there are: {', '.join(languages())}")
    return file


def _folder() -> Path:
    return Path(__file__).parent
