"""Loyalty types as the rule tells them from the past alone, and how customers moved between them by the month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from features.feeders.embedded import Feeder, build_features, feature_matrix, open_feeder
from features.matrix import FeatureMatrix
from features.permission import profiling_permit
from features.settings import LoyaltySettings, Settings
from features.tables.report import load_report
from features.workspace import Workspace
from training.choosing import loyalty_task
from training.own_types import Answers, with_own_sums
from training.rows import aligned, buildable
from training.tasks import LoyaltyType

Groups = NDArray[np.object_]
ABSENT = "absent"
"""State of a customer who placed no order in the window."""


def types_before(feeder: Feeder, matrix: FeatureMatrix, settings: LoyaltySettings) -> Groups:
    """The loyalty type (rows,) in the window before each row's cutoff, by the rule and by answers known then.

    Args:
        matrix: rows of one or several cutoffs; each cutoff is standardised over its own rows.
    """
    cutoffs = [_instant(cutoff) for cutoff in np.unique(matrix.cutoffs)]
    window = settings.window_days
    sums = buildable(LoyaltyType(window, 1, settings.threshold).past, feeder.present)
    past = aligned(FeatureMatrix.from_arrow(list(build_features(feeder, sums, cutoffs))), matrix)
    orders = past.column(f"sum_of_starts_order_{window}d").astype(np.float64)
    rule = loyalty_task(settings, lambda: orders)
    past = with_own_sums(feeder, past, rule.declared, window, past.cutoffs)
    codes = np.empty(len(past), np.int64)
    for cutoff in np.unique(past.cutoffs):
        rows = past.cutoffs == cutoff
        codes[rows] = rule.label(past.where(rows))
    answers = Answers.read(feeder, rule.meanings)
    if answers is not None:
        starts = past.cutoffs - np.timedelta64(window, "D")
        codes = answers.over(codes, past, starts, past.cutoffs, known=True)
    return np.array(rule.labels, object)[codes]


@dataclass(frozen=True, eq=False)
class Movement:
    """How many customers were of which type at the end of each month, and of which a month later.

    Attributes:
        days: first day of each month at whose beginning types were told, ascending.
        states: the types, and ABSENT.
        moved: (len(days) - 1, states, states) customers from a state (rows) to one (columns).
    """

    days: tuple[date, ...]
    states: tuple[str, ...]
    moved: NDArray[np.int64]

    @property
    def staying(self) -> NDArray[np.float64]:
        """Share of the customers of a type at the beginning of each month who were of it at its end, (months,)."""
        loyal = self.moved[:, :-1, :]
        stayed = np.trace(loyal[:, :, :-1], axis1=1, axis2=2)
        return np.asarray(stayed / np.maximum(loyal.sum(axis=(1, 2)), 1))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        months = zip(self.days[:-1], self.days[1:], self.staying.tolist(), self.moved.tolist(), strict=True)
        return {
            "states": list(self.states),
            "months": [
                {
                    "from": before.isoformat(),
                    "to": after.isoformat(),
                    "staying": staying,
                    "moved": {
                        name: dict(zip(self.states, row, strict=True))
                        for name, row in zip(self.states, moved, strict=True)
                    },
                }
                for before, after, staying, moved in months
            ],
        }


def movement(settings: Settings, workspace: Workspace, *, months: int = 6) -> Movement:
    """How customers moved between types over the last full months of the validated tables.

    Args:
        months: how many; fewer where history does not reach a window and so many months back.

    Raises:
        ValueError: history is shorter than a window and a month, or nobody may be profiled.
    """
    report = load_report(workspace.tables)
    if report.as_of is None or report.first_order is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    zone, loyalty = ZoneInfo(settings.source.timezone), settings.loyalty
    days = month_starts(report.first_order, report.as_of, zone, loyalty.window_days, months + 1)
    if len(days) < 2:
        raise ValueError(
            f"movement between months needs {loyalty.window_days} days of history and a month more; bring older "
            "orders or set a shorter [loyalty] window_days"
        )
    cutoffs = [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]
    with open_feeder(settings, workspace) as feeder:
        orders = FEATURES["order_count_30d"].over(loyalty.window_days)
        matrix = feature_matrix(feeder, [orders], cutoffs)
        matrix = matrix.where(profiling_permit(settings, workspace)(matrix.customer_ids))
        if not len(matrix):
            raise ValueError("nobody who may be profiled has ordered in these months")
        states = types_before(feeder, matrix, loyalty)
        names = loyalty_task(loyalty, lambda: matrix.values[:, 0].astype(np.float64)).labels
    states = np.where(matrix.values[:, 0] > 0, states, ABSENT)
    return Movement(tuple(days), (*names, ABSENT), _moved(matrix, states, cutoffs, (*names, ABSENT)))


def month_starts(first: datetime, as_of: datetime, zone: ZoneInfo, window_days: int, most: int) -> list[date]:
    """The first days of months in a zone that have a window of history before them and are over, ascending."""
    day = as_of.astimezone(zone).date().replace(day=1)
    found: list[date] = []
    begin = first.astimezone(zone).date()
    while len(found) < most and (day - begin).days >= window_days:
        found.append(day)
        day = day.replace(year=day.year - 1, month=12) if day.month == 1 else day.replace(month=day.month - 1)
    return found[::-1]


def _moved(
    matrix: FeatureMatrix, states: Groups, cutoffs: list[datetime], names: tuple[str, ...]
) -> NDArray[np.int64]:
    """Customers by state at one cutoff and at the next; who has no row at a cutoff had not ordered yet."""
    place = {name: number for number, name in enumerate(names)}
    at = [_states_at(matrix, states, cutoff) for cutoff in cutoffs]
    moved = np.zeros((len(cutoffs) - 1, len(names), len(names)), np.int64)
    for month, (before, after) in enumerate(pairwise(at)):
        for customer in before.keys() | after.keys():
            step = place[before.get(customer, ABSENT)], place[after.get(customer, ABSENT)]
            moved[month][step] += 1
    return moved


def _states_at(matrix: FeatureMatrix, states: Groups, cutoff: datetime) -> dict[str, str]:
    rows = matrix.cutoffs == np.datetime64(cutoff.replace(tzinfo=None), "us")
    return dict(zip(matrix.customer_ids[rows], states[rows], strict=True))


def _instant(cutoff: np.datetime64) -> datetime:
    at: datetime = cutoff.astype("datetime64[us]").item()
    return at.replace(tzinfo=UTC)
