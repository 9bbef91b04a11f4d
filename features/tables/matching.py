"""Which column of the contract is read from which of the source: by mapping, by arithmetic, by name."""

from __future__ import annotations

import difflib
from dataclasses import replace

from features.contract import Table
from features.settings import TableSettings
from features.tables.computed import KINDS, Expression, parse
from features.tables.csv_layout import NAMELESS
from features.tables.naming import listed, shown
from features.tables.report import Finding
from features.tables.source import Source


def match_columns(
    table: Table, source: Source, section: TableSettings
) -> tuple[dict[str, str], dict[str, Expression], list[Finding]]:
    """Contract name to source name, and to expression, with what is wrong with the settings and the source.

    The mapping comes first, then what is computed, then equal names that neither takes. A computed column has
    its expression as its source name.
    """
    if any(theirs in source.columns for theirs in section.columns.values()):
        source = replace(source, headed=True)  # the settings name one of its columns
    names, findings = _mapped(table, source, section)
    expressions, wrong = _computed(table, source, section)
    names |= {ours: expression.text for ours, expression in expressions.items()}
    known = {column.name for column in table.columns}
    given = {*section.columns, *section.computed}
    for name in source.columns:
        if name in known and name not in given and name not in names.values():
            names[name] = name
    findings += wrong
    findings += [
        _missing(table, name, source) for name in table.required if name not in names and name not in given
    ]
    return names, expressions, findings


def _mapped(table: Table, source: Source, section: TableSettings) -> tuple[dict[str, str], list[Finding]]:
    findings = []
    names: dict[str, str] = {}
    known = {column.name for column in table.columns}
    for ours, theirs in section.columns.items():
        if ours not in known and not may_be_attribute(table, ours):
            findings.append(_not_in_contract(table, ours, "columns"))
        elif theirs not in source.columns:
            findings.append(_not_in_source(table, ours, theirs, source))
        else:
            names[ours] = theirs
    return names, findings


def _computed(
    table: Table, source: Source, section: TableSettings
) -> tuple[dict[str, Expression], list[Finding]]:
    findings = []
    expressions: dict[str, Expression] = {}
    kinds = {column.name: column.kind for column in table.columns}
    for ours, text in section.computed.items():
        where = f"[tables.{table.name}] computed"
        if ours in section.columns:
            mend = f"{where} and columns both have {shown(ours)!r}; keep one of them"
            findings.append(_error(table, "column_given_twice", ours, mend))
        elif ours not in kinds:
            findings.append(_not_in_contract(table, ours, "computed"))
        elif kinds[ours] not in KINDS:
            mend = f"{where} has {shown(ours)!r}, which is {kinds[ours]}; only {', '.join(KINDS)} can be computed"
            findings.append(_error(table, "unusable_expression", ours, mend))
        else:
            try:
                expressions[ours] = parse(text, source.columns, headed=source.headed)
            except ValueError as error:
                findings.append(
                    _error(table, "unusable_expression", ours, f"{where} {shown(ours)} = {error}")
                )
    return expressions, findings


def may_be_attribute(table: Table, name: str) -> bool:
    """Whether a column may be a free attribute: it has a name, which is none that reading or the contract has."""
    known = {column.name for column in table.columns}
    return (
        table.free_attributes
        and not name.startswith("__")
        and not NAMELESS.fullmatch(name)
        and name.lower() not in known
    )


def extra_finding(table: Table, rest: list[str]) -> Finding:
    """A recommendation that names the columns that nothing is read from."""
    mend = f"ignored: {listed(rest)}; map those that the contract knows in [tables.{table.name}] columns"
    return Finding("extra_columns", "columns", "recommendation", mend, table.name)


def _error(table: Table, name: str, column: str, mend: str) -> Finding:
    return Finding(name, "columns", "error", mend, table.name, shown(column))


def _missing(table: Table, name: str, source: Source) -> Finding:
    there = f"the {source.noun} has no column {name!r}; it has {_columns(source)}"
    remedy = f"map it in [tables.{table.name}] columns of regulars.toml"
    if not source.headed:
        mend = f"{there}; put a line with the names before it, or {remedy}"
        return _error(table, "missing_column", name, mend)
    near = difflib.get_close_matches(name, source.columns, n=1, cutoff=0.5)
    hint = f', for example {{{name} = "{near[0]}"}}' if near else ""
    return _error(table, "missing_column", name, f"{there}; {remedy}{hint}")


def _not_in_source(table: Table, ours: str, theirs: str, source: Source) -> Finding:
    return _error(
        table,
        "mapped_column_absent",
        ours,
        f"[tables.{table.name}] columns reads {shown(ours)!r} from {shown(theirs)!r}, which the {source.noun}"
        f" does not have; it has {_columns(source)}",
    )


def _columns(source: Source) -> str:
    return listed(source.columns, headed=source.headed)


def _not_in_contract(table: Table, ours: str, setting: str) -> Finding:
    known = listed([column.name for column in table.columns])
    verb = "maps" if setting == "columns" else "has"
    mend = f"[tables.{table.name}] {setting} {verb} {shown(ours)!r}, which the table does not have; it has {known}"
    return _error(table, "unknown_column", ours, mend)
