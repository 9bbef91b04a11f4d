from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.settings import Settings
from features.tables.report import Report, TableCounts
from features.workspace import Workspace
from training.readiness.assess import Readiness, assess
from training.readiness.lines import Lines, open_lines

FIRST = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
INSTANT = pa.timestamp("us", "UTC")
TYPES = {
    "ordered_at": INSTANT,
    "ingested_at": INSTANT,
    "amount": pa.int64(),
    "list_amount": pa.int64(),
    "quantity": pa.float64(),
    "is_private_label": pa.bool_(),
    "customer_id": pa.string(),
    "store_id": pa.string(),
}


class Tables:
    """Validated tables of a test, written column by column; `day` counts from FIRST and may be a fraction."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root / "workspace")
        self.workspace.tables.mkdir(parents=True)
        self.settings = Settings(consent={"basis": "contract"})
        self.as_of = FIRST
        self.rows: dict[str, int] = {}
        self.guests = 0

    def order_lines(self, day: Any, **columns: Any) -> "Tables":
        days = np.asarray(day, float)
        columns = {"order_id": range(len(days)), "customer_id": "c", "amount": 1000} | columns
        columns = {name: _column(value, len(days)) for name, value in columns.items()}
        columns["order_id"] = [f"o{one}" for one in columns["order_id"]]
        columns["line_id"] = [str(number) for number in range(len(days))]
        columns["ordered_at"] = [FIRST + timedelta(days=one) for one in days.tolist()]
        self.guests = sum(one is None for one in columns["customer_id"])
        self.as_of = FIRST + timedelta(days=int(days.max()) + 1) if len(days) else FIRST
        return self.write("order_lines", **columns)

    def write(self, name: str, **columns: Any) -> "Tables":
        arrays = {key: pa.array(value, TYPES.get(key)) for key, value in columns.items()}
        table = pa.table(arrays)
        pq.write_table(table, self.workspace.tables / f"{name}.parquet")
        self.rows[name] = table.num_rows
        return self

    def report(self) -> Report:
        counts = {
            name: TableCounts(rows, rows, 0, self.guests * (name == "order_lines"))
            for name, rows in self.rows.items()
        }
        return Report((), counts, self.as_of, "configuration", FIRST, self.as_of)

    def assess(self, **sections: Any) -> Readiness:
        settings = Settings(**({"consent": {"basis": "contract"}} | sections))
        return assess(settings, self.workspace, self.report())


def _column(value: Any, rows: int) -> list[Any]:
    if isinstance(value, str | int | float) or value is None:
        return [value] * rows
    return list(value.tolist() if isinstance(value, np.ndarray) else value)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path)


@pytest.fixture
def opened() -> Iterator[Callable[[Tables], Lines]]:
    """Open tables; closed when the test ends."""
    with ExitStack() as stack:
        yield lambda tables: stack.enter_context(open_lines(tables.settings, tables.workspace))


@pytest.fixture
def shop_lines(shop: SimpleNamespace) -> Iterator[Lines]:
    with open_lines(shop.settings, shop.workspace) as lines:
        yield lines


@pytest.fixture(scope="session")
def shop_report(shop: SimpleNamespace) -> Report:
    from features.tables.report import load_report

    return load_report(shop.workspace.tables)


@pytest.fixture(scope="session")
def readiness(shop: SimpleNamespace, shop_report: Report) -> Readiness:
    """Of the small shop."""
    return assess(shop.settings, shop.workspace, shop_report)
