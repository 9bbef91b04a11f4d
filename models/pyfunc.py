"""The artifact behind MLflow's `pyfunc` interface: `predict` returns calibrated probabilities.

MLflow loads this module by name and hands it the folder of plain files, so nothing is unpickled.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.sentiment.timeline import TASK, Timeline
from models.artifact import Model
from models.recommender import Recommender
from models.value import ValueModel


class ProbabilityModel:
    """Probabilities of a model for a data frame of features."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Probabilities, one column a label, for a frame that has the model's features as columns.

        Raises:
            ValueError: a feature is missing.
        """
        values = _values(frame, self.model.features)
        return pd.DataFrame(self.model.predict(values), columns=list(self.model.labels), index=frame.index)


class TextModel:
    """What the latest judge of a timeline says of texts."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Polarity, probability of being negative, and confidence, for a frame with a column `text`.

        Raises:
            ValueError: there is no such column.
        """
        if "text" not in frame.columns:
            raise ValueError("the frame lacks the column 'text'")
        said = self.timeline.latest.model.score(frame["text"].tolist())
        columns = (said.polarity, said.negative, said.confidence)
        return pd.DataFrame(dict(zip(Timeline.labels, columns, strict=True)), index=frame.index)


class MarginModel:
    """What customers bring in twelve months if they stay."""

    def __init__(self, model: ValueModel) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Margin in minor units, for a frame that has the model's features as columns.

        Raises:
            ValueError: a feature is missing.
        """
        values = _values(frame, self.model.features)
        return pd.DataFrame({ValueModel.labels[0]: self.model.if_staying(values)}, index=frame.index)


class PurchaseModel:
    """How probable a purchase of an item by a customer is."""

    def __init__(self, model: Recommender) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Probability within the horizon, for a frame with the recommender's features of pairs as columns.

        Raises:
            ValueError: a feature is missing.
        """
        values = _values(frame, self.model.features)
        return pd.DataFrame({Recommender.labels[0]: self.model.predict(values)}, index=frame.index)


def _values(frame: pd.DataFrame, features: tuple[str, ...]) -> NDArray[np.float64]:
    missing = [name for name in features if name not in frame.columns]
    if missing:
        raise ValueError(f"the frame lacks {len(missing)} features of the model: {', '.join(missing[:5])}")
    values: NDArray[np.float64] = frame[list(features)].to_numpy(dtype="float64")
    return values


def _load_pyfunc(data_path: str) -> ProbabilityModel | TextModel | MarginModel | PurchaseModel:
    """What MLflow calls to load the artifact."""
    folder = Path(data_path)
    task = json.loads((folder / "model.json").read_text(encoding="utf-8"))["task"]
    if task == TASK:
        return TextModel(Timeline.load(folder))
    if task == ValueModel.task:
        return MarginModel(ValueModel.load(folder))
    if task == Recommender.task:
        return PurchaseModel(Recommender.load(folder))
    return ProbabilityModel(Model.load(folder))
