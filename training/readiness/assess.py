"""The readiness report: can these tables carry the tasks, before anything is trained?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb

from features.permission import profiling_permit
from features.settings import Settings
from features.tables.report import Finding, Report, State
from features.workspace import Workspace
from training.readiness.churn import ChurnFigures, assess_churn
from training.readiness.coverage import Coverage, coverage_findings, measure_coverage
from training.readiness.duplicates import Duplicates, duplicate_findings, find_duplicates
from training.readiness.features import FeatureCounts, count_features, feature_findings
from training.readiness.gaps import Gap, find_gaps, gap_findings
from training.readiness.grades import GRADES, Grade, TaskReadiness, grade_task, shortfall
from training.readiness.levels import LevelChange, find_level_changes, level_findings
from training.readiness.lines import Lines, open_lines
from training.readiness.loyalty import assess_loyalty
from training.readiness.outcomes import Types
from training.readiness.people import People, count_people, people_findings
from training.readiness.rhythm import Cadence, measure_cadence
from training.readiness.series import Days, Weeks, by_week, read_days
from training.readiness.slips import Slip, find_slips, slip_findings

CHURN, LOYALTY = "churn", "loyalty_type"

CAPS: dict[str, dict[str, Grade]] = {
    "doubled_lines": {CHURN: "weak", LOYALTY: "weak"},
    "doubled_days": {CHURN: "usable", LOYALTY: "usable"},
    "missing_days": {CHURN: "usable", LOYALTY: "usable"},
    "thin_end": {CHURN: "weak", LOYALTY: "usable"},
    "level_change": {CHURN: "usable", LOYALTY: "usable"},
    "unit_slip": {CHURN: "usable", LOYALTY: "weak"},
    "quantity_slip": {LOYALTY: "usable"},
    "unknown_products": {LOYALTY: "usable"},
    "category_missing": {LOYALTY: "usable"},
}
"""The best grade that a task can have beside a finding."""

_ORDER: tuple[State, ...] = ("error", "warning", "recommendation")
_VERDICTS: dict[Grade, str] = {
    "good": "ready to train {}.",
    "usable": "{} can be trained, with reservations.",
    "weak": "{} can be trained, but should not be relied on yet.",
    "not possible": "{} cannot be trained yet.",
}
_NAMES = {CHURN: "churn", LOYALTY: "loyalty types"}


@dataclass(frozen=True)
class Readiness:
    """Everything that the report says; see docs/readiness.md for every key.

    Attributes:
        verdict: one sentence.
        tasks: by name, in the order in which they are trained.
        findings: problems of the data, warnings first.
        history_days: days from the first order line to the end of the extract.
        days, weeks: lines and sales over time.
        churn: figures behind the churn grade.
        types: loyalty types at the newest labelled cutoff; None where there is none.
        sampled: lines of one order in so many were looked at for slips and duplicates.
    """

    verdict: str
    tasks: dict[str, TaskReadiness]
    findings: tuple[Finding, ...]
    history_days: int
    people: People
    cadence: Cadence
    days: Days
    weeks: Weeks
    churn: ChurnFigures
    types: Types | None
    gaps: tuple[Gap, ...]
    level_changes: tuple[LevelChange, ...]
    slips: tuple[Slip, ...]
    duplicates: Duplicates
    coverage: Coverage
    features: FeatureCounts
    sampled: int

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for programs; the daily series is left to the weekly one."""
        document = {name: _plain(getattr(self, name)) for name in _KEYS}
        document["weeks"] = {
            "first": self.weeks.first.isoformat(),
            "lines": self.weeks.lines.astype(int).tolist(),
            "sales": self.weeks.sales.astype(int).tolist(),
        }
        document["cadence"]["within_horizon"] = self.within_horizon
        return document

    @property
    def within_horizon(self) -> float | None:
        """Share of the gaps between order days that the churn horizon covers; None without a horizon."""
        horizon = self.tasks[CHURN].horizon_days
        return None if horizon is None or not self.cadence.gaps else self.cadence.covered(horizon)


_KEYS = (
    "verdict", "tasks", "history_days", "people", "cadence", "churn", "types", "gaps", "level_changes", "slips",
    "duplicates", "coverage", "features", "sampled",
)  # fmt: skip


def assess(settings: Settings, workspace: Workspace, report: Report) -> Readiness:
    """Ask everything of the validated tables.

    Args:
        settings: with the rules of the tasks.
        workspace: with the tables that `report` is about.
        report: of a validation without errors.

    Raises:
        FileNotFoundError: the tables have not been validated.
        ValueError: the report knows no order, nothing says that customers may be profiled, or
            `source.memory_limit` does not suffice.
    """
    if report.as_of is None or report.first_order is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    try:
        with open_lines(settings, workspace) as lines:
            return _assess(lines, settings, workspace, report, report.first_order, report.as_of)
    except duckdb.OutOfMemoryException as error:
        limit = f"source.memory_limit = {settings.source.memory_limit!r}"
        raise ValueError(f"{limit} is too little for the readiness report: {error}") from error


def _assess(
    lines: Lines, settings: Settings, workspace: Workspace, report: Report, first: datetime, as_of: datetime
) -> Readiness:
    people = count_people(lines, settings, workspace, report)
    days = read_days(lines, as_of)
    weeks, features = by_week(days), count_features(lines)
    gaps, changes, slips = find_gaps(days), find_level_changes(weeks), find_slips(lines)
    duplicates, coverage = find_duplicates(lines), measure_coverage(lines)
    findings = [
        *duplicate_findings(duplicates),
        *gap_findings(gaps),
        *level_findings(changes),
        *slip_findings(slips),
        *coverage_findings(coverage, lines),
        *people_findings(people),
        *feature_findings(features),
    ]
    permit = profiling_permit(settings, workspace)
    churn, churn_figures = assess_churn(lines, settings, first, as_of, features.available, permit)
    loyalty, types = assess_loyalty(lines, settings, first, as_of, features, permit)
    tasks = {task.task: _graded(task, findings) for task in (churn, loyalty)}
    findings += [finding for task in tasks.values() for finding in task_findings(task)]
    return Readiness(
        verdict=verdict(tasks),
        tasks=tasks,
        findings=tuple(sorted(findings, key=lambda one: _ORDER.index(one.state))),
        history_days=(as_of - first).days,
        people=people,
        cadence=measure_cadence(lines),
        days=days,
        weeks=weeks,
        churn=churn_figures,
        types=types,
        gaps=gaps,
        level_changes=changes,
        slips=slips,
        duplicates=duplicates,
        coverage=coverage,
        features=features,
        sampled=lines.sampled,
    )


def _graded(task: TaskReadiness, findings: list[Finding]) -> TaskReadiness:
    if task.grade == "not possible":
        return task
    caps = [
        (CAPS[one.name][task.task], one.name.replace("_", " "), one.mend)
        for one in findings
        if task.task in CAPS.get(one.name, {})
    ]
    return grade_task(task, caps)


def task_findings(task: TaskReadiness) -> list[Finding]:
    """A warning for a task that training would refuse, and for each requirement below usable."""
    if task.grade == "not possible":
        return [Finding(f"{task.task}_not_possible", "readiness", "warning", task.why[0])]
    return [
        Finding(f"{task.task}_{one.name}", "readiness", "warning", f"{shortfall(one)}: {one.lift}")
        for one in task.requirements
        if one.found < one.usable
    ]


def verdict(tasks: dict[str, TaskReadiness]) -> str:
    """One sentence over all tasks."""
    by_grade: dict[Grade, list[str]] = {}
    for name, task in tasks.items():
        by_grade.setdefault(task.grade, []).append(_NAMES[name])
    said = [(_VERDICTS[grade], by_grade[grade]) for grade in GRADES if grade in by_grade]
    sentences = [text.format(" and ".join(names)) for text, names in said]
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def with_readiness(report: Report, readiness: Readiness) -> Report:
    """The report with the findings of both, errors first."""
    findings = sorted([*report.findings, *readiness.findings], key=lambda one: _ORDER.index(one.state))
    return replace(report, findings=tuple(findings))


def _plain(value: Any) -> Any:
    """Dataclasses, times and tuples as JSON values."""
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    return json.loads(json.dumps(value, default=_text))


def _text(value: object) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]  # an instance
    raise TypeError(f"a readiness report holds no {type(value).__name__}")
