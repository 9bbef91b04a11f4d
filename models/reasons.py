"""Why a score is what it is, in words: SHAP values grouped by what a person can act on."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from models.artifact import Model
from models.numbers import Money as Money
from models.numbers import Quantity, language_file, numbers
from models.numbers import languages as languages

Texts = dict[str, list[str]]
_PLACEHOLDER = re.compile(r"\{(\w+)(?::\w+)?\}")
EVIDENCE = 3
"""Numbers shown behind a reason, at most."""


@dataclass(frozen=True)
class Evidence:
    """One number behind a reason.

    Attributes:
        feature: its name.
        value: the customer's number; None where it is not known.
        contribution: log-odds that it adds (its SHAP value).
    """

    feature: str
    value: float | None
    contribution: float


@dataclass(frozen=True)
class Reason:
    """One driver of one score.

    Attributes:
        driver: machine name, such as "recency".
        text: the sentence for people.
        effect: log-odds that the driver adds; positive speaks for the last label (leaving).
        features: the numbers that the sentence names.
        against: whether it speaks against the last label.
        evidence: the features of the driver that weigh most, the heaviest first.
    """

    driver: str
    text: str
    effect: float
    features: dict[str, float]
    against: bool
    evidence: list[Evidence]


@dataclass(frozen=True)
class Explanation:
    """Why a row's score is what it is.

    Attributes:
        reasons: the main drivers. Those that push the score where it is (above or below the average) come
            first, those that push the other way fill up.
        against: drivers that speak against the last label (leaving), the strongest first; some may be among
            `reasons`, and there may be none.
    """

    reasons: list[Reason]
    against: list[Reason]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """As JSON values, by `reasons` and `against`."""
        return asdict(self)


@dataclass(frozen=True)
class _Words:
    """How drivers and numbers are put in words."""

    texts: Texts
    language: str
    money: Money

    def sentence(self, driver: str, known: dict[str, float]) -> tuple[str, dict[str, float]]:
        """The first text of a driver whose numbers are known, and those numbers."""
        for template in self.texts.get(driver, ()):
            named = {name: known.get(name, math.nan) for name in _PLACEHOLDER.findall(template)}
            if not any(math.isnan(number) for number in named.values()):
                shown = {name: self._shown(name, number) for name, number in named.items()}
                return template.format_map(shown), named
        return driver.replace("_", " ").capitalize(), {}

    def _shown(self, name: str, value: float) -> str | Quantity:
        """A number with its unit, as a person writes it."""
        unit = FEATURES[name].unit
        if unit == "share":
            return numbers(self.language).per_cent(value)
        if unit == "minor units":
            return self.money.written(value, self.language, whole=True)
        return numbers(self.language).quantity(value, unit)


def reasons(
    model: Model,
    values: NDArray[np.float32],
    *,
    top: int = 3,
    language: str = "en",
    money: Money | None = None,
) -> list[list[Reason]]:
    """The main drivers of each row's score, as `explain` gives them.

    Raises:
        ValueError: there is no language file, or the rows do not fit the model.
    """
    found = explain(model, values, top=top, language=language, money=money)
    return [explanation.reasons for explanation in found]


def explain(
    model: Model,
    values: NDArray[np.float32],
    *,
    top: int = 3,
    language: str = "en",
    money: Money | None = None,
) -> list[Explanation]:
    """The main drivers of each row's score, and those that speak against the last label.

    Args:
        values: shape (rows, features), in the order of `model.features`.
        top: how many of each, at most.
        language: one of `languages()`.
        money: the currency of amounts.

    Raises:
        ValueError: there is no language file, or the rows do not fit the model.
    """
    words = _Words(_texts(language), language, money or Money())
    drivers, member = drivers_of(model.features)
    contributions = model.contributions(values)[:, -1, :]
    return [
        _explained(_Row(model.features, row, parts, member.argmax(axis=1)), drivers, words, top)
        for row, parts in zip(np.asarray(values), contributions, strict=True)
    ]


@dataclass(frozen=True)
class _Row:
    """Values and contributions of one row, shape (features,), and the driver of each feature as an index."""

    names: Sequence[str]
    values: NDArray[np.float32]
    contributions: NDArray[np.float64]
    driver: NDArray[np.intp]

    def evidence(self, driver: int) -> list[Evidence]:
        """The numbers behind a driver, the heaviest first."""
        own = np.flatnonzero(self.driver == driver)
        heaviest = own[np.argsort(-np.abs(self.contributions[own]), kind="stable")[:EVIDENCE]]
        return [
            Evidence(self.names[i], _known(self.values[i]), float(self.contributions[i])) for i in heaviest
        ]


def _known(value: np.float32) -> float | None:
    return None if np.isnan(value) else float(value)


def _explained(row: _Row, drivers: Sequence[str], words: _Words, top: int) -> Explanation:
    effects = np.bincount(row.driver, row.contributions, len(drivers))
    known = dict(zip(row.names, row.values.tolist(), strict=True))

    def reason(i: int) -> Reason:
        text, named = words.sentence(drivers[i], known)
        effect = float(effects[i])
        return Reason(drivers[i], text, effect, named, effect < 0, row.evidence(i))

    direction = 1.0 if effects.sum() >= 0 else -1.0
    main = np.argsort(-direction * effects, kind="stable")[:top]
    against = [i for i in np.argsort(effects, kind="stable")[:top] if effects[i] < 0]
    return Explanation([reason(i) for i in main], [reason(i) for i in against])


def driver_importance(model: Model, values: NDArray[np.float32]) -> dict[str, float]:
    """Mean absolute effect of each driver over rows and labels, in log-odds, largest first.

    Of two labels the last is meant, since everything is said of it.
    """
    drivers, effects = driver_effects(model, values)
    mean = effects.mean(axis=0)
    return {drivers[i]: float(mean[i]) for i in np.argsort(-mean)}


def driver_effects(model: Model, values: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float64]]:
    """Names of the drivers, and the absolute effect of each on each row, in log-odds, shape (rows, drivers).

    Of two labels the last is meant, since everything is said of it; of more, the mean over them.
    """
    drivers, member = drivers_of(model.features)
    effects = np.abs(model.contributions(values) @ member)
    return drivers, effects[:, -1] if len(model.labels) == 2 else effects.mean(axis=1)


def drivers_of(features: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Names of the drivers, and which feature belongs to which, shape (features, drivers)."""
    of_feature = [FEATURES[name].driver if name in FEATURES else name for name in features]
    drivers = sorted(set(of_feature))
    member = np.zeros((len(of_feature), len(drivers)))
    member[np.arange(len(of_feature)), [drivers.index(driver) for driver in of_feature]] = 1.0
    return drivers, member


@cache
def _texts(language: str) -> Texts:
    texts: Texts = tomllib.loads(language_file("reasons", language).read_text(encoding="utf-8"))
    return texts
