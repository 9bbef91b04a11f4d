"""Names of columns in messages: few, short, and none where they may be the values of a first line."""

from __future__ import annotations

import re
from collections.abc import Collection

from features.contract import TABLES

LONGEST_NAME = 40
"""Characters of a name that are shown."""

LONGEST_LIST = 300
MOST_NAMES = 20

_ADDRESS = re.compile(r"\S@\S+\.\w")
_VALUE = re.compile(r"[-+]?[\d.,]*\d|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}(:\d{2})?.*)?")
_ID = re.compile(r"[Ii][Dd]|.*([^A-Za-z]id|[^A-Za-z]Id|[^A-Z]ID|[a-z]Id)")
_BETWEEN = re.compile(r"[\W_]+")


def shown(name: str) -> str:
    """A name in one short line, without what a terminal would act on; the address of a person is left out."""
    if _ADDRESS.search(name):
        return "(an address)"
    text = "".join(mark if mark.isprintable() else " " for mark in name)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def listed(names: Collection[str], *, headed: bool = True) -> str:
    """The first names, or, where they may be values, only how many there are.

    Args:
        names: the columns of a source.
        headed: they are surely names, see `are_names`.
    """
    if not headed:
        count = f"{len(names):,} column{'s' if len(names) != 1 else ''}"
        return f"{count}, not repeated here since the first line seems to hold values and no names"
    every, length = [shown(name) for name in names], 0
    for number, text in enumerate(every):
        length += len(text) + 2
        if number == MOST_NAMES or length > LONGEST_LIST:
            return ", ".join(every[:number]) + ", ..."
    return ", ".join(every) or "none"


def brief(error: Exception) -> str:
    """The first line of what a library says, cut where the names in it make it long."""
    text = next(iter(str(error).splitlines()), "")
    return text if len(text) <= LONGEST_LIST else f"{text[: LONGEST_LIST - 3]}..."


def is_value(name: str) -> bool:
    """A number, a time or an address, as which no column is usually named."""
    return bool(_VALUE.fullmatch(name) or _ADDRESS.search(name))


def are_names(first: Collection[str], rows: Collection[list[str]], table: str) -> bool:
    """Whether a first line surely holds names; without a sign of it, it may hold values.

    Two columns of the contract are a sign. So is, if nothing in the line looks like a value, the name of an id, or a
    word above nothing but numbers and times.

    Args:
        first: the values of the first line.
        rows: some lines below it.
        table: the table of the contract.
    """
    known = {_plain(column.name) for column in TABLES[table].columns} if table in TABLES else set()
    if sum(_plain(name) in known for name in first) > 1:
        return True
    if any(map(is_value, first)):
        return False
    below = (
        [row[place] for row in rows if row[place : place + 1] and row[place]] for place in range(len(first))
    )
    return any(
        _ID.fullmatch(name) or (not any(map(str.isdigit, name)) and values and all(map(is_value, values)))
        for name, values in zip(first, below, strict=True)
    )


def _plain(name: str) -> str:
    """A name without capitals and what stands between its words."""
    return _BETWEEN.sub("", name).lower()
