"""Is the champion still what it was? Features and scores beside those of training, and outcomes once they mature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, feature_matrix, open_feeder
from features.kernel.declare import Feature
from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import MonitorSettings, Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from models.histograms import SCORE, Histogram, ranking_score
from models.population import CONTRACTUAL, in_population
from training import metrics
from training.bootstrap import interval
from training.job import Progress, available_features, silent, span
from training.realised import Scored, realised
from training.registry import CHAMPION, Registry
from training.sentiment import fill_sentiment
from training.tasks import Churn
from training.unseen import NothingUnseen, Unseen, predicted, unseen
from training.weighted import weighted_auroc, weighted_macro_auroc

Floats = npt.NDArray[np.float64]
State = Literal["ok", "watch", "retrain"]
ORDER: tuple[State, ...] = ("ok", "watch", "retrain")
SHOWN = 5
_CHANCE = 2.0
"""Standard errors within which a distance counts as chance."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    said: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Monitoring:
    """What was found of a champion; its state is the worst of its findings."""

    task: str
    version: str
    cutoff: str
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The verdict."""
        return max((finding.state for finding in self.findings), key=ORDER.index)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "task": self.task,
            "version": self.version,
            "cutoff": self.cutoff,
            "verdict": self.state,
            "findings": [asdict(finding) for finding in self.findings],
        }


def monitor(
    task: str,
    settings: Settings,
    workspace: Workspace,
    *,
    served: Scored | None = None,
    progress: Progress | None = None,
) -> Monitoring:
    """Look at the champion of churn or of the loyalty type on the validated tables.

    Args:
        served: the newest list whose outcomes are known by now; for churn.

    Raises:
        LookupError: there is no champion.
        ValueError: it was trained by an earlier release, without histograms.
    """
    tell = progress or silent
    model = Model.load(Registry(workspace).fetch(task, CHAMPION))
    if "histograms" not in model.metadata:
        raise ValueError(f"{task} {model.version} holds no histograms; run: regulars train {task}")
    as_of, _ = span(load_report(workspace.tables))
    permit, limits = profiling_permit(settings, workspace), settings.monitor
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        now = feature_matrix(
            feeder,
            [*available_features(feeder), *_orders_of(model)],
            [as_of],
            progress=lambda done, total: tell(f"{task}: features", done, total),
        )
        now = now.where(permit(now.customer_ids))
        now = now.where(_population(model, now))
        findings = [*_drift(model, now, as_of, limits)]
        if task == Churn.name and model.metadata.get("kind") != CONTRACTUAL:
            allowed = None if served is None else served.where(permit(served.customer_ids))
            findings.append(_outcomes(feeder, allowed, model, as_of, limits))
    newest = unseen((model,), settings, workspace, tell, most_cutoffs=1)
    findings += _accuracy(model, newest, limits)
    return Monitoring(task, model.version, as_of.isoformat(), tuple(findings))


def _orders_of(model: Model) -> list[Feature]:
    """What the population of the loyalty type is found by, where the catalogue has it not anyway."""
    if model.task == Churn.name:
        return []
    asked = FEATURES["order_count_30d"].over(model.horizon_days)
    return [] if asked.name in FEATURES else [asked]


def _population(model: Model, now: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """Who would have been in its training, had this been a cutoff of it."""
    if model.task == Churn.name:
        return in_population(model.metadata, now.column)
    orders = now.column(f"order_count_{model.horizon_days}d")
    return np.asarray(orders >= model.metadata["min_past_orders"])


def _drift(model: Model, now: FeatureMatrix, at: datetime, limits: MonitorSettings) -> list[Finding]:
    known: Mapping[str, Any] = model.metadata["histograms"]
    values = now.select(model.features)
    then = {name: Histogram.from_json(known[name]) for name in (*model.features, SCORE)}
    stability = {name: then[name].stability(values[:, place]) for place, name in enumerate(model.features)}
    gone = {
        name: float(np.isnan(values[:, place]).mean()) - then[name].missing
        for place, name in enumerate(model.features)
    }
    score = then[SCORE].stability(ranking_score(model.at(at), values))
    weights = _weights(model)
    return [_features(stability, weights, limits), _missing(gone, limits), _of_score(score, limits)]


def _weights(model: Model) -> dict[str, float]:
    """How much of what the model tells apart rests on each feature; the weights add up to 1."""
    gain = model.booster.feature_importance("gain")
    weights = gain / max(gain.sum(), 1e-12)
    if model.linear is not None:
        slopes = np.abs(np.array(model.linear.coefficients))
        share = model.linear.share
        weights = (1 - share) * weights + share * slopes / max(slopes.sum(), 1e-12)
    return dict(zip(model.features, weights.tolist(), strict=True))


def _features(
    stability: Mapping[str, float], weights: Mapping[str, float], limits: MonitorSettings
) -> Finding:
    """How much of the model rests on features that moved: some always do, since every shop grows older."""
    drifted = [name for name, index in stability.items() if index >= limits.drift]
    share = sum(weights[name] for name in drifted)
    state: State = (
        "retrain" if share >= limits.drifted_share else "watch" if share >= limits.watch_share else "ok"
    )
    worst = sorted(stability, key=lambda name: (-weights[name] * stability[name], name))[:SHOWN]
    said = (
        f"{len(drifted)} of {len(stability)} features have drifted (index of {limits.drift:g} or more), and "
        f"{share:.0%} of the model rests on them; first: {worst[0]} {stability[worst[0]]:.2f}"
    )
    details = {"share": share, "drifted": len(drifted), "most": {name: stability[name] for name in worst}}
    return Finding("features", state, said, details)


def _missing(gone: Mapping[str, float], limits: MonitorSettings) -> Finding:
    worst = max(gone, key=lambda name: gone[name])
    state: State = "watch" if gone[worst] >= limits.watch else "ok"
    said = f"{worst} is missing in {gone[worst]:+.0%} more rows than in training"
    return Finding("missing_values", state, said, {"feature": worst, "more": gone[worst]})


def _of_score(score: float, limits: MonitorSettings) -> Finding:
    state: State = "retrain" if score >= limits.drift else "watch" if score >= limits.watch else "ok"
    said = f"scores have a stability index of {score:.3f} beside those of training"
    return Finding(SCORE, state, said, {"stability": score})


def _outcomes(
    feeder: Feeder, served: Scored | None, model: Model, as_of: datetime, limits: MonitorSettings
) -> Finding:
    horizon_days = model.horizon_days
    if served is None or not len(served.customer_ids) or served.cutoff + timedelta(days=horizon_days) > as_of:
        said = f"no list that was served is {horizon_days} days old yet, so none of its outcomes are known"
        return Finding("outcomes", "ok", said, {})
    found = realised(feeder, served, horizon_days)
    distance = found.left_share - found.expected_share
    p = served.probability
    chance = _CHANCE * float(np.sqrt((p * (1 - p)).sum())) / len(p)
    off, own = abs(distance) > chance, served.model == model.version
    state: State = (
        "retrain" if off and own and abs(distance) >= limits.calibration else "watch" if off else "ok"
    )
    maker = "" if own else f" by version {served.model}, which is not the champion any more,"
    said = (
        f"of the {found.customers:,} customers scored{maker} on {served.cutoff:%Y-%m-%d} {found.left_share:.1%} "
        f"left, {found.expected_share:.1%} were expected to; of the tenth most at risk {found.top_left_share:.1%} "
        f"left, {found.top_expected_share:.1%} were expected to"
    )
    return Finding("outcomes", state, said, asdict(found) | {"model": served.model})


def _accuracy(model: Model, found: Unseen | NothingUnseen, limits: MonitorSettings) -> list[Finding]:
    """Ranking and calibration on the newest outcomes that the model was not fitted on, beside those of its test."""
    if isinstance(found, NothingUnseen):
        said = f"no outcome is known that the model was not fitted on; the first will be in {found.wait_days} days"
        return [Finding("accuracy", "ok", said, {"rows": 0})]
    rows = found.rows
    if len(np.unique(rows.labels)) < len(model.labels):
        said = f"{len(rows)} customers have a new outcome, too few to have every one of {', '.join(model.labels)}"
        return [Finding("accuracy", "ok", said, {"rows": len(rows)})]
    probability = predicted(model, rows, model.labels)
    binary = len(model.labels) == 2
    key, metric = ("auroc", weighted_auroc) if binary else ("macro_auroc", weighted_macro_auroc)
    plain = probability[:, 1] if binary else probability
    now = interval(metric, rows.matrix.customer_ids, rows.labels, plain)
    tested = model.metadata["figures"][key]
    lost = tested - now.high
    at = np.datetime_as_string(rows.matrix.cutoffs.max(), "D")
    state: State = "retrain" if lost >= limits.auroc_lost else "watch" if lost > 0 else "ok"
    said = (
        f"AUROC {now.estimate:.3f} ({now.low:.3f} to {now.high:.3f}) for {len(rows):,} customers at {at}; "
        f"{tested:.3f} when it was tested"
    )
    details = {"rows": len(rows), "auroc": now.estimate, "low": now.low, "high": now.high, "tested": tested}
    return [Finding("accuracy", state, said, details), _calibrated(rows.labels, plain, limits)]


def _calibrated(labels: npt.NDArray[np.int64], probability: Floats, limits: MonitorSettings) -> Finding:
    excess = metrics.calibration_excess(labels, probability)
    state: State = (
        "retrain" if excess >= limits.calibration else "watch" if excess >= limits.calibration / 2 else "ok"
    )
    said = f"calibration error beyond chance {excess:.4f} on those outcomes; {limits.calibration:g} asks for training"
    return Finding("calibration", state, said, {"excess": excess})
