"""Whether a challenger may take the champion's place: evidence on outcomes that neither of them has seen.

Rows are those of cutoffs at or after the end of both models' training and calibration labels; with the same tables
for both that is the cutoff that tested them. The challenger has to be not inferior: the lower 95 % bound of its lead
in AUROC, by customer and on the same draws, lies above a small margin below zero (Piaggio et al. 2012); its log loss
is no worse, its calibration holds, no group of customers loses, and it answers about as fast.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from features.settings import PromotionSettings, Settings
from features.workspace import Workspace
from models.artifact import Model
from training import metrics
from training.bootstrap import paired_difference
from training.job import Progress, silent
from training.registry import CHALLENGER, CHAMPION, WITHDRAWN_AT, Registry
from training.rows import TrainingRows
from training.segments import Segments
from training.tasks import LoyaltyType
from training.unseen import FOLDED, NothingUnseen, Unseen, predicted, shared_labels, unseen
from training.weighted import Weighted, weighted_auroc, weighted_macro_auroc

Floats = npt.NDArray[np.float64]
State = Literal["passed", "failed"]
TIMED_ROWS = 10_000
OFTEN = "order_day_count_90d"
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
    withdrawn = _withdrawn(registry, task_name, challenger)
    if withdrawn is not None:
        return Decision(task_name, champion, challenger, 0, (withdrawn,))
    if champion is None:
        return Decision(task_name, None, challenger, 0, (_first(registry, task_name, challenger),))
    old, new = (Model.load(registry.fetch(task_name, alias)) for alias in (CHAMPION, CHALLENGER))
    _comparable(old, new)
    found = unseen((old, new), settings, workspace, progress or silent)
    checks = [_enough(found, shared_labels((old, new)), settings.promotion)]
    if isinstance(found, NothingUnseen):
        return Decision(task_name, champion, challenger, 0, tuple(checks))
    if checks[0].state == "passed":
        checks += compare(old, new, found, settings.promotion)
    return Decision(task_name, champion, challenger, len(found), tuple(checks))


def compare(champion: Model, challenger: Model, unseen: Unseen, limits: PromotionSettings) -> list[Check]:
    """Every check but that there are enough rows, on rows that neither model has seen."""
    rows, labels = unseen.rows, shared_labels((champion, challenger))
    old, new = (predicted(model, rows, labels) for model in (champion, challenger))
    return [
        _auroc(rows, old, new, limits),
        _log_loss(rows, old, new, limits),
        _calibration(rows, old, new, limits),
        _groups(unseen, old, new, limits),
        _speed(champion, challenger, rows, limits),
    ]


def _first(registry: Registry, task: str, challenger: str) -> Check:
    """Without a champion the simple rules are what has to be beaten, which training has judged."""
    beats = registry.tags(task, challenger).get("gate_beats_baselines") == "true"
    said = f"there is no champion, and version {challenger} {'beat' if beats else 'did not beat'} the simple rules"
    return Check("beats_baselines", "passed" if beats else "failed", said, {})


def _withdrawn(registry: Registry, task: str, challenger: str) -> Check | None:
    """A version that was rolled back is not promoted again by the figures that promoted it once."""
    at = registry.tags(task, challenger).get(WITHDRAWN_AT)
    if not at:
        return None
    said = f"version {challenger} was rolled back on {at[:10]}; train another, or give a reason with --force"
    return Check("not_withdrawn", "failed", said, {})


def _comparable(champion: Model, challenger: Model) -> None:
    """Loyalty types that only one of the two tells apart can be folded; anything else has to be the same."""
    folds = champion.task == LoyaltyType.name and FOLDED in shared_labels((champion, challenger))
    for name in ("horizon_days",) if folds else ("horizon_days", "labels"):
        old, new = getattr(champion, name), getattr(challenger, name)
        if old != new:
            raise ValueError(
                f"{champion.task}: the champion has {name} {old}, the challenger {new}; they foretell different "
                "outcomes, so no comparison says which is better. Give a reason with --force, or train alike"
            )


def _enough(found: Unseen | NothingUnseen, labels: tuple[str, ...], limits: PromotionSettings) -> Check:
    if isinstance(found, NothingUnseen):
        wait = found.wait_days
        said = f"no outcome is known that neither model was fitted on; the first will be in {wait} days"
        return Check("enough_outcomes", "failed", said, {"rows": 0, "wait_days": wait})
    rows = found.rows
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


def _groups(unseen: Unseen, old: Floats, new: Floats, limits: PromotionSettings) -> Check:
    """No group in which the whole interval of the lead lies below zero and the lead below the margin."""
    rows, lost, judged = unseen.rows, {}, 0
    for segmentation, groups in groups_of(unseen).items():
        for group in np.unique(groups.astype(str)):
            mask = groups == group
            if mask.sum() < limits.min_rows or len(np.unique(rows.labels[mask])) < new.shape[1]:
                continue
            judged += 1
            metric, one = _metric(new[mask])
            ids, labels = rows.matrix.customer_ids[mask], rows.labels[mask]
            lead = paired_difference(metric, ids, labels, one, _metric(old[mask])[1])
            if lead.high < 0 and lead.estimate < -limits.group_margin:
                lost[f"{segmentation}: {group}"] = lead.estimate
    said = f"{judged} groups were large enough to be judged; none of them loses"
    if lost:
        said = "; ".join(f"AUROC {value:+.3f} among {name}" for name, value in lost.items())
    return Check("groups", _state(not lost), said, {"judged": float(judged)} | lost)


def groups_of(unseen: Unseen) -> Segments:
    """The segmentations of a report, and how often a customer orders where the tables say so."""
    matrix = unseen.rows.matrix
    if OFTEN not in matrix.names:
        return unseen.segments
    bands = np.array(["hardly orders", "orders now and then", "orders often"], object)
    often = bands[np.searchsorted(_ORDER_DAYS, matrix.column(OFTEN), side="right")]
    return unseen.segments | {"order days in 90 days": often}


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
