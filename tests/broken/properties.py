"""What holds of every validation, whatever was sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import TABLES, Table
from features.settings import Settings
from features.tables.report import Finding, Report, TableCounts
from features.tables.validate import validate
from features.workspace import Workspace
from tests.broken.delivery import Damage, Delivery, deliver
from tests.broken.good import PRIVATE, ROWS

LONGEST_MESSAGE = 800
INTERNALS = re.compile(
    r"INTERNAL|Traceback|stack trace|0x[0-9a-f]{8}|\w(Error|Exception)\(|<class |\bobject at\b"
)
"""What tells of the inside of a program, and nothing to a retailer."""

_PLACES = ("source.", "[source]", "settings", "memory_limit", "time_formats", "regulars.toml", "encoding")
_TYPES = {
    "id": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "money": pa.int64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "list": pa.string(),
}

Snapshot = dict[str, bytes]


@dataclass
class Outcome:
    """What came of a damage: a report, or the message of an error."""

    delivery: Delivery
    workspace: Workspace
    before: Snapshot
    report: Report | None = None
    error: Exception | None = None

    @property
    def refused(self) -> bool:
        """Nothing was to be written."""
        return self.report is None or bool(self.report.errors)

    @property
    def counts(self) -> TableCounts | None:
        """Of the damaged table."""
        return self.report.tables.get(self.delivery.table.name) if self.report else None


class Bench:
    """A folder and a workspace in which one delivery after the other is validated."""

    def __init__(self, root: Path, table: Table) -> None:
        self.root = root
        self.table = table
        self.workspace = Workspace(root / "workspace")
        good = self.run(None)
        if good.report is None or good.refused:
            raise ValueError(f"the good {table.name} is refused: {good.error or good.report}")
        self.usual = {_place(finding) for finding in good.report.findings}

    def run(self, damage: Damage | None) -> Outcome:
        """Deliver and validate. What a bug might raise is kept, since the properties are to judge it."""
        delivery = deliver(damage, self.root / "data", self.table)
        outcome = Outcome(delivery, self.workspace, snapshot(self.workspace.tables))
        try:
            outcome.report = validate(self._settings(delivery), self.workspace)
        except Exception as error:
            outcome.error = error
        return outcome

    def problems(self, damage: Damage) -> list[str]:
        """Which properties the damage broke, a sentence each."""
        outcome = self.run(damage)
        return [f"{self.table.name}-{damage.name}: {problem}" for problem in self._broken(damage, outcome)]

    def _broken(self, damage: Damage, outcome: Outcome) -> Iterator[str]:
        yield from messages(outcome)
        yield from counts(outcome)
        yield from output(outcome)
        yield from privacy(outcome)
        if damage.outcome == "said":
            yield from said(outcome, self.usual)
        if damage.outcome == "harmless":
            yield from harmless(outcome)

    def _settings(self, delivery: Delivery) -> Settings:
        sections: dict[str, Any] = {"consent": {"basis": "contract"}} | delivery.sections
        sections["source"] = {"max_quarantined_share": 1} | sections.get("source", {})
        return Settings.model_validate({"root": self.root, **sections})


def snapshot(folder: Path) -> Snapshot:
    """Every file below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def messages(outcome: Outcome) -> Iterator[str]:
    """Every message is short, names a place and shows nothing of the inside."""
    if outcome.error is not None:
        if not isinstance(outcome.error, ValueError | OSError):
            yield f"raises {outcome.error!r:.300}"
        yield from _of_message(outcome, str(outcome.error), names_place=False)
    for finding in outcome.report.findings if outcome.report else ():
        yield from _of_message(outcome, finding.mend, names_place=bool(finding.table))


def _of_message(outcome: Outcome, text: str, *, names_place: bool) -> Iterator[str]:
    if not text.strip():
        yield "a message says nothing"
    if len(text) > LONGEST_MESSAGE:
        yield f"a message has {len(text)} characters: {text[:120]!r}"
    if found := INTERNALS.search(text):
        yield f"a message shows {found[0]!r}: {text[:300]!r}"
    if not names_place and not _names_a_place(text, outcome.delivery):
        yield f"a message names no table, file or setting: {text[:300]!r}"


def _names_a_place(text: str, delivery: Delivery) -> bool:
    files = [path.name for path in delivery.folder.iterdir()] if delivery.folder.is_dir() else []
    return any(name in text for name in (*TABLES, *files, *_PLACES))


def counts(outcome: Outcome) -> Iterator[str]:
    """Rows in are rows used and rows quarantined, each of them for a reason."""
    for name, found in (outcome.report.tables if outcome.report else {}).items():
        if found.rows_in != found.rows_used + found.rows_quarantined:
            yield f"{name}: {found.rows_in} in, {found.rows_used} used, {found.rows_quarantined} quarantined"
        if sum(found.reasons.values()) != found.rows_quarantined:
            yield f"{name}: {found.rows_quarantined} quarantined for {found.reasons}"
        if not outcome.refused:
            yield from _written(outcome.workspace.tables, TABLES[name], found)
    delivery, own = outcome.delivery, outcome.counts
    if own is not None and delivery.rows_in is not None and own.rows_in != delivery.rows_in:
        yield f"{own.rows_in} rows were counted, {delivery.rows_in} were sent"
    if own is not None and own.rows_used < min(ROWS, own.rows_in) - delivery.touched:
        yield f"{own.rows_used} rows are used, the damage touched {delivery.touched}: {own.reasons}"


def _written(folder: Path, table: Table, found: TableCounts) -> Iterator[str]:
    rows = pq.read_table(folder / f"{table.name}.parquet")
    if rows.num_rows != found.rows_used:
        yield f"{table.name}: {rows.num_rows} rows are written, {found.rows_used} are counted"
    yield from _shape(table, rows)
    quarantine = folder / "quarantine" / f"{table.name}.parquet"
    reasons = pq.read_table(quarantine).column("reason").to_pylist() if quarantine.exists() else []
    if Counter(reasons) != Counter(found.reasons):
        yield f"{table.name}: the quarantine holds {Counter(reasons)}, the report {found.reasons}"


def _shape(table: Table, rows: Any) -> Iterator[str]:
    if missing := {*table.required, *table.key[:1]} - {*rows.column_names}:
        yield f"{table.name}: {missing} is not written"
    declared = {column.name: column for column in table.columns}
    for name, kind in zip(rows.column_names, rows.schema.types, strict=True):
        column = declared.get(name)
        if kind != (_TYPES[column.kind] if column else pa.string()):
            yield f"{table.name}: {name} is written as {kind}"
        if column and column.filled and rows.column(name).null_count:
            yield f"{table.name}: {name} is written with empty values"
        if column and column.values and not _within(rows.column(name), column.values):
            yield f"{table.name}: {name} is written with other values than {column.values}"
    key = [name for name in table.key if name in rows.column_names]
    if rows.group_by(key).aggregate([]).num_rows != rows.num_rows:
        yield f"{table.name}: a key is written twice"


def _within(values: Any, allowed: tuple[str, ...]) -> bool:
    return set(pc.unique(values.drop_null()).to_pylist()) <= set(allowed)


def output(outcome: Outcome) -> Iterator[str]:
    """What was good stays in place after an error; nothing temporary ever stays."""
    if outcome.refused and snapshot(outcome.workspace.tables) != outcome.before:
        yield "the last good output was changed in spite of an error"
    left = {path.name for path in outcome.workspace.root.iterdir()} - {"tables", "extracts"}
    if left:
        yield f"the workspace keeps {left}"


def privacy(outcome: Outcome) -> Iterator[str]:
    """Nothing that a customer wrote is repeated."""
    said = outcome.report.to_json() if outcome.report else str(outcome.error)
    if PRIVATE in said:
        place = said.index(PRIVATE)
        yield f"free text is repeated: {said[max(0, place - 150) : place + 60]!r}"


def said(outcome: Outcome, usual: set[tuple[str, str, str]]) -> Iterator[str]:
    """An error, or a finding that the good tables do not have and that names the table."""
    if outcome.report is None or outcome.report.errors:
        return
    name = outcome.delivery.table.name
    new = [finding for finding in outcome.report.findings if _place(finding) not in usual]
    if not any(finding.table == name or name in finding.mend for finding in new):
        yield f"nothing is said; counts are {outcome.counts}"


def harmless(outcome: Outcome) -> Iterator[str]:
    """Every row is used."""
    if outcome.report is None:
        yield f"is refused: {str(outcome.error)[:300]}"
    elif outcome.report.errors:
        yield f"is refused: {'; '.join(map(str, outcome.report.errors))[:300]}"
    elif outcome.counts is None or outcome.counts.rows_used != ROWS:
        yield f"is not used whole: {outcome.counts}"


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.name, finding.table, finding.column
