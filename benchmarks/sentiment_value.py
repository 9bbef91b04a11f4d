"""What sentiment and service features add to churn on a simulated shop, beside what its truth would add.

    python -m benchmarks.sentiment_value [--customers 6000] [--quick]

Four models of one task on the same rows, judged on later cutoffs: without the tables in which customers speak
(`without`); with contacts and answers, but nobody reading the texts (`service`); with the texts as the sentiment task
reads them (`sentiment`); with the polarity and aspects that the simulator meant (`oracle`). Differences carry a 95 %
interval of a bootstrap over customers.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.figures import Benchmark, table
from datasets.simulator import simulate
from features.catalogue import available
from features.feeders.embedded import Feeder
from features.kernel.declare import Feature
from features.sentiment.filling import fill
from features.sentiment.tables import WITH_TEXTS, filled_tables
from features.sentiment.timeline import Timeline
from features.sentiment.written import read_written
from features.settings import ConsentSettings, Settings, SourceSettings
from features.tables.report import load_report
from features.tables.validate import validate
from features.workspace import Workspace
from training import metrics
from training.cutoffs import CutoffPlan, plan_cutoffs
from training.evaluation import judge_later
from training.fit import fit_model, folds_by_time
from training.rows import TrainingRows, training_rows
from training.tasks import Churn

TASK = Churn(horizon_days=56, active_days=90)
MONTHS = 20
DRAWS = 500
SPOKEN = ("interactions", "feedback")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentiment_value")
    parser.add_argument("--customers", type=int, default=6000)
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    options = parser.parse_args()
    customers = 1500 if options.quick else options.customers
    benchmark = Benchmark(
        "sentiment_value", {"customers": customers, "months": MONTHS, "quick": options.quick}
    )
    with TemporaryDirectory(prefix="regulars-benchmark-") as name:
        workspace, settings = make_shop(Path(name), customers)
        scores = measure(workspace, settings, benchmark)
    rows = [[name, f"{benchmark.figures[f'{name}_auroc']:.4f}"] for name in scores]
    print(table(["", "AUROC"], rows))
    print(benchmark.line())


def make_shop(folder: Path, customers: int) -> tuple[Workspace, Settings]:
    """Validated tables of a simulated shop, its texts judged, and its truth in `folder/truth`."""
    simulate(folder / "shop", folder / "truth", customers=customers, months=MONTHS, seed=1)
    settings = Settings(
        root=folder,
        source=SourceSettings(path=folder / "shop"),
        consent=ConsentSettings(basis="public_data"),
    )
    workspace = Workspace(folder)
    validate(settings, workspace).raise_for_errors()
    written = read_written(workspace.tables)
    fill(workspace, written, Timeline.fit(written), "benchmark", load_report(workspace.tables).fingerprint)
    return workspace, settings


def measure(workspace: Workspace, settings: Settings, benchmark: Benchmark) -> dict[str, NDArray[np.float64]]:
    """Note every figure; return the probabilities of each model."""
    report = load_report(workspace.tables)
    if report.as_of is None or report.first_order is None:
        raise ValueError("the simulated shop has no orders")
    plan = plan_cutoffs(report.first_order, report.as_of, TASK.horizon_days, every_days=28, most=12)
    filled = filled_tables(workspace, report.fingerprint)
    scores: dict[str, NDArray[np.float64]] = {}
    for name, instead in (
        ("without", {}),
        ("service", {}),
        ("sentiment", filled),
        ("oracle", true_tables(workspace, filled)),
    ):
        with Feeder(workspace.tables, settings=settings.features, instead=instead) as feeder:
            features = [
                feature
                for feature in available(feeder.present)
                if name != "without" or feature.stream.name not in SPOKEN
            ]
            rows = build(feeder, features, plan)
        outcome, customer, scores[name] = judged(rows, plan, settings)
        benchmark.figures[f"{name}_auroc"] = metrics.auroc(outcome, scores[name])
        benchmark.figures[f"{name}_features"] = len(features)
    benchmark.figures |= {"rows": len(outcome), "churn_share": float(outcome.mean())}
    for name, base in (
        ("service", "without"),
        ("sentiment", "service"),
        ("sentiment", "without"),
        ("oracle", "service"),
    ):
        low, high = interval(outcome, customer, scores[name], scores[base])
        benchmark.figures |= {
            f"{name}_over_{base}": benchmark.figures[f"{name}_auroc"] - benchmark.figures[f"{base}_auroc"],
            f"{name}_over_{base}_low": low,
            f"{name}_over_{base}_high": high,
        }
    return scores


def build(feeder: Feeder, features: list[Feature], plan: CutoffPlan) -> TrainingRows:
    """Features and outcomes at every cutoff of the plan."""
    return training_rows(TASK, feeder, features, plan.all)


def judged(
    rows: TrainingRows, plan: CutoffPlan, settings: Settings
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.float64]]:
    """Outcome, customer and probability of every test row."""
    train, test = rows.at(plan.train), rows.at(plan.test)
    folds = folds_by_time(train, TASK.horizon_days)
    model = fit_model(TASK, train, folds, seed=settings.training.seed, threads=1)
    judgement = judge_later(TASK, model, train, test)
    return judgement.outcome, judgement.customer_ids, judgement.probability[:, 1]


def true_tables(workspace: Workspace, filled: dict[str, Path]) -> dict[str, Path]:
    """The filled tables with what the simulator meant in the place of what was read."""
    truth = pq.read_table(workspace.root / "truth" / "texts.parquet")
    folder = workspace.root / "true_tables"
    folder.mkdir(exist_ok=True)
    found = {}
    for name in WITH_TEXTS:
        if name not in filled:
            continue
        own = truth.filter(pc.equal(truth["table"], name))
        rows = pq.read_table(filled[name])
        place = pc.index_in(rows[f"{name.removesuffix('s')}_id"], own["row_id"].combine_chunks())
        columns = {"polarity": own["polarity"].cast(pa.float64()), "aspects": own["aspect"].cast(pa.string())}
        for column, values in columns.items():
            rows = rows.set_column(rows.schema.get_field_index(column), column, values.take(place))
        found[name] = folder / f"{name}.parquet"
        pq.write_table(rows, found[name])
    return found


def interval(
    outcome: NDArray[np.int64],
    customer: NDArray[np.object_],
    one: NDArray[np.float64],
    other: NDArray[np.float64],
) -> tuple[float, float]:
    """95 % of a bootstrap over customers of the difference of two AUROCs."""
    random = np.random.default_rng(0)
    _, number = np.unique(customer.astype(str), return_inverse=True)
    rows_of = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    differences = []
    for _ in range(DRAWS):
        drawn = np.concatenate([rows_of[each] for each in random.integers(0, len(rows_of), len(rows_of))])
        differences.append(
            metrics.auroc(outcome[drawn], one[drawn]) - metrics.auroc(outcome[drawn], other[drawn])
        )
    low, high = np.quantile(differences, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
