"""What a retailer sends: the files of one table and the settings, to which a damage is done."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from features.contract import ORDER_LINES, Column, Table
from tests.broken.good import ROWS, Row, arrow_table, csv_text, good_rows, parquet_bytes

Outcome = Literal["harmless", "said", "either"]
"""Of a damage: every row is used; or a finding or an error says so; or one of the two."""

DAMAGED = 5
"""The row that is damaged where only one is."""


class Delivery:
    """The folder with the table, on its way.

    Attributes:
        folder: the source folder.
        table: the declaration of the damaged table.
        rows: its rows, written as CSV where the damage writes no file of its own.
        sections: sections of the settings.
        rows_in: how many rows have to be counted; None where that is open.
        touched: how many of them the damage touches; no other may be lost.
    """

    def __init__(self, folder: Path, table: Table) -> None:
        self.folder = folder
        self.table = table
        self.rows: list[Row] = good_rows(table)
        self.sections: dict[str, Any] = {}
        self.rows_in: int | None = ROWS
        self.touched = ROWS
        self.sent = False

    @property
    def text(self) -> str:
        """The rows as CSV."""
        return csv_text(self.rows)

    @property
    def arrow(self) -> Any:
        """The rows as an Arrow table."""
        return arrow_table(self.table, self.rows)

    def put(self, name: str, content: bytes | str) -> Path:
        """Write a file `<table><name>`; a name that begins with `/` lies in the folder of the table."""
        self.sent = True
        path = self.folder / (self.table.name + name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, content: bytes | str, rows_in: int | None = None) -> None:
        """Write the CSV file as it is given."""
        self.put(".csv", content)
        self.rows_in = rows_in

    def parquet(self, content: Any, rows_in: int | None = ROWS) -> None:
        """Write the Parquet file, from its bytes or an Arrow table."""
        self.put(".parquet", content if isinstance(content, bytes) else parquet_bytes(content))
        self.rows_in = rows_in

    def edit(self, column: str, value: str) -> None:
        """Change one value of one row."""
        self.rows[DAMAGED][column] = value
        self.touched = 1

    def edit_all(self, column: str, *values: str) -> None:
        """Change a column, the values in turn."""
        for number, row in enumerate(self.rows):
            row[column] = values[number % len(values)]

    def setting(self, **values: Any) -> None:
        """Set `[source]`."""
        self.sections["source"] = self.sections.get("source", {}) | values

    def table_setting(self, **values: Any) -> None:
        """Set `[tables.X]`."""
        self.sections["tables"] = {self.table.name: values}

    def text_column(self) -> str:
        """A column that takes any text; where there is none, the last that holds ids."""
        free = [column.name for column in self.table.columns if column.kind == "text" and not column.values]
        return (free or [column.name for column in self.table.columns if column.kind == "id"])[-1]


Act = Callable[[Delivery], None]


@dataclass(frozen=True)
class Damage:
    """One kind of damage.

    Attributes:
        name: what is wrong, as words.
        outcome: what has to come of it.
        act: does it.
        column: the column of which one value is damaged, or empty.
        reads: in plain notation what that value says; it may be refused, and not read as anything else.
        always: it is tried on every table that it fits, not on some of them.
    """

    name: str
    outcome: Outcome
    act: Act
    column: str = ""
    reads: str = ""
    always: bool = False


def kind_in(kinds: list[Damage], outcome: Outcome) -> Callable[[Act], Act]:
    """Enter a function into a list of damages under its name."""

    def enter(act: Act) -> Act:
        kinds.append(Damage(act.__name__, outcome, act))
        return act

    return enter


def deliver(damage: Damage | None, folder: Path, table: Table) -> Delivery:
    """Empty the folder, write the damaged table and, beside it, good order lines."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if table is not ORDER_LINES:
        (folder / "order_lines.parquet").write_bytes(_companion())
    delivery = Delivery(folder, table)
    if damage is not None:
        damage.act(delivery)
    if not delivery.sent:
        delivery.put(".csv", delivery.text)
    return delivery


@cache
def _companion() -> bytes:
    names = [*ORDER_LINES.required, "line_id"]
    return parquet_bytes(arrow_table(ORDER_LINES, good_rows(ORDER_LINES)).select(names))


def digest(delivery: Delivery) -> str:
    """A sha256 over everything that was sent, settings included."""
    found = hashlib.sha256(repr(delivery.sections).encode())
    for path in sorted(_everything(delivery.folder)):
        found.update(f"{path.relative_to(delivery.folder)} {path.is_dir()} {path.is_symlink()}".encode())
        found.update(str(path.readlink()).encode() if path.is_symlink() else b"")
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def _everything(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _everything(path)


def columns_of(table: Table) -> dict[str, Column]:
    """One column for each kind of column, if possible of the key or required; `enum` is a text of set values."""
    found: dict[str, Column] = {}
    for column in sorted(table.columns, key=lambda one: (one.name != table.key[0], not one.required)):
        found.setdefault("enum" if column.values else column.kind, column)
    return found
