"""A trained model as plain files: booster text, a straight line, calibration, ordered features, labels. No pickle.

The same code predicts in evaluation, behind MLflow and in the service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.kernel.declare import schema_hash
from models.calibration import Calibration
from models.horizons import order_curve
from models.linear import Linear
from models.population import CONTRACTUAL
from models.season import Season
from models.spread import Spread

Floats = NDArray[np.float64]
FORMAT = 1


@dataclass(frozen=True)
class Model:
    """A gradient-boosted classifier, and a straight line beside it, with calibrated probabilities.

    Attributes:
        task: the task's name, such as "churn".
        labels: classes in the order of the probabilities; the last of two is the one that is predicted.
        features: columns that `predict` expects, in order.
        booster_text: LightGBM's own text format.
        horizon_days: length of the label window.
        metadata: JSON values: metrics, data fingerprint, training cutoffs, versions.
        season: how the base rate moves with the season; None where nothing is known of it.
        spread: how sure the probability of the last of two labels is; None where it was not measured.
        within: models of the same event within other horizons, ascending.
        linear: the line whose log-odds are averaged with those of the trees; None where trees alone say it.
    """

    task: str
    labels: tuple[str, ...]
    features: tuple[str, ...]
    booster_text: str
    calibration: Calibration
    horizon_days: int
    version: str = "unregistered"
    metadata: dict[str, Any] = field(default_factory=dict)
    season: Season | None = None
    spread: Spread | None = None
    within: tuple[Model, ...] = ()
    linear: Linear | None = None

    @property
    def feature_hash(self) -> str:
        """Hash of the ordered feature names."""
        return schema_hash(self.features)

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster, parsed once."""
        return lgb.Booster(model_str=self.booster_text)

    def predict(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Calibrated probabilities, shape (rows, labels), each row summing to 1.

        Args:
            values: shape (rows, features), in the order of `features`; NaN where nothing is known.

        Raises:
            ValueError: the number of columns is not that of `features`, or a value is infinite.
        """
        return self.calibration.probabilities(self.scores(values))

    def at(self, cutoff: datetime) -> Model:
        """The model for predictions at a cutoff: the season's correction is in its calibration."""
        if not any(model.season for model in (self, *self.within)):
            return self
        within = tuple(model.at(cutoff) for model in self.within)
        offset = 0.0 if self.season is None else self.season.offset(cutoff)
        return replace(self, season=None, calibration=self.calibration.moved(offset), within=within)

    @property
    def horizons_days(self) -> tuple[int, ...]:
        """The horizons that `order_within` answers for, ascending; none where churn is the end of a contract."""
        if self.metadata.get("kind") == CONTRACTUAL:
            return ()
        return tuple(sorted((self.horizon_days, *(model.horizon_days for model in self.within))))

    def order_within(self, values: NDArray[np.float32] | Floats, churn_probability: Floats) -> Floats:
        """Probability of an order within each of `horizons_days`, shape (rows, horizons), rows never falling.

        Args:
            values: as `predict` takes them.
            churn_probability: what `predict` says of the last label, (rows,); one minus it stands at the horizon of
                this model.
        """
        if not self.horizons_days:
            return np.empty((len(churn_probability), 0))
        others = {model.horizon_days: model.predict(values)[:, -1] for model in self.within}
        return order_curve(self.horizon_days, churn_probability, others)

    def interval(self, probability: Floats) -> tuple[Floats, Floats]:
        """Bounds (rows,) between which the true probability of the last label lies 19 times out of 20.

        Raises:
            ValueError: the spread was not measured when the model was trained.
        """
        if self.spread is None:
            raise ValueError(
                f"{self.task} {self.version} does not know how sure it is; run: regulars train {self.task}"
            )
        return self.spread.interval(probability)

    def scores(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Uncalibrated log-odds, shape (rows, labels); the first of two labels is the zero point."""
        table = self._checked(values)
        if not len(table):  # LightGBM fails on no rows
            return np.empty((0, len(self.labels)))
        raw = np.asarray(self.booster.predict(table, raw_score=True, num_threads=1))
        if raw.ndim == 2:
            return raw
        if self.linear is not None:
            raw = (1 - self.linear.share) * raw + self.linear.share * self.linear.scores(table)
        return np.stack([np.zeros(len(raw)), raw], axis=1)

    def contributions(self, values: NDArray[np.float32] | Floats) -> Floats:
        """What each feature adds to each label's calibrated log-odds: SHAP, shape (rows, labels, features).

        For two labels the first has none: everything is said of the second. Of a line the SHAP value is exact.
        """
        table, width = self._checked(values), len(self.features) + 1
        if not len(table):
            return np.empty((0, len(self.labels), len(self.features)))
        raw = np.asarray(self.booster.predict(table, pred_contrib=True, num_threads=1))
        parts = raw.reshape(len(table), -1, width)[:, :, :-1]
        if self.linear is not None:
            share = self.linear.share
            parts = (1 - share) * parts + share * self.linear.contributions(table)[:, None]
        parts = parts * self.calibration.slope
        if len(self.labels) == 2:
            return np.concatenate([np.zeros_like(parts), parts], axis=1)
        return parts

    def save(self, folder: Path) -> None:
        """Write `model.json` and `booster.txt` into a folder, and models of other horizons into folders in it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "booster.txt").write_text(self.booster_text, encoding="utf-8")
        description = {
            "format": FORMAT,
            "task": self.task,
            "version": self.version,
            "labels": self.labels,
            "horizon_days": self.horizon_days,
            "features": self.features,
            "feature_hash": self.feature_hash,
            "calibration": self.calibration.to_json(),
            "season": None if self.season is None else self.season.to_json(),
            "spread": None if self.spread is None else self.spread.to_json(),
            "linear": None if self.linear is None else self.linear.to_json(),
            "within_days": [model.horizon_days for model in self.within],
            "metadata": self.metadata,
        }
        for model in self.within:
            model.save(folder / _within(model.horizon_days))
        (folder / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the files are of another format, or the features do not match their hash.
        """
        for name in ("model.json", "booster.txt"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} is not a model: it has no {name}")
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if description.get("format") != FORMAT:
            raise ValueError(
                f"{folder} has model format {description.get('format')!r}; this release reads {FORMAT}"
            )
        model = cls(
            task=description["task"],
            labels=tuple(description["labels"]),
            features=tuple(description["features"]),
            booster_text=(folder / "booster.txt").read_text(encoding="utf-8"),
            calibration=Calibration.from_json(description["calibration"]),
            horizon_days=description["horizon_days"],
            version=description["version"],
            season=Season.from_json(season) if (season := description.get("season")) else None,
            metadata=description["metadata"],
            spread=Spread.from_json(spread) if (spread := description.get("spread")) else None,
            linear=Linear.from_json(line) if (line := description.get("linear")) else None,
            within=tuple(cls.load(folder / _within(days)) for days in description.get("within_days", ())),
        )
        if model.feature_hash != description["feature_hash"]:
            raise ValueError(f"{folder}/model.json was changed: its features do not match their hash")
        return model

    def _checked(self, values: NDArray[np.float32] | Floats) -> Floats:
        table = np.asarray(values, np.float64)
        if table.ndim != 2 or table.shape[1] != len(self.features):
            raise ValueError(
                f"the {self.task} model needs {len(self.features)} features a row, got {table.shape}"
            )
        if np.isinf(table).any():
            column = self.features[int(np.flatnonzero(np.isinf(table).any(axis=0))[0])]
            raise ValueError(f"feature {column!r} is infinite; leave it empty where nothing is known")
        return table


def _within(days: int) -> str:
    """Name of the folder of the model of another horizon."""
    return f"within_{days}d"
