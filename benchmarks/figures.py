"""How every benchmark reports: a readable table, then one JSON object on the last line."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from features.settings import ConsentSettings, Settings, SourceSettings, TableSettings
from features.tables.validate import validate
from features.workspace import Workspace

LIBRARIES = ("duckdb", "lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn")


@dataclass
class Benchmark:
    """Figures of one run, and what could not be measured."""

    name: str
    settings: dict[str, object] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def line(self) -> str:
        """The JSON object that programs read."""
        document: dict[str, object] = {
            "benchmark": self.name,
            "figures": {name: round(float(value), 6) for name, value in self.figures.items()},
            "settings": self.settings,
            "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
            "seconds": round(time.monotonic() - self.started, 1),
        }
        if self.skipped:
            document["skipped"] = self.skipped
        return json.dumps(document)


def arguments(name: str, datasets: Sequence[str]) -> argparse.Namespace:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--dataset", choices=datasets, default=datasets[0])
    parser.add_argument(
        "--data", type=Path, default=Path(), metavar="DIR", help="folder of data sets that are no package"
    )
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    return parser.parse_args()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text under a header."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in (header, *rows)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def comparison(figures: Mapping[str, float], keys: Sequence[str], names: Sequence[str]) -> str:
    """One row for the model and for each baseline; figures of a baseline carry its name as prefix."""
    rows = [
        [name, *(f"{figures[('' if name == 'model' else name + '_') + key]:.4f}" for key in keys)]
        for name in ("model", *names)
    ]
    return table(["", *keys], rows)


def cpu_seconds() -> float:
    """User and system time of this process and its ended children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@contextmanager
def complete_journey() -> Iterator[tuple[Settings, Workspace]]:
    """The Complete Journey panel, validated, in a workspace that is gone afterwards."""
    from datasets import complete_journey

    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        root = Path(name)
        complete_journey.export(root / "data")
        yield _validated(root, SourceSettings(path=root / "data", currency=complete_journey.CURRENCY), {})


@contextmanager
def online_retail(data: Path) -> Iterator[tuple[Settings, Workspace]]:
    """Online Retail II, validated, in a workspace that is gone afterwards.

    Args:
        data: folder that holds `online_retail_ii.parquet`.

    Raises:
        FileNotFoundError: the file is not there.
    """
    file = data / "online_retail_ii.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"no {file.name} in {data.resolve()}; name its folder with --data")
    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        root = Path(name)
        (root / "data").mkdir()
        (root / "data" / "order_lines.parquet").symlink_to(file.resolve())
        lines = TableSettings(
            computed={"amount": "Quantity * UnitPrice"},
            columns={
                "order_id": "basket_key",
                "customer_id": "CustomerID",
                "ordered_at": "InvoiceDate",
                "product_id": "Description",
                "quantity": "Quantity",
            },
        )
        source = SourceSettings(path=root / "data", currency="GBP")
        yield _validated(root, source, {"order_lines": lines})


def _validated(
    root: Path, source: SourceSettings, tables: dict[str, TableSettings]
) -> tuple[Settings, Workspace]:
    basis = ConsentSettings(basis="public_data")
    settings = Settings(root=root, source=source, tables=tables, consent=basis)
    workspace = Workspace(root / "workspace")
    validate(settings, workspace).raise_for_errors()
    return settings, workspace
