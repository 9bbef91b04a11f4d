"""Why a score is what it is, in words: SHAP values grouped by what a person can act on."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from models.artifact import Model

Texts = dict[str, list[str]]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Reason:
    """One driver of one score.

    Attributes:
        driver: machine name, such as "recency".
        text: the sentence for people.
        effect: log-odds that the driver adds; positive speaks for the last label (leaving).
        features: the numbers that the sentence names.
    """

    driver: str
    text: str
    effect: float
    features: dict[str, float]


@dataclass(frozen=True)
class Money:
    """How amounts in minor units are shown."""

    currency: str = ""
    minor_digits: int = 2

    def written(self, amount: float) -> str:
        """An amount in minor units as people read it, in whole units: `1,234 EUR`."""
        return f"{amount / 10**self.minor_digits:z,.0f} {self.currency}".strip()


def reasons(
    model: Model,
    values: NDArray[np.float32],
    *,
    top: int = 3,
    language: str = "en",
    money: Money | None = None,
) -> list[list[Reason]]:
    """The main drivers of each row's score, strongest first.

    Drivers that push a score where it is (above or below the average) come first; those that push the other
    way fill up.

    Args:
        values: shape (rows, features), in the order of `model.features`.

    Raises:
        ValueError: there is no language file, or the rows do not fit the model.
    """
    texts = _texts(language)
    drivers, member = _drivers(model.features)
    effects = model.contributions(values)[:, -1, :] @ member
    return [
        _row_reasons(model.features, row, effect, drivers, texts, top, money or Money())
        for row, effect in zip(values, effects, strict=True)
    ]


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
    drivers, member = _drivers(model.features)
    effects = np.abs(model.contributions(values) @ member)
    return drivers, effects[:, -1] if len(model.labels) == 2 else effects.mean(axis=1)


def _drivers(features: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Names of the drivers, and which feature belongs to which, shape (features, drivers)."""
    of_feature = [FEATURES[name].driver if name in FEATURES else name for name in features]
    drivers = sorted(set(of_feature))
    member = np.zeros((len(of_feature), len(drivers)))
    member[np.arange(len(of_feature)), [drivers.index(driver) for driver in of_feature]] = 1.0
    return drivers, member


def _row_reasons(
    names: Sequence[str],
    row: NDArray[np.float32],
    effects: NDArray[np.float64],
    drivers: Sequence[str],
    texts: Texts,
    top: int,
    money: Money,
) -> list[Reason]:
    direction = 1.0 if effects.sum() >= 0 else -1.0
    order = np.argsort(-direction * effects, kind="stable")[:top]
    known = dict(zip(names, row.tolist(), strict=True))
    return [_reason(drivers[i], float(effects[i]), known, texts, money) for i in order]


def _reason(driver: str, effect: float, known: dict[str, float], texts: Texts, money: Money) -> Reason:
    for template in texts.get(driver, ()):
        numbers = {name: known.get(name, math.nan) for name in _PLACEHOLDER.findall(template)}
        if not any(math.isnan(number) for number in numbers.values()):
            shown = {name: _shown(name, number, money) for name, number in numbers.items()}
            return Reason(driver, template.format_map(shown), effect, numbers)
    return Reason(driver, driver.replace("_", " ").capitalize(), effect, {})


def _shown(name: str, value: float, money: Money) -> str:
    """A number with its unit, as a person writes it."""
    unit = FEATURES[name].unit
    if unit == "share":
        return f"{value:z.0%}"
    if unit == "minor units":
        return money.written(value)
    number = f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    singular = unit.removesuffix("s") if number == "1" and unit.endswith("s") else unit
    return f"{number} {singular}"


@cache
def _texts(language: str) -> Texts:
    folder = Path(__file__).parent
    file = folder / f"reasons.{language}.toml"
    if not re.fullmatch(r"[a-z]{2,3}", language) or not file.is_file():
        there = sorted(path.name.split(".")[1] for path in folder.glob("reasons.*.toml"))
        raise ValueError(f"no reasons in language {language!r}; there are: {', '.join(there)}")
    return tomllib.loads(file.read_text(encoding="utf-8"))
