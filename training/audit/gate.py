"""The gate before the registry: a score that is too good, or one feature as good as the model, stops training."""

from __future__ import annotations

from features.settings import Settings
from training.audit.suspect import (
    Alone,
    Suspect,
    alone_across_customers,
    alone_later,
    plain_score,
    score_of,
    suspect_of,
)
from training.cutoffs import CutoffPlan
from training.evaluation import Judgement
from training.rows import TrainingRows


def alone(rows: TrainingRows, plan: CutoffPlan, labels: int, seed: int) -> list[Alone]:
    """How good each feature is alone on the rows that judge the model, strongest first."""
    if plan.by_customer:
        return alone_across_customers(rows, labels, seed=seed)
    return alone_later(rows.at(plan.train), rows.at(plan.test), labels, seed=seed)


def refuse_implausible(
    judgement: Judgement, rows: TrainingRows, plan: CutoffPlan, settings: Settings, accepted: str | None
) -> Suspect | None:
    """The feature that alone explains the score, where it was accepted; None where there is none.

    Raises:
        ValueError: the score is above the limit, or one feature as good as the full model, and no reason was given.
    """
    limit, auroc = settings.training.max_plausible_auroc, score_of(judgement)[0]
    strengths = alone(rows, plan, len(judgement.labels), settings.training.seed)
    suspect = suspect_of(judgement, strengths)
    if accepted or (auroc <= limit and suspect is None):
        return suspect
    good = (
        f"AUROC {auroc:.3f} is above {limit}" if auroc > limit else "one feature is as good as the full model"
    )
    who = (
        f"probably {suspect.alone.feature} knows the future: {suspect}"
        if suspect is not None
        else "probably a feature knows the future; the strongest: "
        f"{Suspect(strengths[0], (), auroc, plain_score(judgement, strengths))}"
    )
    raise ValueError(
        f"{good}: {who}. Look for columns that are filled in after the fact (regulars audit); if the score is "
        "right, give the reason with --accept-score"
    )
