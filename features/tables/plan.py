"""How a source becomes a table of the contract: which column is read as which, and the SQL that reads it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pyarrow as pa

from features.contract import CONSENTS, DECISIONS, OFFER_EVENTS_TABLE, ORDER_LINES, Column, Kind, Table
from features.settings import Settings, SourceSettings, TableSettings
from features.tables.casting import Cast, cast, comparable, identifier, literal
from features.tables.csv_file import BROKEN
from features.tables.report import Finding
from features.tables.source import POSITION, Source

REASON = "__reason"
ROW_HASH = "__hash"

NEVER_AFTER = frozenset(table.name for table in (CONSENTS, OFFER_EVENTS_TABLE, DECISIONS))
"""Tables that are not cut at `as_of`: a refusal counts at once, and the product goes on after the extract."""

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "money": pa.int64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "list": pa.string(),
}


@dataclass(frozen=True)
class Plan:
    """One table as it will be read.

    Attributes:
        table: the declaration.
        source: where the rows are.
        columns: the columns that the source has, in the order of the contract, free attributes last.
        source_names: the source's name of each of them.
        plain: columns of ids that are known to hold nothing that has to be read, see `is_plain`.
    """

    table: Table
    source: Source
    columns: tuple[Column, ...]
    source_names: dict[str, str]
    plain: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns that the source has."""
        return tuple(name for name in self.table.key if name in self.source_names)

    @property
    def is_positional(self) -> bool:
        """The last part of the key is the position, because the source does not have it."""
        return self.table.positional is not None and self.table.positional not in self.source_names

    @property
    def text_ids(self) -> frozenset[str]:
        """The columns of ids that the source has as text."""
        ids = [column.name for column in self.columns if column.kind == "id"]
        return frozenset(name for name in ids if self.source.columns[self.source_names[name]] == "VARCHAR")

    @property
    def people(self) -> tuple[str, ...]:
        """The columns that name customers."""
        return tuple(column.name for column in self.columns if column.person)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the validated table."""
        fields = [(column.name, ARROW_TYPES[column.kind]) for column in self.columns]
        if self.is_positional and self.table.positional is not None:
            fields.append((self.table.positional, pa.string()))
        return pa.schema(fields)


def make_plan(table: Table, source: Source, settings: Settings) -> tuple[Plan | None, list[Finding]]:
    """Match the columns of a source with the contract; no plan where a required column is missing."""
    section = settings.tables.get(table.name, TableSettings())
    names, findings = _match(table, source, section)
    missing = [name for name in table.required if name not in names]
    findings += [_missing(table, name, source) for name in missing]
    if any(finding.state == "error" for finding in findings):
        return None, findings
    columns = [column for column in table.columns if column.name in names]
    taken = {name.lower() for name in (*names, *names.values())}
    rest = [name for name in source.columns if name.lower() not in taken]
    if table.free_attributes:
        columns += [Column(name, "text", required=False, doc="A free attribute.") for name in rest]
        names |= {name: name for name in rest}
    elif rest:
        findings.append(_extra(table, rest))
    return Plan(table, source, tuple(columns), names), findings


def _match(table: Table, source: Source, section: TableSettings) -> tuple[dict[str, str], list[Finding]]:
    """Contract name to source name; the mapping first, then equal names that the mapping does not take."""
    findings = []
    names: dict[str, str] = {}
    known = {column.name for column in table.columns}
    for ours, theirs in section.columns.items():
        if ours not in known and not table.free_attributes:
            findings.append(_not_in_contract(table, ours))
        elif theirs not in source.columns:
            findings.append(_not_in_source(table, ours, theirs, source))
        else:
            names[ours] = theirs
    for name in source.columns:
        if name in known and name not in section.columns and name not in names.values():
            names[name] = name
    return names, findings


def _error(table: Table, name: str, column: str, mend: str) -> Finding:
    return Finding(name, "columns", "error", mend, table.name, column)


def _missing(table: Table, name: str, source: Source) -> Finding:
    near = difflib.get_close_matches(name, source.columns, n=1, cutoff=0.5)
    hint = f', for example {{{name} = "{near[0]}"}}' if near else ""
    return _error(
        table,
        "missing_column",
        name,
        f"the file has no column {name!r}; it has {_listed(source.columns)};"
        f" map it in [tables.{table.name}] columns of regulars.toml{hint}",
    )


def _not_in_source(table: Table, ours: str, theirs: str, source: Source) -> Finding:
    return _error(
        table,
        "mapped_column_absent",
        ours,
        f"[tables.{table.name}] columns reads {ours!r} from {theirs!r}, which the file does not have;"
        f" it has {_listed(source.columns)}",
    )


def _not_in_contract(table: Table, ours: str) -> Finding:
    known = _listed([column.name for column in table.columns])
    mend = f"[tables.{table.name}] columns maps {ours!r}, which the table does not have; it has {known}"
    return _error(table, "unknown_column", ours, mend)


def _extra(table: Table, rest: list[str]) -> Finding:
    mend = f"ignored: {_listed(rest)}; map those that the contract knows in [tables.{table.name}] columns"
    return Finding("extra_columns", "columns", "recommendation", mend, table.name)


def _listed(names: object) -> str:
    every = list(names) if isinstance(names, (list, dict, tuple)) else [str(names)]
    return ", ".join(every[:20]) + (", ..." if len(every) > 20 else "") if every else "none"


def reading_sql(plan: Plan, settings: SourceSettings, as_of: str | None, *, suppressing: bool) -> str:
    """SQL of the canonical rows with `__position`, `__reason` (NULL if usable) and `__hash`.

    Args:
        plan: the table.
        settings: zone and minor digits.
        as_of: an SQL timestamp with zone; later rows get the reason `after_as_of`, except those of `NEVER_AFTER`.
            Order lines are judged by `ingested_at` too; a row of another table that became known later does not
            count at `as_of`, and stays. None judges no row.
        suppressing: a table `suppressed(customer_id)` exists and is to be applied.
    """
    values = [_outer_value(column, suppressing=suppressing) for column in plan.columns]
    names = ", ".join(identifier(column.name) for column in plan.columns)
    return (
        f"SELECT {POSITION}, {', '.join(values)}, {_reason(plan, settings, as_of, suppressing)} AS {REASON},"
        f" hash({names}) AS {ROW_HASH} FROM ({_inner_sql(plan, settings)})"
    )


def comparable_sql(plan: Plan, settings: SourceSettings, names: tuple[str, ...]) -> str:
    """SQL of some columns with `__position`, unjudged: equal where the canonical values are equal."""
    parts = [POSITION]
    for name in names:
        column, source, kind = _origin(plan, name)
        value = comparable(column, source, kind, settings.timezone, settings.minor_digits)
        parts.append(f"{source if name in plan.plain else value} AS {identifier(name)}")
    return f"SELECT {', '.join(parts)} FROM ({plan.source.relation})"


def _inner_sql(plan: Plan, settings: SourceSettings) -> str:
    parts = [POSITION, *([BROKEN] if plan.source.has_broken else [])]
    for name in plan.source_names:
        column, source, _ = _origin(plan, name)
        value = _read(plan, name, source, settings).value
        parts += [f"{value} AS {identifier(name)}", f"{source} AS {_raw(column)}"]
    return f"SELECT {', '.join(parts)} FROM ({plan.source.relation})"


def _origin(plan: Plan, name: str) -> tuple[Column, str, str]:
    """A column with its quoted name and its type in the source."""
    source = plan.source_names[name]
    column = next(column for column in plan.columns if column.name == name)
    return column, identifier(source), plan.source.columns[source]


def _read(plan: Plan, name: str, source: str, settings: SourceSettings) -> Cast:
    """How a column is read from an SQL value of its type in the source."""
    column, _, kind = _origin(plan, name)
    if name in plan.plain:
        return Cast(source, f"{source} IS NOT NULL")
    return cast(column, source, kind, settings.timezone, settings.minor_digits)


def _raw(column: Column) -> str:
    """The column as the source has it; whether it holds anything is asked only where nothing could be read."""
    return identifier(f"__raw_{column.name}")


def _outer_value(column: Column, *, suppressing: bool) -> str:
    name = identifier(column.name)
    if suppressing and column.person and column.name != "customer_id":
        return f"CASE WHEN {_is_suppressed(name)} THEN NULL ELSE {name} END AS {name}"
    return name


def _is_suppressed(name: str) -> str:
    return f"{name} IN (SELECT customer_id FROM suppressed)"


def _reason(plan: Plan, settings: SourceSettings, as_of: str | None, suppressing: bool) -> str:
    cases = []
    if plan.source.has_broken:
        cases.append(f"WHEN {BROKEN} THEN 'broken_line'")
    if suppressing and "customer_id" in plan.people:
        cases.append(f"WHEN {_is_suppressed('customer_id')} THEN 'suppressed'")
    for column in plan.columns:
        cases += _unusable(column, _read(plan, column.name, _raw(column), settings).there)
    times = [name for name in _judged_times(plan.table) if name in plan.source_names]
    if as_of is not None and times:
        cases.append(f"WHEN greatest({', '.join(times)}) > {as_of} THEN 'after_as_of'")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _judged_times(table: Table) -> tuple[str, ...]:
    if table.event_time is None or table.name in NEVER_AFTER:
        return ()
    return (table.event_time, "ingested_at") if table.name == ORDER_LINES.name else (table.event_time,)


def _unusable(column: Column, there: str) -> list[str]:
    name, cases = identifier(column.name), []
    if column.kind != "text" or column.values:
        word = "unknown" if column.values else "unreadable"
        cases.append(f"WHEN {name} IS NULL AND {there} THEN {literal(f'{word}_{column.name}')}")
    if column.filled:
        cases.append(f"WHEN {name} IS NULL THEN {literal(f'missing_{column.name}')}")
    return cases
