"""The artifact behind MLflow's `pyfunc` interface: `predict` returns calibrated probabilities.

MLflow loads this module by name and hands it the folder of plain files, so nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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


def _load_pyfunc(data_path: str) -> ProbabilityModel:
    """What MLflow calls to load the artifact."""
    return ProbabilityModel(Model.load(Path(data_path)))
