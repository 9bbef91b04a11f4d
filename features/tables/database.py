"""A database that holds tables of the contract: what every kind of it can do, and which table is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from features.tables.casting import identifier, literal

_NAMED = 10


class Name(NamedTuple):
    """A table or a view and the schema that it is in."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"


class Database(Protocol):
    """Reads rows; never writes.

    Attributes:
        address: which database it is, without a password.
    """

    address: str

    def names(self) -> list[Name]:
        """Every table and view, those of the system left out."""

    def columns(self, name: Name) -> dict[str, str]:
        """The columns of a table, each with the DuckDB type by whose rules it is read."""

    def is_ordered(self, name: Name, column: str) -> bool:
        """Whether the database can compare the column with an instant, exactly."""

    def rows(self, name: Name, columns: Sequence[str], known: str | None, since: datetime | None) -> str:
        """SQL of a SELECT, for DuckDB, with some columns of a table.

        Args:
            name: the table.
            columns: what is read.
            known: the column that tells when a row became known.
            since: only rows known from then on, and those that do not say when; a naive instant for a column
                without zone. None is every row.
        """

    def close(self) -> None:
        """Give the database back."""


def known_since(column: str, since: datetime) -> str:
    """SQL of rows known from an instant on and of those that do not say when."""
    kind, name = "TIMESTAMPTZ" if since.tzinfo else "TIMESTAMP", identifier(column)
    return f"({name} >= {kind} {literal(since.isoformat(' '))} OR {name} IS NULL)"


def find_table(names: Iterable[Name], table: str, configured: str | None) -> Name | None:
    """The table of a database that holds a table of the contract; None where there is none.

    `configured` is `schema.name` or a name. A name as it stands wins over one that differs in upper and lower case.

    Raises:
        ValueError: no table has the configured name, or several could be meant.
    """
    wanted, known = configured or table, sorted(names)
    found = [name for name in known if wanted in (str(name), name.table)]
    if not found:
        folded = wanted.casefold()
        found = [name for name in known if folded in (str(name).casefold(), name.table.casefold())]
    if len(found) > 1:
        both = " and ".join(str(name) for name in found)
        raise ValueError(f"{both} could be table {table!r}; set [tables.{table}] table to one of them")
    if not found and configured is not None:
        raise ValueError(
            f"[tables.{table}] table is {configured!r}, which the database does not have;"
            f" it has {_listed(configured, known)}"
        )
    return found[0] if found else None


def _listed(wanted: str, names: Sequence[Name]) -> str:
    """The names, the most similar first where there are many."""
    texts = [str(name) for name in names]
    near = difflib.get_close_matches(wanted, texts, n=_NAMED, cutoff=0)
    return ", ".join(near) + (", ..." if len(texts) > len(near) else "") if texts else "no tables"
