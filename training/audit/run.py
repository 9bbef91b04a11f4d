"""The audit of a task on a retailer's own tables: can anything that its features read know the future?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from features.feeders.embedded import Feeder, open_feeder
from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from training.audit.canary import check_column, check_late_window, late_window
from training.audit.check import Audit, Check
from training.audit.future import builder, check_future, sampled
from training.audit.gate import alone
from training.audit.suspect import Alone, Suspect, plain_score, score_of, suspect_of
from training.audit.truncated import truncated_tables
from training.audit.windows import LABELS, check_folds, check_labels, check_split
from training.cutoffs import CutoffPlan
from training.evaluation import Judgement
from training.job import (
    Progress,
    available_features,
    build_rows,
    fit_and_judge,
    folds_of,
    lay_plan,
    make_task,
    season_of,
    silent,
    span,
    with_enough_of_each,
)
from training.rows import TrainingRows
from training.sentiment import fill_sentiment
from training.tasks import Churn, Task

SCORE = "no_feature_is_as_good_as_the_model"
SHOWN = 5


@dataclass(frozen=True)
class _Case:
    """What is audited: a task with its rows, on the tables of a feeder."""

    task: Task
    plan: CutoffPlan
    rows: TrainingRows
    settings: Settings
    tell: Progress


def audit(
    task_name: str,
    settings: Settings,
    workspace: Workspace,
    *,
    cutoff: datetime | None = None,
    canary: bool = False,
    progress: Progress | None = None,
) -> Audit:
    """Run every check on the validated tables; nothing is registered.

    Args:
        cutoff: where features are built with and without the future; by default the first training cutoff, after
            which most of the data lies.
        canary: also put leaks in on purpose, which have to be caught.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: an unknown task, or too little history.
    """
    tell = progress or silent
    as_of, first = span(load_report(workspace.tables))
    fill_sentiment(settings, workspace, progress=tell)
    with open_feeder(settings, workspace) as feeder:
        task = make_task(task_name, settings, feeder, as_of)
        plan = lay_plan(task, settings, first, as_of)
        at = cutoff or plan.train[0]
        checks = _with_and_without(feeder, settings, workspace, task, at, canary=canary, tell=tell)
        rows = build_rows(task, feeder, plan, settings, workspace, tell)
        season = season_of(task, feeder, plan, first)
        lines = feeder.files["order_lines"]
        task, rows = with_enough_of_each(task, rows, plan)
    case = _Case(task, plan, rows, settings, tell)
    checks += [check_split(plan, task.horizon_days, as_of), _folds(case), _labels(case, lines)]
    _, judgement = fit_and_judge(task, rows, plan, settings, tell, season=season)
    checks.append(check_score(judgement, _alone(case, rows), settings.training.max_plausible_auroc))
    if canary:
        checks.append(_column(case))
    return Audit(task.name, task.horizon_days, at, tuple(checks))


def _with_and_without(
    feeder: Feeder,
    settings: Settings,
    workspace: Workspace,
    task: Task,
    cutoff: datetime,
    *,
    canary: bool,
    tell: Progress,
) -> list[Check]:
    """Features at a past cutoff from the whole tables and from those that end there."""
    step = "audit: with and without the future"
    tell(step, 0, 2)
    features, sample = available_features(feeder), sampled(feeder.ids)
    with _as_of(cutoff, feeder, settings, workspace) as truncated:
        found = [check_future(feeder, truncated, builder(features, cutoff, sample), features, cutoff)]
        tell(step, 1, 2)
        if canary:
            late = late_window(task.horizon_days, cutoff, sample)
            found.append(check_late_window(feeder, truncated, late, cutoff))
    tell(step, 2, 2)
    return found


@contextmanager
def _as_of(cutoff: datetime, feeder: Feeder, settings: Settings, workspace: Workspace) -> Iterator[Feeder]:
    """A feeder of the tables as they were at a cutoff."""
    with TemporaryDirectory(prefix=".audit-", dir=workspace.root) as folder:
        files = truncated_tables(feeder.files, cutoff, Path(folder))
        with open_feeder(settings, workspace, instead=files) as truncated:
            yield truncated


def _folds(case: _Case) -> Check:
    train = case.rows if case.plan.by_customer else case.rows.at(case.plan.train)
    return check_folds(train, folds_of(case.task, train, case.plan, case.settings), case.task.horizon_days)


def _labels(case: _Case, order_lines: Path) -> Check:
    if isinstance(case.task, Churn):
        return check_labels(case.task, case.rows, order_lines)
    return Check(LABELS, "skipped", f"labels of {case.task.name} are a rule over many sums, not one count")


def _alone(case: _Case, rows: TrainingRows) -> list[Alone]:
    return alone(rows, case.plan, len(case.task.labels), case.settings.training.seed)


def check_score(judgement: Judgement, strengths: list[Alone], limit: float) -> Check:
    """What stops training: a score above the limit, or one feature as good as the full model."""
    model, baseline = score_of(judgement)
    suspect = suspect_of(judgement, strengths)
    strongest = strengths[0]
    details = {
        "auroc": model,
        "best_baseline": baseline,
        "limit": limit,
        "suspect": suspect.alone.feature if suspect else None,
        "strongest": [vars(one) for one in strengths[:SHOWN]],
    }
    if suspect is None and model <= limit:
        said = (
            f"the model reaches AUROC {model:.3f}, the best baseline {baseline:.3f}, the best feature alone "
            f"({strongest.feature}) {strongest.auroc:.3f}"
        )
        return Check(SCORE, "passed", said, details=details)
    who = suspect or Suspect(strongest, (), model, plain_score(judgement, strengths))
    said = str(who) if model <= limit else f"AUROC {model:.3f} is above {limit}: {who}"
    mend = (
        f"look at where {who.alone.feature} comes from: a column filled in after the fact? If it is right, "
    )
    return Check(SCORE, "failed", said, f"{mend}regulars train --accept-score REASON", details)


def _column(case: _Case) -> Check:
    def judge(rows: TrainingRows) -> Suspect | None:
        _, judgement = fit_and_judge(case.task, rows, case.plan, case.settings, case.tell)
        return suspect_of(judgement, _alone(case, rows))

    return check_column(case.rows, judge)
