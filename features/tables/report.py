"""What validation found: findings, counts of each table, the clock, a fingerprint of the used data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

State = Literal["error", "warning", "recommendation"]

FILE_NAME = "report.json"
HEADER = ("state", "table", "column", "finding", "rows", "examples", "mend")


@dataclass(frozen=True)
class Finding:
    """One thing that validation found.

    Attributes:
        name: what it is, `snake_case`, stable.
        step: where it was found: locate, columns, rows, clock, history or consent.
        state: an error stops the run, a warning touches rows, a recommendation touches none.
        table: the table, empty where the finding is about all of them.
        column: the column, or empty.
        rows: rows touched.
        examples: at most three values as they came; none from free text.
        mend: what would mend it.
    """

    name: str
    step: str
    state: State
    mend: str
    table: str = ""
    column: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"table {self.table!r}" if self.table else ""
        where += f", column {self.column!r}" if self.column else ""
        return f"{where}: {self.name}: {self.mend}".removeprefix(": ")


@dataclass(frozen=True)
class TableCounts:
    """Rows of one table; `rows_in == rows_used + rows_quarantined`, guests are among the used."""

    rows_in: int
    rows_used: int
    rows_quarantined: int
    guests: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The outcome of `validate`.

    Attributes:
        findings: errors first, then warnings, then recommendations.
        tables: counts of each table that was read.
        as_of: the end of the extract, an instant; None where it could not be told.
        as_of_from: configuration, ingested_at, daily_lines or last_line.
        first_order, last_order: instants of the first and the last used order line.
        fingerprint: sha256 over the used rows, whatever their order, as 64 hexadecimal digits. The same data
            give the same fingerprint under one release of DuckDB, whose row hash it sums.
    """

    findings: tuple[Finding, ...]
    tables: dict[str, TableCounts]
    as_of: datetime | None = None
    as_of_from: str = ""
    first_order: datetime | None = None
    last_order: datetime | None = None
    fingerprint: str = ""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the run."""
        return tuple(finding for finding in self.findings if finding.state == "error")

    def raise_for_errors(self) -> None:
        """Stop where validation found an error.

        Raises:
            ValueError: naming every error and what would mend it.
        """
        if self.errors:
            raise ValueError("the tables cannot be used: " + "; ".join(str(error) for error in self.errors))

    def to_json(self) -> str:
        """The report as a JSON object, times in ISO 8601."""
        return json.dumps(asdict(self), indent=1, default=_as_text, ensure_ascii=False)

    def to_table(self) -> list[tuple[str, ...]]:
        """The findings as rows of text under `HEADER`, for a reader."""
        return [
            (f.state, f.table, f.column, f.name, f"{f.rows:,}", ", ".join(f.examples), f.mend)
            for f in self.findings
        ]

    def save(self, folder: Path) -> None:
        """Write `report.json` into a folder."""
        (folder / FILE_NAME).write_text(self.to_json() + "\n", encoding="utf-8")


def load_report(folder: Path) -> Report:
    """Read the report that was saved beside the validated tables.

    Raises:
        FileNotFoundError: the folder holds no report.
    """
    file = folder / FILE_NAME
    if not file.is_file():
        raise FileNotFoundError(f"no {FILE_NAME} in {folder}; make it with: regulars validate")
    data = json.loads(file.read_text(encoding="utf-8"))
    for name in ("as_of", "first_order", "last_order"):
        data[name] = None if data[name] is None else datetime.fromisoformat(data[name])
    data["findings"] = tuple(Finding(**_tupled(finding)) for finding in data["findings"])
    data["tables"] = {name: TableCounts(**counts) for name, counts in data["tables"].items()}
    return Report(**data)


def _tupled(finding: dict[str, Any]) -> dict[str, Any]:
    return {**finding, "examples": tuple(finding["examples"])}


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a report holds no {type(value).__name__}")
