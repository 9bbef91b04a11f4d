"""How one table's texts are to be read: encoding, decimal mark, formats of times, zone and currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from features.settings import Settings, TableSettings


class FormatError(ValueError):
    """A table that its settings do not fit.

    Attributes:
        finding: the name of the finding that it becomes.
    """

    def __init__(self, finding: str, message: str) -> None:
        super().__init__(message)
        self.finding = finding


@dataclass(frozen=True)
class Format:
    """What the settings say about the texts of one table.

    Attributes:
        table: the table, for messages.
        timezone: the IANA zone of times without one; the session must be set to it, since texts are read in it.
        minor_digits: decimal digits of the currency, 0 to 4.
        currency: its ISO 4217 code; its sign or code beside an amount is read over.
        decimal: the decimal mark.
        time_formats: what is read beside ISO 8601: formats of `strptime`, `epoch_s`, `epoch_ms` or `epoch_us`.
        encoding: a text encoding that Python knows.
    """

    table: str = ""
    timezone: str = "UTC"
    minor_digits: int = 2
    currency: str = "EUR"
    decimal: Literal[".", ","] = "."
    time_formats: tuple[str, ...] = ()
    encoding: str = "utf-8"


def format_of(settings: Settings, table: str) -> Format:
    """The format of one table: what `[tables.X]` says, else what `[source]` says; nothing is checked."""
    source = settings.source
    section = settings.tables.get(table, TableSettings())
    formats = source.time_formats if section.time_formats is None else section.time_formats
    return Format(
        table,
        source.timezone,
        source.minor_digits,
        source.currency,
        section.decimal or source.decimal,
        formats,
        section.encoding or source.encoding,
    )
