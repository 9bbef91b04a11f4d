"""A trained recommender as plain files: it gives each candidate the probability of being bought within the horizon.

The second of two stages. What is learnt of items together (EASE) belongs to the data of a day and is learnt anew from
them, see `models.candidates`; what is trained, and kept here, is how far to trust everything that is known of a pair.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.kernel.declare import schema_hash
from models.candidates import FEATURES, Candidates, Limits

Floats = NDArray[np.float64]
FORMAT = 1


@dataclass(frozen=True)
class Recommender:
    """A gradient-boosted probability that a customer buys an item within the horizon.

    Attributes:
        level: what an item is, one of `features.pairs.purchases.LEVELS`.
        booster_text: LightGBM's own text format.
        horizon_days: length of the window in which the purchase is foretold.
        limits: of the candidates that it was trained on.
        features: columns that `predict` expects, in order.
        metadata: JSON values.
    """

    level: str
    booster_text: str
    horizon_days: int
    limits: Limits = field(default_factory=Limits)
    features: tuple[str, ...] = FEATURES
    version: str = "unregistered"
    metadata: dict[str, Any] = field(default_factory=dict)

    task = "recommendation"
    labels = ("purchase_probability",)

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster, parsed once."""
        return lgb.Booster(model_str=self.booster_text)

    def predict(self, values: NDArray[np.float32] | Floats) -> Floats:
        """Probability of a purchase within the horizon, (rows,).

        Args:
            values: (rows, features), in the order of `features`; NaN where nothing is known.

        Raises:
            ValueError: the number of columns is not that of `features`.
        """
        if values.ndim != 2 or values.shape[1] != len(self.features):
            raise ValueError(f"the recommender needs {len(self.features)} features a row, got {values.shape}")
        if not len(values):  # LightGBM fails on no rows
            return np.empty(0)
        return np.asarray(self.booster.predict(values, num_threads=1), np.float64)

    def score(self, candidates: Candidates) -> Floats:
        """Probability that each candidate is bought within the horizon, (pairs,)."""
        return self.predict(candidates.values)

    def save(self, folder: Path) -> None:
        """Write `model.json` and `booster.txt` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "booster.txt").write_text(self.booster_text, encoding="utf-8")
        description = {
            "format": FORMAT,
            "task": self.task,
            "version": self.version,
            "labels": self.labels,
            "level": self.level,
            "horizon_days": self.horizon_days,
            "limits": asdict(self.limits),
            "features": self.features,
            "feature_hash": schema_hash(self.features),
            "metadata": self.metadata,
        }
        (folder / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Recommender:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the files are of another format, or for features that this release does not make.
        """
        for name in ("model.json", "booster.txt"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} is not a recommender: it has no {name}")
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if (description.get("format"), description.get("task")) != (FORMAT, cls.task):
            raise ValueError(f"{folder} holds no recommender in format {FORMAT}; train it again")
        if description["feature_hash"] != schema_hash(FEATURES):
            raise ValueError(f"{folder} reads features that this release does not make; train it again")
        return cls(
            level=description["level"],
            booster_text=(folder / "booster.txt").read_text(encoding="utf-8"),
            horizon_days=description["horizon_days"],
            limits=Limits(**description["limits"]),
            features=tuple(description["features"]),
            version=description["version"],
            metadata=description["metadata"],
        )
