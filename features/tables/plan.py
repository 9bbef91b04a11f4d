"""How a source becomes a table of the contract: which column is read as which, and the SQL that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from features.contract import CONSENTS, DECISIONS, OFFER_EVENTS_TABLE, ORDER_LINES, Column, Kind, Table
from features.settings import Settings, TableSettings
from features.tables.casting import Cast, cast, comparable, identifier, literal
from features.tables.computed import Expression, as_written, computed, number_columns
from features.tables.csv_file import BROKEN
from features.tables.formats import Format, format_of
from features.tables.matching import extra_finding, match_columns, may_be_attribute
from features.tables.report import Finding
from features.tables.source import POSITION, Source
from features.tables.times import check_time_formats

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
        source_names: the source's name of each of them; of a computed one, its expression.
        form: how its texts, times and amounts are written.
        computed: the columns that are computed from others.
        plain: columns of ids that are known to hold nothing that has to be read, see `is_plain`.
    """

    table: Table
    source: Source
    columns: tuple[Column, ...]
    source_names: dict[str, str]
    form: Format
    computed: dict[str, Expression] = field(default_factory=dict)
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
    def relation(self) -> str:
        """SQL of the rows of the source, with the numbers that columns are computed from."""
        parts = [part for expression in self.computed.values() for part in expression.parts]
        if not parts:
            return self.source.relation
        return (
            f"SELECT *{number_columns(parts, self.source.columns, self.form)} FROM ({self.source.relation})"
        )

    @property
    def text_ids(self) -> frozenset[str]:
        """The columns of ids that the source has as text."""
        ids = [column.name for column in self.columns if column.kind == "id"]
        return frozenset(name for name in ids if self.source.columns[self.source_names[name]] == "VARCHAR")

    @property
    def people(self) -> tuple[str, ...]:
        """The columns that name customers."""
        return tuple(column.name for column in self.columns if column.person)

    def column(self, name: str) -> Column:
        """The column of that name, free attributes too."""
        return next(column for column in self.columns if column.name == name)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the validated table."""
        fields = [(column.name, ARROW_TYPES[column.kind]) for column in self.columns]
        if self.is_positional and self.table.positional is not None:
            fields.append((self.table.positional, pa.string()))
        return pa.schema(fields)


def make_plan(table: Table, source: Source, settings: Settings) -> tuple[Plan | None, list[Finding]]:
    """Match the columns of a source with the contract; no plan where a required column is missing.

    Raises:
        FormatError: the time formats of the settings cannot be used.
    """
    form = format_of(settings, table.name)
    check_time_formats(form)
    section = settings.tables.get(table.name, TableSettings())
    names, computed, findings = match_columns(table, source, section)
    if any(finding.state == "error" for finding in findings):
        return None, findings
    columns = [column for column in table.columns if column.name in names]
    parts = [part for expression in computed.values() for part in expression.parts]
    taken = {name.lower() for name in (*names, *names.values(), *parts)}
    rest = [name for name in source.columns if name.lower() not in taken]
    if table.free_attributes:
        names |= {name: name for name in rest if may_be_attribute(table, name)}
        free = [name for name in names if may_be_attribute(table, name)]
        columns += [Column(name, "text", required=False, doc="A free attribute.") for name in free]
        rest = [name for name in rest if name not in names]
    if rest:
        findings.append(extra_finding(table, rest))
    return Plan(table, source, tuple(columns), names, form, computed), findings


def reading_sql(plan: Plan, as_of: str | None, *, suppressing: bool) -> str:
    """SQL of the canonical rows with `__position`, `__reason` (NULL if usable) and `__hash`.

    Args:
        plan: the table.
        as_of: an SQL timestamp with zone; later rows get the reason `after_as_of`, except those of `NEVER_AFTER`.
            Order lines are judged by `ingested_at` too; a row of another table that became known later does not
            count at `as_of`, and stays. None judges no row.
        suppressing: a table `suppressed(customer_id)` exists and is to be applied.
    """
    values = [_outer_value(column, suppressing=suppressing) for column in plan.columns]
    names = ", ".join(identifier(column.name) for column in plan.columns)
    return (
        f"SELECT {POSITION}, {', '.join(values)}, {_reason(plan, as_of, suppressing)} AS {REASON},"
        f" hash({names}) AS {ROW_HASH} FROM ({_inner_sql(plan)})"
    )


def comparable_sql(plan: Plan, names: tuple[str, ...]) -> str:
    """SQL of some columns with `__position`, unjudged: equal where the canonical values are equal."""
    parts = [POSITION]
    for name in names:
        if name in plan.plain or name in plan.computed:
            value = _read(plan, name, identifier(plan.source_names[name])).value
        else:
            value = comparable(*_origin(plan, name), plan.form)
        parts.append(f"{value} AS {identifier(name)}")
    return f"SELECT {', '.join(parts)} FROM ({plan.relation})"


def source_text(plan: Plan, name: str, shown: Callable[[str], str]) -> str:
    """SQL of a column of the contract as the source has it, of a computed one its parts, `12 / abc`.

    Args:
        plan: the table.
        name: the column of the contract.
        shown: SQL of a source column as text, by its name.
    """
    if name in plan.computed:
        expression = plan.computed[name]
        return as_written(expression, {part: shown(part) for part in expression.parts})
    return shown(plan.source_names[name])


def _inner_sql(plan: Plan) -> str:
    parts = [POSITION, *([BROKEN] if plan.source.has_broken else [])]
    for name in plan.source_names:
        source = identifier(plan.source_names[name])
        read = _read(plan, name, source)
        raw = read.there if name in plan.computed else source
        parts += [f"{read.value} AS {identifier(name)}", f"{raw} AS {_raw(name)}"]
    return f"SELECT {', '.join(parts)} FROM ({plan.relation})"


def _origin(plan: Plan, name: str) -> tuple[Column, str, str]:
    """A column with its quoted name and its type in the source."""
    source = plan.source_names[name]
    return plan.column(name), identifier(source), plan.source.columns[source]


def _read(plan: Plan, name: str, source: str) -> Cast:
    """How a column is read from an SQL value of its type in the source."""
    if name in plan.plain:
        return Cast(source, f"{source} IS NOT NULL")
    if name in plan.computed:
        return computed(plan.column(name), plan.computed[name], plan.source.columns, plan.form)
    column, _, kind = _origin(plan, name)
    return cast(column, source, kind, plan.form)


def _raw(name: str) -> str:
    """The column as the source has it; whether it holds anything is asked only where nothing could be read.

    Of a computed column it is whether it holds anything.
    """
    return identifier(f"__raw_{name}")


def _there(plan: Plan, name: str) -> str:
    return _raw(name) if name in plan.computed else _read(plan, name, _raw(name)).there


def _outer_value(column: Column, *, suppressing: bool) -> str:
    name = identifier(column.name)
    if suppressing and column.person and column.name != "customer_id":
        return f"CASE WHEN {_is_suppressed(name)} THEN NULL ELSE {name} END AS {name}"
    return name


def _is_suppressed(name: str) -> str:
    return f"{name} IN (SELECT customer_id FROM suppressed)"


def _reason(plan: Plan, as_of: str | None, suppressing: bool) -> str:
    cases = []
    if plan.source.has_broken:
        cases.append(f"WHEN {BROKEN} THEN 'broken_line'")
    if suppressing and "customer_id" in plan.people:
        cases.append(f"WHEN {_is_suppressed('customer_id')} THEN 'suppressed'")
    for column in plan.columns:
        cases += _unusable(plan, column)
    times = [name for name in _judged_times(plan.table) if name in plan.source_names]
    if as_of is not None and times:
        cases.append(f"WHEN greatest({', '.join(times)}) > {as_of} THEN 'after_as_of'")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _judged_times(table: Table) -> tuple[str, ...]:
    if table.event_time is None or table.name in NEVER_AFTER:
        return ()
    return (table.event_time, "ingested_at") if table.name == ORDER_LINES.name else (table.event_time,)


def _unusable(plan: Plan, column: Column) -> list[str]:
    name, cases = identifier(column.name), []
    if column.kind != "text" or column.values:
        word = "unknown" if column.values else "unreadable"
        there = _there(plan, column.name)
        cases.append(f"WHEN {name} IS NULL AND {there} THEN {literal(f'{word}_{column.name}')}")
    if column.filled or column.filled_for:
        needed = f" AND {_there(plan, column.filled_for)}" if column.filled_for else ""
        cases.append(f"WHEN {name} IS NULL{needed} THEN {literal(f'missing_{column.name}')}")
    return cases
