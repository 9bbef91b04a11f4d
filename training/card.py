"""The model card: what was trained on what, how good it is, and what a simple rule would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from models.artifact import Model
from models.importance import importance
from training import plots
from training.evaluation import Judgement
from training.tasks import Churn

IMPORTANCE_ROWS = 2_000


def draw_plots(model: Model, judgement: Judgement) -> dict[str, Figure]:
    """The plots of a run by file name."""
    churn = judgement.labels == Churn.labels
    drawn = _churn_plots(judgement) if churn else _type_plots(judgement)
    found = importance(model, judgement.values[:IMPORTANCE_ROWS])
    drawn["importance.png"] = plots.feature_importance(list(found.drivers), found.overall)
    return drawn


def _churn_plots(judgement: Judgement) -> dict[str, Figure]:
    scores = {"model": judgement.probability[:, 1]}
    scores |= {name: probability[:, 1] for name, probability in judgement.baselines.items()}
    return {
        "reliability.png": plots.reliability_diagram(judgement.outcome, judgement.probability[:, 1]),
        "lift.png": plots.gains_chart(judgement.outcome, scores),
        "confusion.png": plots.confusion_matrix(
            judgement.outcome,
            _as_many_as_churned(judgement),
            judgement.labels,
            title="Contacting as many as will leave: who is hit, who is missed?",
        ),
    }


def _as_many_as_churned(judgement: Judgement) -> Any:
    """Call churned the likeliest, as many as really churned: at 0.5 hardly anyone would be."""
    p = judgement.probability[:, 1]
    chosen = np.zeros(len(p), np.int64)
    chosen[np.argsort(-p, kind="stable")[: int(judgement.outcome.sum())]] = 1
    return chosen


def _type_plots(judgement: Judgement) -> dict[str, Figure]:
    drawn = {
        "confusion.png": plots.confusion_matrix(
            judgement.outcome, judgement.probability.argmax(axis=1), judgement.labels
        )
    }
    for index, label in enumerate(judgement.labels):
        hit = (judgement.outcome == index).astype(np.int64)
        drawn[f"reliability_{label}.png"] = plots.reliability_diagram(
            hit, judgement.probability[:, index], title=f"Are the probabilities of {label} true?", event=label
        )
    return drawn


def write_card(model: Model, judgement: Judgement, parameters: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    names = ["model", *judgement.baselines]
    keys = ["auroc", "average_precision", "brier", "log_loss", "lift_at_10pct"]
    if len(model.labels) > 2:
        keys = ["macro_auroc", "log_loss", "macro_f1"]
    figures = judgement.figures
    lines = [f"| | {' | '.join(keys)} |", f"|---|{'---|' * len(keys)}"]
    for name in names:
        prefix = "" if name == "model" else f"{name}_"
        lines.append(f"| {name} | {' | '.join(f'{figures[prefix + key]:.3f}' for key in keys)} |")
    settings = "\n".join(f"- {key}: {value}" for key, value in parameters.items())
    return (
        f"# {model.task}\n\n{judgement.verdict[0].upper()}{judgement.verdict[1:]}.\n\n"
        f"Judged on {len(judgement.outcome):,} rows ({judgement.design}).\n\n"
        + "\n".join(lines)
        + f"\n\nCalibration error {figures['calibration_error']:.4f}, "
        f"beyond chance {figures['calibration_excess']:.4f}.\n\n## Settings\n\n{settings}\n"
    )
