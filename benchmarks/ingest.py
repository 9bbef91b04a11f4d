"""What validation costs beside a plain scan of the same files, and how much memory it takes.

    python -m benchmarks.ingest --size 10m

The order lines are those of a simulated shop: fifteen columns, ids as text, amounts as floating point, times with
zone, guests, returns and late rows. A plain scan reads every column of the Parquet file into Arrow batches, by
pyarrow (`scan_cpu`) and by DuckDB (`duckdb_scan_cpu`), and keeps nothing. Validation reads the same file, judges
every value, looks for repeated keys and writes the validated table. A tenth of the lines is then read as CSV, beside
DuckDB's plain reading of it as text.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq

from benchmarks.figures import Benchmark, table
from benchmarks.usage import Usage, measured
from datasets.simulator import simulate
from features.settings import ConsentSettings, Settings, SourceSettings
from features.tables.report import load_report
from features.tables.validate import validate
from features.workspace import Workspace

SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000, "50m": 50_000_000}
LINES_PER_CUSTOMER = 130
"""Fewer than the simulated customers have in MONTHS, so that there are enough to cut the table at its size."""

MONTHS = 24
BATCH = 1 << 19
PASSES = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest")
    parser.add_argument("--size", choices=SIZES, default="10m", help="order lines")
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    options = parser.parse_args()
    size = "100k" if options.quick else options.size
    benchmark = Benchmark("ingest", {"size": size, "quick": options.quick, "months": MONTHS, "seed": 1})
    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        rows = make_lines(Path(name), SIZES[size])
        measure(Path(name), rows, benchmark)
    print(benchmark.line())


def make_lines(folder: Path, size: int) -> int:
    """Write `parquet/order_lines.parquet` of exactly `size` lines and a tenth of it as `csv/order_lines.csv`."""
    customers = math.ceil(size / LINES_PER_CUSTOMER / 1000) * 1000
    simulate(folder / "shop", None, customers=customers, months=MONTHS, seed=1)
    for form in ("parquet", "csv"):
        (folder / form).mkdir()
    made = f"SELECT * FROM read_parquet('{folder / 'shop' / 'order_lines.parquet'}')"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({made} LIMIT {size}) TO '{_parquet(folder)}' (FORMAT parquet)")
        connection.execute(f"COPY ({made} LIMIT {size // 10}) TO '{_csv(folder)}' (FORMAT csv)")
    return int(pq.ParquetFile(_parquet(folder)).metadata.num_rows)


def measure(folder: Path, rows: int, benchmark: Benchmark) -> None:
    """Note every figure and print the table; scans and validations take turns, and the median counts."""
    work = {
        "scan": scan,
        "duckdb_scan": duckdb_scan,
        "validate": validate_parquet,
        "csv_scan": csv_scan,
        "csv_validate": validate_csv,
    }
    found: dict[str, list[Usage]] = {name: [] for name in work}
    for _ in range(PASSES):
        for name, function in work.items():
            found[name].append(measured(function, folder))
    typical = {name: _typical(usages) for name, usages in found.items()}
    used = load_report(folder / "workspace-parquet" / "tables").tables["order_lines"].rows_used
    benchmark.figures |= {f"{name}_cpu": usage.cpu for name, usage in typical.items()} | {
        "rows": rows,
        "rows_used": used,
        "rows_per_s": rows / typical["validate"].wall_s,
        "rows_per_cpu_s": rows / typical["validate"].cpu,
        "csv_rows_per_cpu_s": rows // 10 / typical["csv_validate"].cpu,
        "peak_mb": typical["validate"].peak_mb,
        "csv_peak_mb": typical["csv_validate"].peak_mb,
        "times_scan": typical["validate"].cpu / typical["scan"].cpu,
        "times_duckdb_scan": typical["validate"].cpu / typical["duckdb_scan"].cpu,
        "validate_wall_s": typical["validate"].wall_s,
    }
    print(_shown(typical))


def _typical(usages: list[Usage]) -> Usage:
    """The median of each time, the largest memory."""
    return Usage(
        median(usage.cpu for usage in usages),
        median(usage.wall_s for usage in usages),
        max(usage.peak_mb for usage in usages),
    )


def _shown(typical: dict[str, Usage]) -> str:
    rows = [
        [name, f"{usage.cpu:.2f}", f"{usage.wall_s:.2f}", f"{usage.peak_mb:.0f}"]
        for name, usage in typical.items()
    ]
    return table(["", "CPU s", "wall s", "peak MB"], rows)


def scan(folder: Path) -> None:
    """Every column into Arrow batches, by pyarrow on one thread."""
    for _ in pq.ParquetFile(_parquet(folder)).iter_batches(BATCH, use_threads=False):
        pass


def duckdb_scan(folder: Path) -> None:
    """Every column into Arrow batches, by DuckDB."""
    _read(f"SELECT * FROM read_parquet('{_parquet(folder)}')")


def csv_scan(folder: Path) -> None:
    """Every column of the CSV file as text into Arrow batches, by DuckDB."""
    _read(f"SELECT * FROM read_csv('{_csv(folder)}', all_varchar = true)")


def _read(query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for _ in connection.sql(query).to_arrow_reader(BATCH):
            pass


def validate_parquet(folder: Path) -> None:
    """`regulars validate` on the Parquet file."""
    _validate(folder, "parquet")


def validate_csv(folder: Path) -> None:
    """`regulars validate` on the CSV file."""
    _validate(folder, "csv")


def _validate(folder: Path, form: str) -> None:
    settings = Settings(
        root=folder,
        source=SourceSettings(path=folder / form),
        consent=ConsentSettings(basis="public_data"),
    )
    validate(settings, Workspace(folder / f"workspace-{form}")).raise_for_errors()


def _parquet(folder: Path) -> Path:
    return folder / "parquet" / "order_lines.parquet"


def _csv(folder: Path) -> Path:
    return folder / "csv" / "order_lines.csv"


if __name__ == "__main__":
    main()
