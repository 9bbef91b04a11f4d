"""The two cards on top of the page: a task, its grade, what it needs and what would lift it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from training.readiness.grades import MEANINGS, Grade, Requirement, TaskReadiness

TITLES = {"churn": "Churn", "loyalty_type": "Loyalty types"}
SYMBOLS: dict[Grade, str] = {"good": "✓", "usable": "≈", "weak": "!", "not possible": "✕"}
SHOWN_LIFTS = 4


def badge(grade: Grade) -> str:
    """The grade in its colour and with its symbol, so that neither is needed to read it."""
    return f'<span class="grade {grade.replace(" ", "-")}">{SYMBOLS[grade]} {grade}</span>'


def card(task: TaskReadiness) -> str:
    """Everything that is known about whether a task can be trained."""
    said = [f"{why}: {lift}" for why, lift in zip(task.why, task.lifts, strict=False)]
    if task.grade == "not possible":
        said = list(task.why)
    return (
        f'<section><div class="head"><h2>{TITLES[task.task]}</h2>{badge(task.grade)}</div>'
        f'<p class="note">{escape(_definition(task))}</p>{_judging(task)}{_labels(task)}'
        f"{''.join(meter(one) for one in task.requirements)}"
        f"<h3>{_heading(task.grade)}</h3>{_list(said) if said else f'<p>{MEANINGS[task.grade].capitalize()}.</p>'}"
        "</section>"
    )


def _heading(grade: Grade) -> str:
    return {"good": "What this means", "not possible": "Why not"}.get(grade, "What would lift it")


def _definition(task: TaskReadiness) -> str:
    """The task in words, with the numbers that training would choose."""
    if task.horizon_days is None or not task.rule:
        return "Who is about to leave." if task.task == "churn" else "What keeps each customer."
    at = f"at {task.cutoff:%Y-%m-%d}" if task.cutoff else ""
    if "members" in task.rule:
        return (
            f"Of {task.population:,} members {at}: whose membership has ended {task.horizon_days} days after?"
        )
    if task.task == "churn":
        who = f"customers with an order in the last {task.rule['active_days']:.0f} days"
        return f"Of {task.population:,} {who} {at}: who places none in the {task.horizon_days} days after?"
    who = f"customers with an order in the {task.horizon_days} days before {at.removeprefix('at ')}"
    return f"Of {task.population:,} {who}: what keeps them, measured in the {task.horizon_days} days after?"


def _judging(task: TaskReadiness) -> str:
    """On what a model would be judged."""
    if not task.judged:
        return ""
    how = (
        "on outcomes later than all it was trained on"
        if task.judged == "later"
        else "on customers it was not trained on, for want of cutoffs far enough apart"
    )
    return f'<p class="note">A model is judged {how}.</p>'


def _labels(task: TaskReadiness) -> str:
    """A bar of the customers by label, and its key."""
    if not task.labels or not task.population:
        return ""
    shown = [(name, count) for name, count in task.labels.items() if count]
    stack = "".join(
        f'<i class="tone{tone}" style="flex:{count}"></i>' for tone, (_, count) in enumerate(shown)
    )
    key = " ".join(
        f'<span><i class="tone{tone}"></i>{escape(name)} {count:,} ({count / task.population:.0%})</span>'
        for tone, (name, count) in enumerate(shown)
    )
    return f'<div class="stack" aria-hidden="true">{stack}</div><p class="key">{key}</p>'


def meter(one: Requirement) -> str:
    """A requirement as a bar, with marks where it becomes usable and good."""
    top = max(one.good, min(one.found, 1.3 * one.good), 1e-9)
    marks = "".join(
        f'<s style="left:calc({100 * min(value / top, 1):.1f}% - 2px)" title="{name}"></s>'
        for name, value in (("usable", one.usable), ("good", one.good))
    )
    width = 100 * min(one.found / top, 1)
    bar = f'<i class="bar-{one.grade.replace(" ", "-")}" style="width:{width:.1f}%"></i>'
    needed = f"usable {math.ceil(one.usable):,}, good {math.ceil(one.good):,}"
    return (
        f'<div class="meter" title="{escape(one.source)}"><p>{escape(one.label[0].upper() + one.label[1:])}'
        f"<span><b>{math.floor(one.found):,}</b> ({needed})</span></p>"
        f'<div class="track" aria-hidden="true">{bar}{marks}</div></div>'
    )


def _list(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(one[0].upper() + one[1:])}.</li>" for one in sentences[:SHOWN_LIFTS])
    more = len(sentences) - SHOWN_LIFTS
    return f"<ul>{items}{f'<li>And {more} more, see the findings.</li>' if more > 0 else ''}</ul>"
