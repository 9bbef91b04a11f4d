"""Whether a challenger may take the champion's place: evidence on outcomes that neither of them has seen.

Rows are those of cutoffs at or after the end of both models' training and calibration labels; with the same tables
for both that is the cutoff that tested them. The challenger has to be not inferior: the lower 95 % bound of its lead
in AUROC, by customer and on the same draws, lies above a small margin below zero (Piaggio et al. 2012); its log loss
is no worse, its calibration holds, no group of customers loses, and it answers about as fast.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from features.feeders.embedded import open_feeder
from features.settings import PromotionSettings, Settings
from features.tables.report import load_report
from features.workspace import Workspace
from models.artifact import Model
from training import metrics
from training.bootstrap import paired_difference
from training.cutoffs import CutoffPlan, distance_days
from training.job import Progress, as_trained, build_rows, make_task, silent, span
from training.registry import CHALLENGER, CHAMPION, Registry
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.tasks import LoyaltyType
from training.weighted import Weighted, weighted_auroc, weighted_macro_auroc

Floats = npt.NDArray[np.float64]
State = Literal["passed", "failed"]
MOST_CUTOFFS = 8
TIMED_ROWS = 10_000
_TENURES = (90, 365)
_ORDER_DAYS = (2, 6)


@dataclass(frozen=True)
class Check:
    """One thing that has to hold.

    Attributes:
        name: stable, for programs.
        said: what was found and what the limit is, in words.
    """

    name: str
    state: State
    said: str
    details: dict[str, float]


@dataclass(frozen=True)
class Decision:
    """What the comparison came to; promoted is only what passed every check."""

    task: str
    champion: str | None
    challenger: str
    rows: int
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.state == "passed" for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "task": self.task,
            "champion": self.champion,
            "challenger": self.challenger,
            "rows": self.rows,
            "passed": self.passed,
            "checks": [vars(check) for check in self.checks],
        }


def decide(
    task_name: str, settings: Settings, workspace: Workspace, *, progress: Progress | None = None
) -> Decision:
    """Compare challenger and champion of a task; nothing is moved.

    Raises:
        LookupError: there is no challenger, or it is the champion.
        ValueError: the two foretell other outcomes, so that they cannot be compared.
    """
    registry = Registry(workspace)
    champion, challenger = (registry.version_of(task_name, alias) for alias in (CHAMPION, CHALLENGER))
    if challenger is None:
        raise LookupError(
            f"there is no challenger of {task_name}; train one with: regulars train {task_name}"
        )
    if challenger == champion:
        raise LookupError(
            f"version {challenger} of {task_name} is champion already; train another with: regulars train {task_name}"
        )
    if champion is None:
        return Decision(task_name, None, challenger, 0, (_first(registry, task_name, challenger),))
    old, new = (Model.load(registry.fetch(task_name, alias)) for alias in (CHAMPION, CHALLENGER))
    _comparable(old, new)
    rows, wait = _rows((old, new), settings, workspace, progress or silent)
    checks = [_enough(rows, old.labels, wait, settings.promotion)]
    if rows is not None and checks[0].state == "passed":
        checks += compare(old, new, rows, settings.promotion)
    return Decision(task_name, champion, challenger, 0 if rows is None else len(rows), tuple(checks))


def compare(champion: Model, challenger: Model, rows: TrainingRows, limits: PromotionSettings) -> list[Check]:
    """Every check but that there are enough rows, on rows that neither model has seen."""
    old, new = (predicted(model, rows) for model in (champion, challenger))
    return [
        _auroc(rows, old, new, limits),
        _log_loss(rows, old, new, limits),
        _calibration(rows, old, new, limits),
        _groups(rows, old, new, limits),
        _speed(champion, challenger, rows, limits),
    ]


def labels_end(model: Model) -> datetime:
    """Where the last label window that a model was fitted or calibrated on ends."""
    last = datetime.fromisoformat(model.metadata["last_cutoff"])
    return last + timedelta(days=model.horizon_days)


def predicted(model: Model, rows: TrainingRows) -> Floats:
    """Probabilities (rows, labels), each cutoff with its own season."""
    values = rows.matrix.select(model.features)
    found = np.empty((len(rows), len(model.labels)))
    for cutoff in np.unique(rows.matrix.cutoffs):
        at = rows.matrix.cutoffs == cutoff
        instant: datetime = cutoff.astype("datetime64[us]").item()
        found[at] = model.at(instant.replace(tzinfo=UTC)).predict(values[at])
    return found


def _first(registry: Registry, task: str, challenger: str) -> Check:
    """Without a champion the simple rules are what has to be beaten, which training has judged."""
    beats = registry.tags(task, challenger).get("gate_beats_baselines") == "true"
    said = f"there is no champion, and version {challenger} {'beat' if beats else 'did not beat'} the simple rules"
    return Check("beats_baselines", "passed" if beats else "failed", said, {})


def _comparable(champion: Model, challenger: Model) -> None:
    for name in ("horizon_days", "labels"):
        old, new = getattr(champion, name), getattr(challenger, name)
        if old != new:
            raise ValueError(
                f"{champion.task}: the champion has {name} {old}, the challenger {new}; they foretell different "
                "outcomes, so no comparison says which is better. Give a reason with --force, or train alike"
            )


def _rows(
    models: tuple[Model, Model], settings: Settings, workspace: Workspace, tell: Progress
) -> tuple[TrainingRows | None, int]:
    """Rows at cutoffs after both models' labels, and after how many days there is the first where there is none."""
    as_of, _ = span(load_report(workspace.tables))
    horizon = timedelta(days=models[0].horizon_days)
    seen, newest = max(labels_end(model) for model in models), as_of - horizon
    if newest < seen:
        return None, math.ceil((seen - newest).total_seconds() / 86_400)
    step = timedelta(days=distance_days(models[0].horizon_days, settings.training.cutoff_every_days))
    count = min(MOST_CUTOFFS, int((newest - seen) / step) + 1)
    cutoffs = tuple(newest - step * back for back in reversed(range(count)))
    fill_sentiment(settings, workspace, progress=tell)
    narrow = min(models, key=lambda model: model.metadata.get("active_days", 0))
    with open_feeder(settings, workspace) as feeder:
        task = make_task(models[0].task, as_trained(settings, narrow), feeder, as_of)
        rows = build_rows(task, feeder, CutoffPlan(cutoffs, ()), settings, workspace, tell)
    if isinstance(task, LoyaltyType):
        rows = rows.relabelled(task.labels, models[0].labels, "value")
    return rows, 0


def _enough(
    rows: TrainingRows | None, labels: tuple[str, ...], wait: int, limits: PromotionSettings
) -> Check:
    if rows is None:
        said = f"no outcome is known that neither model was fitted on; the first will be in {wait} days"
        return Check("enough_outcomes", "failed", said, {"rows": 0, "wait_days": wait})
    rarest = int(np.bincount(rows.labels, minlength=len(labels)).min())
    cutoffs = len(np.unique(rows.matrix.cutoffs))
    details = {"rows": float(len(rows)), "rarest": float(rarest), "cutoffs": float(cutoffs)}
    short = max(limits.min_rows / max(len(rows), 1), limits.min_events / max(rarest, 1))
    if short <= 1:
        return Check(
            "enough_outcomes", "passed", f"{len(rows):,} rows, {rarest:,} of the rarest outcome", details
        )
    first, last = rows.matrix.cutoffs.min(), rows.matrix.cutoffs.max()
    covered = max(float((last - first) / np.timedelta64(1, "D")), 7.0)
    wait = math.ceil(covered * (short - 1))
    said = (
        f"{len(rows):,} rows and {rarest:,} of the rarest outcome, {limits.min_rows} and {limits.min_events} are "
        f"needed; wait about {wait} days, and bring newer tables"
    )
    return Check("enough_outcomes", "failed", said, details | {"wait_days": float(wait)})


def _metric(probability: Floats) -> tuple[Weighted, Floats]:
    """AUROC of the last of two labels, or the mean one-vs-rest AUROC."""
    return (
        (weighted_auroc, probability[:, 1])
        if probability.shape[1] == 2
        else (weighted_macro_auroc, probability)
    )


def _auroc(rows: TrainingRows, old: Floats, new: Floats, limits: PromotionSettings) -> Check:
    metric, one = _metric(new)
    lead = paired_difference(metric, rows.matrix.customer_ids, rows.labels, one, _metric(old)[1])
    said = (
        f"AUROC {lead.estimate:+.4f} ({lead.low:+.4f} to {lead.high:+.4f}) beside the champion; the lower bound "
        f"has to be above {-limits.auroc_margin}"
    )
    details = {"difference": lead.estimate, "low": lead.low, "high": lead.high, "limit": -limits.auroc_margin}
    return Check("auroc_not_inferior", _state(lead.low > -limits.auroc_margin), said, details)


def _log_loss(rows: TrainingRows, old: Floats, new: Floats, limits: PromotionSettings) -> Check:
    worse = metrics.log_loss(rows.labels, _plain(new)) - metrics.log_loss(rows.labels, _plain(old))
    said = f"log loss {worse:+.4f} beside the champion; at most {limits.log_loss_tolerance:+} is no worse"
    details = {"difference": worse, "limit": limits.log_loss_tolerance}
    return Check("log_loss", _state(worse <= limits.log_loss_tolerance), said, details)


def _calibration(rows: TrainingRows, old: Floats, new: Floats, limits: PromotionSettings) -> Check:
    before, after = (metrics.calibration_excess(rows.labels, _plain(p)) for p in (old, new))
    said = (
        f"calibration error beyond chance {after:.4f}, the champion's {before:.4f}; at most "
        f"{limits.calibration_tolerance} more"
    )
    details = {"challenger": after, "champion": before, "limit": limits.calibration_tolerance}
    return Check("calibration", _state(after <= before + limits.calibration_tolerance), said, details)


def _groups(rows: TrainingRows, old: Floats, new: Floats, limits: PromotionSettings) -> Check:
    """No group in which the whole interval of the lead lies below zero and the lead below the margin."""
    lost, judged = {}, 0
    for name, mask in groups_of(rows).items():
        if mask.sum() < limits.min_rows or len(np.unique(rows.labels[mask])) < new.shape[1]:
            continue
        judged += 1
        metric, one = _metric(new[mask])
        lead = paired_difference(
            metric, rows.matrix.customer_ids[mask], rows.labels[mask], one, _metric(old[mask])[1]
        )
        if lead.high < 0 and lead.estimate < -limits.group_margin:
            lost[name] = lead.estimate
    said = f"{judged} groups by tenure and order days were large enough to be judged; none of them loses"
    if lost:
        said = "; ".join(f"AUROC {value:+.3f} among {name}" for name, value in lost.items())
    return Check("groups", _state(not lost), said, {"judged": float(judged)} | lost)


def groups_of(rows: TrainingRows) -> Mapping[str, npt.NDArray[np.bool_]]:
    """Masks (rows,) of customers who are new or long known, and who order seldom or often."""
    found: dict[str, npt.NDArray[np.bool_]] = {}
    for feature, edges, unit in (
        ("tenure_days", _TENURES, "days known"),
        ("order_day_count_90d", _ORDER_DAYS, "order days in 90"),
    ):
        if feature not in rows.matrix.names:
            continue
        values = rows.matrix.column(feature)
        bounds = (-np.inf, *edges, np.inf)
        for low, high in pairwise(bounds):
            text = (
                f"below {high}"
                if low == -np.inf
                else f"{low} and more"
                if high == np.inf
                else f"{low} to {high}"
            )
            found[f"{text} {unit}"] = (values >= low) & (values < high)
    return found


def _speed(champion: Model, challenger: Model, rows: TrainingRows, limits: PromotionSettings) -> Check:
    old, new = (_cpu_seconds(model, rows) for model in (champion, challenger))
    ratio = new / max(old, 1e-9)
    said = (
        f"{new:.2f} CPU seconds for {TIMED_ROWS:,} rows, the champion {old:.2f}; at most {limits.max_slowdown:g} "
        "times as many"
    )
    details = {"challenger": new, "champion": old, "limit": limits.max_slowdown}
    return Check("speed", _state(ratio <= limits.max_slowdown), said, details)


def _cpu_seconds(model: Model, rows: TrainingRows) -> float:
    """The least of three, for TIMED_ROWS rows."""
    values = np.resize(rows.matrix.select(model.features), (TIMED_ROWS, len(model.features)))
    taken = []
    for _ in range(3):
        started = time.process_time()
        model.predict(values)
        taken.append(time.process_time() - started)
    return min(taken)


def _plain(probability: Floats) -> Floats:
    return probability[:, 1] if probability.shape[1] == 2 else probability


def _state(holds: bool) -> State:
    return "passed" if holds else "failed"
