"""Grades: what a task needs, what was found, and what would lift it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Grade = Literal["good", "usable", "weak", "not possible"]

GRADES: tuple[Grade, ...] = ("good", "usable", "weak", "not possible")
"""Best first."""

MEANINGS: dict[Grade, str] = {
    "good": "enough of everything: figures of the model will be precise",
    "usable": "train it; what is short is named, and figures are rough",
    "weak": "it can be trained, but do not rely on it yet",
    "not possible": "training would stop",
}


def worst(grades: Iterable[Grade]) -> Grade:
    """The worst of several grades; good where there are none."""
    return max(grades, key=GRADES.index, default="good")


@dataclass(frozen=True)
class Requirement:
    """One thing that a task needs.

    Attributes:
        name: `snake_case`, stable.
        label: in words.
        found: how much there is.
        usable: from how much on the task is usable.
        good: from how much on it is good.
        unit: of the three numbers.
        grade: what this alone allows.
        lift: what would bring the next better grade; empty where it is good.
        source: where the two numbers come from.
    """

    name: str
    label: str
    found: float
    usable: float
    good: float
    unit: str
    grade: Grade
    lift: str
    source: str


@dataclass(frozen=True)
class TaskReadiness:
    """Whether the data can carry a task.

    Attributes:
        task: churn or loyalty_type.
        grade: the worst of what the requirements and the data problems allow.
        why: the reasons for that grade, worst first.
        lifts: what would mend each of them; empty where the reasons say it, or there is nothing to mend.
        horizon_days: of the label, as training would choose it; None where it cannot.
        rule: what else defines the task, such as `active_days`.
        cutoff: the newest instant at which labels are known; None where there is none.
        population: customers that are labelled there.
        labels: customers of that population by label.
        judged: `later` on a cutoff of its own, or `across customers`; empty where nothing can be judged.
        requirements: in the order in which they are explained.
    """

    task: str
    grade: Grade
    why: tuple[str, ...]
    lifts: tuple[str, ...] = ()
    horizon_days: int | None = None
    rule: dict[str, float] | None = None
    cutoff: datetime | None = None
    population: int = 0
    labels: dict[str, int] | None = None
    judged: str = ""
    requirements: tuple[Requirement, ...] = ()


def require(
    name: str,
    label: str,
    found: float,
    wanted: tuple[float, float],
    *,
    unit: str,
    lift: str,
    source: str,
    below: Grade = "weak",
) -> Requirement:
    """Grade what was found.

    Args:
        wanted: from how much on the task is usable, and good.
        lift: what would bring more of it.
        below: the grade of less than usable.
    """
    usable, good = wanted
    grade: Grade = "good" if found >= good else "usable" if found >= usable else below
    aim, target = ("usable", usable) if found < usable else ("good", good)
    said = f"{math.ceil(target) - math.floor(found):,} more to be {aim}; {lift}"
    return Requirement(name, label, found, usable, good, unit, grade, "" if grade == "good" else said, source)


def grade_task(task: TaskReadiness, caps: Sequence[tuple[Grade, str, str]]) -> TaskReadiness:
    """Give the task the worst grade that its requirements and the caps allow, and say why.

    Args:
        caps: (best grade allowed, what is wrong, what would mend it) of each data problem.
    """
    short = [(one.grade, shortfall(one), one.lift) for one in task.requirements if one.grade != "good"]
    parts = sorted([*short, *caps], key=lambda part: -GRADES.index(part[0]))
    why = tuple(part[1] for part in parts) or ("every requirement is met",)
    lifts = tuple(part[2] for part in parts)
    grade = worst(part[0] for part in parts)
    return TaskReadiness(
        task.task, grade, why, lifts, task.horizon_days, task.rule, task.cutoff, task.population, task.labels,
        task.judged, task.requirements,
    )  # fmt: skip


def not_possible(task: str, reason: str, **known: object) -> TaskReadiness:
    """A task that training would refuse, with the sentence of the refusal."""
    return TaskReadiness(task, "not possible", (reason,), **known)  # type: ignore[arg-type]  # fields by name


def shortfall(one: Requirement) -> str:
    """What is short, against the next better grade."""
    target = one.usable if one.found < one.usable else one.good
    return f"{one.label}: {math.floor(one.found):,} of {math.ceil(target):,} needed"
