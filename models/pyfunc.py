"""The artifact behind MLflow's `pyfunc` interface: `predict` returns calibrated probabilities.

MLflow loads this module by name and hands it the folder of plain files, so nothing is unpickled.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from features.sentiment.timeline import TASK, Timeline
from models.artifact import Model


class ProbabilityModel:
    """Probabilities of a model for a data frame of features."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Probabilities, one column a label, for a frame that has the model's features as columns.

        Raises:
            ValueError: a feature is missing.
        """
        missing = [name for name in self.model.features if name not in frame.columns]
        if missing:
            raise ValueError(
                f"the frame lacks {len(missing)} features of the model: {', '.join(missing[:5])}"
            )
        values = frame[list(self.model.features)].to_numpy(dtype="float64")
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


def _load_pyfunc(data_path: str) -> ProbabilityModel | TextModel:
    """What MLflow calls to load the artifact."""
    folder = Path(data_path)
    if json.loads((folder / "model.json").read_text(encoding="utf-8"))["task"] == TASK:
        return TextModel(Timeline.load(folder))
    return ProbabilityModel(Model.load(folder))
