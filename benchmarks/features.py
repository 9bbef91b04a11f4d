"""What features cost beside a plain scan, and beside the same columns made by hand in other tools.

    python -m benchmarks.features --size 10m [--chart FILE]

The tables are those of a simulated shop: 24 months, all streams, rows that become known days late. A scan reads the
columns of the order lines that features read, and keeps nothing. Everything else goes from Parquet to Parquet, in a
process of its own: ours with 1 and with 12 monthly cutoffs; DuckDB SQL, polars and pandas with one, each written by
hand for these columns alone and compared with ours value by value. `build` is the order-line catalogue without what
needs reference tables, on lines as if none had come late; `late` counts them as they became known; `full` adds the
reference tables. Sizes above 10m leave the other tools out and measure 10m beside themselves.
"""

from __future__ import annotations

import argparse
import importlib
import math
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow.parquet as pq

from benchmarks.features_chart import draw_chart
from benchmarks.figures import Benchmark, table
from benchmarks.peers.compare import mismatches
from benchmarks.usage import Usage, measured
from datasets.simulator import simulate
from features.catalogue import FEATURES, LEADING, available, columns_read
from features.feeders.embedded import NUMBER, Feeder, build_features
from features.feeders.history import History, HistoryWriter
from features.feeders.live import LiveFeatures
from features.feeders.writing import write_features
from features.kernel.declare import Feature
from features.settings import ConsentSettings, Settings, SourceSettings
from features.tables.validate import validate
from features.workspace import Workspace

SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000, "50m": 50_000_000}
LINES_PER_CUSTOMER = 130
"""Fewer than the simulated customers have in MONTHS, so that there are enough to cut the table at its size."""

MONTHS = 24
CUTOFFS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]
LARGE = ("scan", "build12", "full12")
"""What is measured of sizes at which everything would take hours."""
PEERS = ("duckdb_sql", "polars_lazy", "pandas_frame")
LIVE_EVENTS = 1_000
LIVE_UPDATES = 200
BATCH = 1 << 19


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features")
    parser.add_argument("--size", choices=SIZES, default="1m", help="order lines")
    parser.add_argument("--chart", type=Path, help="PNG to draw")
    parser.add_argument("--passes", type=int, default=1, help="the median of so many counts")
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    options = parser.parse_args()
    size = "100k" if options.quick else options.size
    benchmark = Benchmark("features", {"size": size, "quick": options.quick, "months": MONTHS, "seed": 1})
    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        folder = Path(name)
        make_tables(folder, SIZES[size])
        measure(folder, benchmark, options.passes, with_peers=SIZES[size] <= SIZES["10m"])
        if SIZES[size] > SIZES["10m"]:
            compare_with_10m(folder, benchmark, options.passes)
    if options.chart:
        draw_chart(benchmark.figures, options.chart)
    print(benchmark.line())


def make_tables(folder: Path, size: int) -> None:
    """Validated tables of a simulated shop in `folder/tables`, with exactly `size` order lines before validation."""
    shop = folder / "shop"
    customers = math.ceil(size / LINES_PER_CUSTOMER / 1000) * 1000
    simulate(shop, None, customers=customers, months=MONTHS, seed=1)
    lines, cut = shop / "order_lines.parquet", shop / "cut.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet('{lines}') LIMIT {size}) TO '{cut}' (FORMAT parquet)")
    cut.replace(lines)
    settings = Settings(
        root=folder, source=SourceSettings(path=shop), consent=ConsentSettings(basis="public_data")
    )
    validate(settings, Workspace(folder)).raise_for_errors()
    shutil.rmtree(shop)


def measure(folder: Path, benchmark: Benchmark, passes: int, *, with_peers: bool) -> None:
    """Note every figure of one size and print the table."""
    work: dict[str, Callable[[Path], object]] = {
        "scan": scan,
        "sort": sort,
        "kernel": kernel,
        "build1": build1,
        "build12": build12,
        "late1": late1,
        "late12": late12,
        "full1": full1,
        "full12": full12,
        "streams12": streams12,
    }
    if with_peers:
        work |= {name: PEER_WORK[name] for name in PEERS}
    else:
        work = {name: function for name, function in work.items() if name in LARGE}
    found: dict[str, list[Usage]] = {name: [] for name in work}
    for _ in range(passes):
        for name, function in work.items():
            found[name].append(measured(function, folder))
    typical = {name: _typical(usages) for name, usages in found.items()}
    benchmark.figures |= _figures(folder, typical)
    if with_peers:
        benchmark.figures |= _compared(folder)
        benchmark.figures |= live_figures(folder)
        _measure_spark(folder, benchmark)
    print(_shown(typical))


def _figures(folder: Path, typical: dict[str, Usage]) -> dict[str, float]:
    cpu = {name: usage.cpu for name, usage in typical.items()}
    figures = {f"{name}_cpu": seconds for name, seconds in cpu.items()}
    figures |= {f"{name}_peak_mb": usage.peak_mb for name, usage in typical.items()}
    figures |= {f"{name}_wall_s": usage.wall_s for name, usage in typical.items()}
    for name in ("polars_lazy", "pandas_frame"):
        if name in cpu:
            figures[f"{name.split('_')[0]}_cpu"] = figures.pop(f"{name}_cpu")
    figures |= {
        "rows": pq.read_metadata(folder / "tables" / "order_lines.parquet").num_rows,
        "output_rows": pq.read_metadata(_out(folder, "full12")).num_rows,
        "columns": len(of_orders(referring=False)),
        "full_columns": len(of_orders(referring=True)),
        "times_scan": cpu["build12"] / cpu["scan"],
        "full_times_scan": cpu["full12"] / cpu["scan"],
    }
    if "kernel" in cpu:
        figures |= {
            "streams_columns": pq.read_metadata(_out(folder, "streams12")).num_columns - 2,
            "kernel_cpu": cpu["kernel"] - cpu["sort"],
            "write_cpu": cpu["build12"] - cpu["kernel"],
            "late_times_scan": (cpu["late12"] - cpu["build12"]) / cpu["scan"],
            "reference_times_scan": (cpu["full12"] - cpu["late12"]) / cpu["scan"],
            "twelve_over_one": cpu["build12"] / cpu["build1"],
        }
    for name in PEERS:
        if name in cpu:
            figures[f"late12_over_{name.split('_')[0]}"] = cpu["late12"] / cpu[name]
    return figures


def compare_with_10m(folder: Path, benchmark: Benchmark, passes: int) -> None:
    """How much more the present size costs than ten million lines of the same shop, in the same run."""
    smaller = folder / "smaller"
    smaller.mkdir()
    make_tables(smaller, SIZES["10m"])
    usage = _typical([measured(full12, smaller) for _ in range(passes)])
    benchmark.figures["full12_cpu_10m"] = usage.cpu
    benchmark.figures["times_10m"] = benchmark.figures["full12_cpu"] / usage.cpu


def _typical(usages: Sequence[Usage]) -> Usage:
    """The median of each time, the largest memory."""
    return Usage(
        median(usage.cpu for usage in usages),
        median(usage.wall_s for usage in usages),
        max(usage.peak_mb for usage in usages),
    )


def _shown(typical: dict[str, Usage]) -> str:
    scanned = typical["scan"].cpu
    rows = [
        [name, f"{u.cpu:.2f}", f"{u.cpu / scanned:.1f}", f"{u.wall_s:.2f}", f"{u.peak_mb:.0f}"]
        for name, u in typical.items()
    ]
    return table(["", "CPU s", "times scan", "wall s", "peak MB"], rows)


# --- the work, each in a process of its own --------------------------------------------------------------------


def of_orders(*, referring: bool) -> tuple[Feature, ...]:
    """The features of order lines; with or without those that look product types up in reference tables."""
    looked_up = {"excess_discount_depth", "price_rank", "excess_private_label_share"}
    return tuple(
        feature
        for feature in FEATURES.values()
        if feature.stream is LEADING
        and (referring or feature.name.removesuffix(f"_{feature.days}d") not in looked_up)
    )


def scan(folder: Path) -> None:
    """The columns that features read of order lines into Arrow batches, by DuckDB."""
    columns = ", ".join(sorted({"customer_id", *columns_read(of_orders(referring=False))["order_lines"]}))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        file = folder / "tables" / "order_lines.parquet"
        for _ in connection.sql(f"SELECT {columns} FROM read_parquet('{file}')").to_arrow_reader(BATCH):
            pass


def sort(folder: Path) -> None:
    """Order lines sorted and cut into chunks of whole customers."""
    with Feeder(folder / "tables") as feeder:
        for _ in feeder.chunks(of_orders(referring=False), hindsight=True):
            pass


def kernel(folder: Path) -> None:
    """The same, and features of twelve cutoffs, not written."""
    with Feeder(folder / "tables") as feeder:
        for _ in build_features(feeder, of_orders(referring=False), CUTOFFS, hindsight=True):
            pass


def _build(folder: Path, name: str, count: int, *, referring: bool = False, late: bool = True) -> None:
    with Feeder(folder / "tables") as feeder:
        features = of_orders(referring=referring)
        write_features(feeder, features, CUTOFFS[-count:], _out(folder, name), hindsight=not late)


def build1(folder: Path) -> None:
    """One cutoff, no late rows, no reference tables."""
    _build(folder, "build1", 1, late=False)


def build12(folder: Path) -> None:
    """Twelve cutoffs, no late rows, no reference tables."""
    _build(folder, "build12", 12, late=False)


def late1(folder: Path) -> None:
    """One cutoff, rows counted as they became known."""
    _build(folder, "late1", 1)


def late12(folder: Path) -> None:
    """Twelve cutoffs, rows counted as they became known."""
    _build(folder, "late12", 12)


def full1(folder: Path) -> None:
    """One cutoff, with reference tables too."""
    _build(folder, "full1", 1, referring=True)


def full12(folder: Path) -> None:
    """Twelve cutoffs, with reference tables too."""
    _build(folder, "full12", 12, referring=True)


def streams12(folder: Path) -> None:
    """Twelve cutoffs of every stream."""
    with Feeder(folder / "tables") as feeder:
        write_features(feeder, available(feeder.present), CUTOFFS, _out(folder, "streams12"))


def duckdb_sql(folder: Path) -> None:
    """One cutoff by DuckDB SQL."""
    _by_peer(folder, "duckdb_sql")


def polars_lazy(folder: Path) -> None:
    """One cutoff by polars."""
    _by_peer(folder, "polars_lazy")


def pandas_frame(folder: Path) -> None:
    """One cutoff by pandas."""
    _by_peer(folder, "pandas_frame")


PEER_WORK: dict[str, Callable[[Path], object]] = {
    "duckdb_sql": duckdb_sql,
    "polars_lazy": polars_lazy,
    "pandas_frame": pandas_frame,
}


def _by_peer(folder: Path, name: str) -> None:
    peer = importlib.import_module(f"benchmarks.peers.{name}")
    peer.build(folder / "tables", CUTOFFS[-1], _out(folder, name))


def _out(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


# --- equality, one customer, a cluster -------------------------------------------------------------------------


def _compared(folder: Path) -> dict[str, float]:
    compared = differing = 0
    for name in PEERS:
        values, wrong = mismatches(_out(folder, "late1"), _out(folder, name))
        compared, differing = compared + values, differing + wrong
    return {"values_compared": compared, "mismatches": differing}


def live_figures(folder: Path) -> dict[str, float]:
    """Milliseconds of an update of a customer with about 1,000 events, one of them new."""
    figures = {}
    with Feeder(folder / "tables") as feeder:
        for label, features in (
            ("live_update", of_orders(referring=True)),
            ("live_all_streams", available(feeder.present)),
        ):
            where = folder / label
            with HistoryWriter(where, None, NUMBER) as writer:
                for chunk in feeder.chunks(features):
                    writer.add(chunk)
            times = _update_times(
                LiveFeatures(features, History(where), feeder.reference(features)), History(where)
            )
            figures[f"{label}_ms"] = float(np.median(times)) * 1000
            figures[f"{label}_p99_ms"] = float(np.quantile(times, 0.99)) * 1000
    return figures


def _update_times(live: LiveFeatures, history: History) -> list[float]:
    """Seconds of each update, customers in turn."""
    chosen = history.nearest(LIVE_EVENTS, 20)
    times = []
    for number in range(LIVE_UPDATES):
        at = CUTOFFS[-1] + timedelta(days=31, minutes=number)
        event = {"order_id": f"new{number}", "line_id": "1", "ordered_at": at - timedelta(minutes=1)}
        event |= {"amount": 1999, "product_id": "P0001", "quantity": 1.0, "ingested_at": event["ordered_at"]}
        start = time.perf_counter()
        live.update(chosen[number % len(chosen)], {"order_lines": [event]}, at)
        times.append(time.perf_counter() - start)
    return times


def _measure_spark(folder: Path, benchmark: Benchmark) -> None:
    try:
        from benchmarks.features_spark import spark_figures
    except ImportError as error:
        benchmark.skipped["spark_wall_s"] = benchmark.skipped["spark_mismatches"] = str(error)
        return
    benchmark.figures |= spark_figures(folder, CUTOFFS[-1], of_orders(referring=True), _out(folder, "full1"))


if __name__ == "__main__":
    main()
