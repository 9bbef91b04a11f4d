"""All kinds of damage, by group. Another kind is another function or entry in the module of its group."""

from __future__ import annotations

from features.contract import TABLES, Table
from tests.broken import (
    configuration,
    encodings,
    files,
    folders,
    headers,
    keys,
    lines,
    texts,
    times,
    types,
    values,
)
from tests.broken.delivery import Damage

ONE_IN = 3
"""Of all kinds a table gets one in three, the next table others: each kind is done to several tables."""


def groups(table: Table) -> dict[str, list[Damage]]:
    """The damages that can be done to a table."""
    return {
        "files": files.KINDS,
        "folders": folders.KINDS,
        "encodings": encodings.KINDS,
        "lines": lines.KINDS,
        "headers": [*headers.KINDS, *headers.for_table(table)],
        "types": list(types.for_table(table)),
        "values": list(values.for_table(table)),
        "keys": keys.KINDS,
        "times": list(times.for_table(table)),
        "texts": texts.KINDS,
        "configuration": configuration.KINDS,
    }


def kinds(table: Table) -> list[Damage]:
    """The damages that can be done to a table, one after the other."""
    return [damage for group in groups(table).values() for damage in group]


def share(table: Table) -> dict[str, list[Damage]]:
    """The kinds that a table gets, by group; at least 200 in all."""
    offset = list(TABLES).index(table.name)
    numbered = {damage.name: number for number, damage in enumerate(kinds(table))}
    return {
        group: [damage for damage in damages if (numbered[damage.name] + offset) % ONE_IN == 0]
        for group, damages in groups(table).items()
    }
