"""What a customer is worth over the next twelve months, if the customer stays and all in all, as plain files.

A customer either orders within the churn horizon or does not. The margin over a window that history is long
enough for is foretold for both cases by a boosted model with a log link; by the law of total probability the
expected margin is their mean, weighted with the churn probability. From the window to twelve months both grow as
the shop's customers of earlier months did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.kernel.declare import schema_hash
from models.quantiles import Quantiles

Floats = NDArray[np.float64]
FORMAT = 1
DAYS = 365
TAIL = 0.1
"""Outside the interval on either side: the margin of four in five customers lies inside."""


class ValueForecast(NamedTuple):
    """Margin over `DAYS` in minor units, shape (rows,) each; `low <= margin <= high`."""

    if_staying: Floats
    if_staying_low: Floats
    if_staying_high: Floats
    expected: Floats
    expected_low: Floats
    expected_high: Floats


@dataclass(frozen=True)
class Amount:
    """Expected margin over the window: a booster with a log link, times `level`; from the window to DAYS it grows."""

    booster_text: str
    level: float
    growth: float

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster, parsed once."""
        return lgb.Booster(model_str=self.booster_text)

    def predict(self, table: Floats) -> Floats:
        """Margin over the window in minor units, (rows,)."""
        if not len(table):  # LightGBM fails on no rows
            return np.empty(0)
        return self.level * np.asarray(self.booster.predict(table, num_threads=1))


@dataclass(frozen=True)
class ValueModel:
    """Value of a customer.

    Attributes:
        features: columns that `predict` expects, in order.
        staying: of customers who order within the churn horizon.
        away: of those who do not; None where nothing can be expected of them within the window.
        quantiles: of the margin of those who stay, by what was expected.
        window_days: length of the window that the boosters were fitted on.
        margin_from: "unit_cost", or "rate" where the products have no cost.
        metadata: JSON values.
    """

    features: tuple[str, ...]
    staying: Amount
    away: Amount | None
    quantiles: Quantiles
    window_days: int
    margin_from: str
    version: str = "unregistered"
    metadata: dict[str, Any] = field(default_factory=dict)

    task = "value"
    labels = ("margin_if_staying",)

    def predict(self, values: NDArray[np.float32] | Floats, churn_probability: Floats) -> ValueForecast:
        """Expected margin over twelve months, with the interval in which it lies for four in five customers.

        Args:
            values: (rows, features), in the order of `features`; NaN where nothing is known.
            churn_probability: of no order within the churn horizon, (rows,).

        Raises:
            ValueError: the number of columns is not that of `features`.
        """
        stay, away = self._cases(values)
        grown = stay * self.staying.growth
        left = away * (self.away.growth if self.away else 1.0)
        expected = (1 - churn_probability) * grown + churn_probability * left
        low, high = (self.quantiles.at(stay, np.full(len(stay), tail)) for tail in (TAIL, 1 - TAIL))
        mixed = [self._mixed(stay, left, churn_probability, tail) for tail in (TAIL, 1 - TAIL)]
        return ValueForecast(
            grown,
            np.minimum(low * self.staying.growth, grown),
            np.maximum(high * self.staying.growth, grown),
            expected,
            np.minimum(mixed[0], expected),
            np.maximum(mixed[1], expected),
        )

    def if_staying(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Expected margin over twelve months of a customer who stays, minor units, (rows,)."""
        return self._cases(values)[0] * self.staying.growth

    def within_window(self, values: NDArray[np.float32] | Floats, churn_probability: Floats) -> Floats:
        """Expected margin over `window_days` in minor units, (rows,)."""
        stay, away = self._cases(values)
        return (1 - churn_probability) * stay + churn_probability * away

    def _cases(self, values: NDArray[np.float32] | Floats) -> tuple[Floats, Floats]:
        table = np.asarray(values, np.float64)
        if table.ndim != 2 or table.shape[1] != len(self.features):
            raise ValueError(f"the value model needs {len(self.features)} features a row, got {table.shape}")
        stay = self.staying.predict(table)
        return stay, self.away.predict(table) if self.away else np.zeros(len(table))

    def _mixed(self, stay: Floats, left: Floats, churn: Floats, tail: float) -> Floats:
        """Quantile of the margin all in all, where those who do not order within the horizon all bring `left`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            of_staying = np.clip((tail - churn) / (1 - churn), 0.0, 1.0)
        among = self.quantiles.at(stay, np.nan_to_num(of_staying)) * self.staying.growth
        return np.where(churn >= tail, left, np.maximum(among, left))

    def save(self, folder: Path) -> None:
        """Write `model.json`, `staying.txt` and, where there is one, `away.txt` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        cases = {"staying": self.staying} | ({"away": self.away} if self.away else {})
        for name, amount in cases.items():
            (folder / f"{name}.txt").write_text(amount.booster_text, encoding="utf-8")
        description = {
            "format": FORMAT,
            "task": self.task,
            "version": self.version,
            "labels": self.labels,
            "features": self.features,
            "feature_hash": schema_hash(self.features),
            "window_days": self.window_days,
            "margin_from": self.margin_from,
            "cases": {name: {"level": a.level, "growth": a.growth} for name, a in cases.items()},
            "quantiles": self.quantiles.to_json(),
            "metadata": self.metadata,
        }
        (folder / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ValueModel:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the files are of another format, or the features do not match their hash.
        """
        if not (folder / "model.json").is_file():
            raise FileNotFoundError(f"{folder} is not a model: it has no model.json")
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if (description.get("format"), description.get("task")) != (FORMAT, cls.task):
            raise ValueError(f"{folder} holds no model of value in format {FORMAT}; train it again")
        if schema_hash(description["features"]) != description["feature_hash"]:
            raise ValueError(f"{folder}/model.json was changed: its features do not match their hash")
        cases = {
            name: Amount((folder / f"{name}.txt").read_text(encoding="utf-8"), **numbers)
            for name, numbers in description["cases"].items()
        }
        return cls(
            features=tuple(description["features"]),
            staying=cases["staying"],
            away=cases.get("away"),
            quantiles=Quantiles.from_json(description["quantiles"]),
            window_days=description["window_days"],
            margin_from=description["margin_from"],
            version=description["version"],
            metadata=description["metadata"],
        )


def value_at_risk(churn_probability: Floats, forecast: ValueForecast) -> Floats:
    """Churn probability times the margin over twelve months of a customer who stays, in minor units (rows,).

    Not the expected margin: that has churn in it already. Never below 0.
    """
    return churn_probability * np.maximum(forecast.if_staying, 0.0)
