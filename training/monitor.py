"""Is the champion still what it was? Features and scores beside those of training, and outcomes once they mature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
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
from training import metrics
from training.job import Progress, available_features, silent, span
from training.registry import CHAMPION, Registry
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.tasks import Churn
from training.within import days_to_next_order

Floats = npt.NDArray[np.float64]
State = Literal["ok", "watch", "retrain"]
ORDER: tuple[State, ...] = ("ok", "watch", "retrain")
SHOWN = 5
TOP_SHARE = 0.1
_CHANCE = 2.0
"""Standard errors within which a distance counts as chance."""


@dataclass(frozen=True)
class Scored:
    """A list that was served: who was scored at a cutoff, and how probable leaving was, (rows,)."""

    name: str
    cutoff: datetime
    customer_ids: npt.NDArray[np.object_]
    probability: Floats


@dataclass(frozen=True)
class Realised:
    """What became of a list: how many were expected to leave and how many did.

    Attributes:
        top: the same of the tenth that was most at risk.
    """

    name: str
    cutoff: str
    customers: int
    expected_share: float
    left_share: float
    top_expected_share: float
    top_left_share: float
    auroc: float | None


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
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        now = feature_matrix(
            feeder,
            [*available_features(feeder), *_orders_of(model)],
            [as_of],
            progress=lambda done, total: tell(f"{task}: features", done, total),
        )
        now = now.where(profiling_permit(settings, workspace)(now.customer_ids))
        now = now.where(_population(model, now))
        findings = [*_drift(model, now, as_of, settings.monitor)]
        if task == Churn.name:
            findings.append(_outcomes(feeder, served, model.horizon_days, as_of, settings.monitor))
    return Monitoring(task, model.version, as_of.isoformat(), tuple(findings))


def realised(feeder: Feeder, served: Scored, horizon_days: int) -> Realised:
    """What became of a list.

    Args:
        feeder: of tables that reach a horizon beyond its cutoff.
    """
    left = left_after(feeder, served, horizon_days)
    top = np.argsort(-served.probability, kind="stable")[: max(1, int(TOP_SHARE * len(left)))]
    both = len(np.unique(left)) == 2
    return Realised(
        served.name,
        served.cutoff.isoformat(),
        len(left),
        float(served.probability.mean()),
        float(left.mean()),
        float(served.probability[top].mean()),
        float(left[top].mean()),
        metrics.auroc(left, served.probability) if both else None,
    )


def left_after(feeder: Feeder, served: Scored, horizon_days: int) -> npt.NDArray[np.int64]:
    """1 for each customer of a list who placed no order within the horizon, (rows,)."""
    cutoff = np.datetime64(served.cutoff.astimezone(UTC).replace(tzinfo=None), "us")
    cutoffs = np.full(len(served.customer_ids), cutoff)
    matrix = FeatureMatrix(served.customer_ids, cutoffs, (), np.empty((len(cutoffs), 0), np.float32))
    days = days_to_next_order(feeder, TrainingRows(matrix, np.zeros(len(cutoffs), np.int64)))
    return (days >= horizon_days).astype(np.int64)


def _orders_of(model: Model) -> list[Feature]:
    """What the population of the loyalty type is found by, where the catalogue has it not anyway."""
    if model.task == Churn.name:
        return []
    asked = FEATURES["order_count_30d"].over(model.horizon_days)
    return [] if asked.name in FEATURES else [asked]


def _population(model: Model, now: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """Who would have been in its training, had this been a cutoff of it."""
    if model.task == Churn.name:
        return np.asarray(now.column("days_since_last_order") <= model.metadata["active_days"])
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
    return [_features(stability, limits), _missing(gone, limits), _of_score(score, limits)]


def _features(stability: Mapping[str, float], limits: MonitorSettings) -> Finding:
    worst = sorted(stability, key=lambda name: -stability[name])[:SHOWN]
    share = float(np.mean([value >= limits.drift for value in stability.values()]))
    state: State = "retrain" if share >= limits.drifted_share else "watch" if share > 0 else "ok"
    said = (
        f"{share:.0%} of {len(stability)} features have drifted (index of {limits.drift:g} or more); most: "
        f"{worst[0]} {stability[worst[0]]:.2f}"
    )
    return Finding(
        "features", state, said, {"share": share, "most": {name: stability[name] for name in worst}}
    )


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
    feeder: Feeder, served: Scored | None, horizon_days: int, as_of: datetime, limits: MonitorSettings
) -> Finding:
    if served is None or served.cutoff + timedelta(days=horizon_days) > as_of:
        said = f"no list that was served is {horizon_days} days old yet, so none of its outcomes are known"
        return Finding("outcomes", "ok", said, {})
    found = realised(feeder, served, horizon_days)
    distance = found.left_share - found.expected_share
    p = served.probability
    chance = _CHANCE * float(np.sqrt((p * (1 - p)).sum())) / len(p)
    off = abs(distance) > chance
    state: State = "retrain" if off and abs(distance) >= limits.calibration else "watch" if off else "ok"
    said = (
        f"of the {found.customers:,} customers scored on {served.cutoff:%Y-%m-%d} {found.left_share:.1%} left, "
        f"{found.expected_share:.1%} were expected to; of the tenth most at risk {found.top_left_share:.1%} left, "
        f"{found.top_expected_share:.1%} were expected to"
    )
    return Finding("outcomes", state, said, asdict(found))
