"""The training job of recommendations: validated tables in, a judged challenger in the registry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from features.pairs.purchases import read_purchases
from features.permission import profiling_permit
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.recommender import Recommender
from training.cutoffs import training_cutoffs
from training.ranking import PLACES
from training.recommendation import PARTS, RecommendationJudgement, fit_recommender, judge_recommender
from training.registry import CHALLENGER, CHAMPION, Registered, Registry

Progress = Callable[[str, int, int], None]
RECOMMENDATION = Recommender.task
HORIZON_DAYS = 28
HISTORY_DAYS = 84
"""What a training cutoff has before it at least: with less, nobody has a rhythm."""
MOST_CUTOFFS = 5


@dataclass(frozen=True)
class TrainedRecommender:
    """A recommender in the registry, and how it was judged."""

    registered: Registered
    model: Recommender
    judgement: RecommendationJudgement
    champion: bool

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs."""
        return {
            "task": RECOMMENDATION,
            "version": self.registered.version,
            "run_id": self.registered.run_id,
            "alias": CHAMPION if self.champion else CHALLENGER,
            "horizon_days": self.model.horizon_days,
            "verdict": self.judgement.verdict,
            "design": design(self.model),
            "figures": self.judgement.figures,
        }


def train_recommendation(
    settings: Settings, workspace: Workspace, *, progress: Progress | None = None
) -> TrainedRecommender:
    """Fit a recommender of products, judge it on the latest horizon, and register it as challenger.

    In an empty registry it becomes champion, if its lists are better than those of the simple rules. Customers who
    are suppressed or refuse profiling are in no row.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: too little history, or the order lines do not say which products were bought.
    """
    tell = progress or (lambda *_: None)
    report = load_report(workspace.tables)
    if report.as_of is None or report.first_order is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    train, test = recommendation_cutoffs(report.first_order, report.as_of)
    level = "product"
    purchases = read_purchases(workspace.tables, level)
    allowed = profiling_permit(settings, workspace)(purchases.customer_ids)
    purchases = purchases.where(allowed[purchases.customer])
    seed, threads = settings.training.seed, settings.training.threads
    model = fit_recommender(
        purchases,
        train,
        level,
        HORIZON_DAYS,
        seed=seed,
        threads=threads,
        progress=lambda done: tell("recommendation: candidates", done, len(train)),
    )
    tell("recommendation: judging", 0, 1)
    judgement = judge_recommender(model, purchases, test)
    facts = {
        "task": RECOMMENDATION,
        "level": level,
        "horizon_days": HORIZON_DAYS,
        "train_cutoffs": len(train),
        "first_cutoff": train[0].isoformat(),
        "last_cutoff": train[-1].isoformat(),
        "test_cutoff": test.isoformat(),
        "as_of": report.as_of.isoformat(),
        "fingerprint": report.fingerprint,
        "seed": seed,
    }
    model = replace(model, metadata=facts | {"figures": judgement.figures})
    tell("recommendation: registering", 0, 1)
    return _register(model, judgement, facts, workspace)


def recommendation_cutoffs(first: datetime, as_of: datetime) -> tuple[tuple[datetime, ...], datetime]:
    """Training cutoffs, ascending, one horizon apart, and the test cutoff: the latest whose horizon has ended.

    Raises:
        ValueError: there is no cutoff to train on.
    """
    test = as_of - timedelta(days=HORIZON_DAYS)
    laid = training_cutoffs(first, test, HORIZON_DAYS, every_days=HORIZON_DAYS, most=MOST_CUTOFFS)
    train = tuple(cutoff for cutoff in laid if cutoff - first >= timedelta(days=HISTORY_DAYS))
    if not train:
        needed = HISTORY_DAYS + 2 * HORIZON_DAYS
        raise ValueError(
            f"recommendations need {needed} days of history, there are {(as_of - first).days}; bring more"
        )
    return train, test


def design(model: Recommender) -> str:
    """How the model was judged, in words."""
    return (
        f"{model.metadata['train_cutoffs']} training cutoffs, tested on {model.horizon_days} days after them"
    )


def _register(
    model: Recommender, judgement: RecommendationJudgement, facts: dict[str, Any], workspace: Workspace
) -> TrainedRecommender:
    registry = Registry(workspace)
    registered = registry.record(
        model,
        parameters=facts,
        figures=judgement.figures,
        plots={},
        card=card(model, judgement, facts),
        gates={"gate_beats_baselines": str(judgement.beats_baselines).lower()},
    )
    first = registry.version_of(RECOMMENDATION, CHAMPION) is None and judgement.beats_baselines
    if first:
        registry.set_alias(RECOMMENDATION, CHAMPION, registered.version)
    return TrainedRecommender(
        registered, replace(model, version=registered.version), judgement, champion=first
    )


def metric_names(judgement: RecommendationJudgement) -> list[str]:
    """Figures that are shown, without the prefix of a baseline; of the parts that could be judged."""
    return [
        f"{part}_{key}{PLACES}" for part in PARTS if part in judgement.rankings for key in ("recall", "ndcg")
    ]


def card(model: Recommender, judgement: RecommendationJudgement, facts: dict[str, Any]) -> str:
    """The model card, Markdown."""
    keys = metric_names(judgement)
    lines = [f"| | {' | '.join(keys)} |", f"|---|{'---|' * len(keys)}"]
    for name in ("", *(f"{name}_" for name in judgement.baselines)):
        label = name.removesuffix("_") or "model"
        lines.append(f"| {label} | {' | '.join(f'{judgement.figures[name + key]:.3f}' for key in keys)} |")
    settings = "\n".join(f"- {key}: {value}" for key, value in facts.items())
    return (
        f"# {RECOMMENDATION}\n\n{judgement.verdict[0].upper()}{judgement.verdict[1:]}.\n\n"
        f"Judged on {int(judgement.figures['all_customers']):,} customers ({design(model)}).\n\n"
        + "\n".join(lines)
        + f"\n\n## Settings\n\n{settings}\n"
    )
