"""Which column of the contract is read from which of the source: by mapping, by arithmetic, by name."""

from __future__ import annotations

import difflib

from features.contract import Table
from features.settings import TableSettings
from features.tables.computed import KINDS, Expression, parse
from features.tables.report import Finding
from features.tables.source import Source


def match_columns(
    table: Table, source: Source, section: TableSettings
) -> tuple[dict[str, str], dict[str, Expression], list[Finding]]:
    """Contract name to source name, and to expression, with what is wrong with the settings and the source.

    The mapping comes first, then what is computed, then equal names that neither takes. A computed column has
    its expression as its source name.
    """
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
        if ours not in known and not table.free_attributes:
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
            mend = f"{where} and columns both have {ours!r}; keep one of them"
            findings.append(_error(table, "column_given_twice", ours, mend))
        elif ours not in kinds:
            findings.append(_not_in_contract(table, ours, "computed"))
        elif kinds[ours] not in KINDS:
            mend = f"{where} has {ours!r}, which is {kinds[ours]}; only {', '.join(KINDS)} can be computed"
            findings.append(_error(table, "unusable_expression", ours, mend))
        else:
            try:
                expressions[ours] = parse(text, source.columns)
            except ValueError as error:
                findings.append(_error(table, "unusable_expression", ours, f"{where} {ours} = {error}"))
    return expressions, findings


def extra_finding(table: Table, rest: list[str]) -> Finding:
    """A recommendation that names the columns that nothing is read from."""
    mend = f"ignored: {_listed(rest)}; map those that the contract knows in [tables.{table.name}] columns"
    return Finding("extra_columns", "columns", "recommendation", mend, table.name)


def _error(table: Table, name: str, column: str, mend: str) -> Finding:
    return Finding(name, "columns", "error", mend, table.name, column)


def _missing(table: Table, name: str, source: Source) -> Finding:
    near = difflib.get_close_matches(name, source.columns, n=1, cutoff=0.5)
    hint = f', for example {{{name} = "{near[0]}"}}' if near else ""
    return _error(
        table,
        "missing_column",
        name,
        f"the {source.noun} has no column {name!r}; it has {_listed(source.columns)};"
        f" map it in [tables.{table.name}] columns of regulars.toml{hint}",
    )


def _not_in_source(table: Table, ours: str, theirs: str, source: Source) -> Finding:
    return _error(
        table,
        "mapped_column_absent",
        ours,
        f"[tables.{table.name}] columns reads {ours!r} from {theirs!r}, which the {source.noun} does not have;"
        f" it has {_listed(source.columns)}",
    )


def _not_in_contract(table: Table, ours: str, setting: str) -> Finding:
    known = _listed([column.name for column in table.columns])
    verb = "maps" if setting == "columns" else "has"
    mend = f"[tables.{table.name}] {setting} {verb} {ours!r}, which the table does not have; it has {known}"
    return _error(table, "unknown_column", ours, mend)


def _listed(names: object) -> str:
    every = list(names) if isinstance(names, (list, dict, tuple)) else [str(names)]
    return ", ".join(every[:20]) + (", ..." if len(every) > 20 else "") if every else "none"
