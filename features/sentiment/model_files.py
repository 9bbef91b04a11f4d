"""A sentiment model as plain files: `sentiment.json` and `sentiment.npz`, no pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.sentiment.calibration import Calibration
from features.sentiment.classifier import Classifier
from features.sentiment.ngrams import BUCKETS
from features.sentiment.scores import Stage
from features.sentiment.selftraining import Student
from features.sentiment.stages import Learnt
from features.sentiment.weighting import Weighting

FORMAT = 1
"""Goes up whenever n-grams, their hash or their weights change."""
_DESCRIPTION, _ARRAYS = "sentiment.json", "sentiment.npz"


def write(folder: Path, learnt: Learnt) -> None:
    """Write both files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {"rarity": learnt.weighting.rarity}
    if learnt.student:
        arrays |= {"student_weights": learnt.student.weights, "student_constants": learnt.student.constants}
    if learnt.classifier:
        arrays |= {"weights": learnt.classifier.weights, "dense_weights": learnt.classifier.dense_weights}
    with (folder / _ARRAYS).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    description = {
        "format": FORMAT,
        "stage": learnt.stage.value,
        "classes": learnt.classes,
        "usual_language": learnt.usual,
        "list_spread": learnt.list_spread,
        "student_agreement": learnt.student.agreement if learnt.student else None,
        "calibration": asdict(learnt.calibration) if learnt.calibration else None,
    }
    (folder / _DESCRIPTION).write_text(json.dumps(description, indent=1), encoding="utf-8")


def read(folder: Path) -> Learnt:
    """Read what `write` wrote.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the files are of another format, or do not belong together.
    """
    for name in (_DESCRIPTION, _ARRAYS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder} is not a sentiment model: it has no {name}")
    description = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    if description.get("format") != FORMAT:
        raise ValueError(
            f"{folder} has sentiment format {description.get('format')!r}; this release reads {FORMAT}"
        )
    with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if arrays["rarity"].shape != (BUCKETS,) or ("weights" in arrays) != bool(description["calibration"]):
        raise ValueError(
            f"{folder}: {_ARRAYS} and {_DESCRIPTION} do not belong together; train sentiment anew"
        )
    return Learnt(
        Stage(description["stage"]),
        Weighting(arrays["rarity"]),
        _student(arrays, description["student_agreement"]),
        Classifier(arrays["weights"], arrays["dense_weights"]) if "weights" in arrays else None,
        _calibration(description["calibration"]),
        tuple(description["classes"]),
        description["usual_language"],
        description["list_spread"],
    )


def _student(arrays: dict[str, NDArray[Any]], agreement: float | None) -> Student | None:
    if agreement is None:
        return None
    return Student(arrays["student_weights"], arrays["student_constants"], agreement)


def _calibration(values: dict[str, Any] | None) -> Calibration | None:
    if values is None:
        return None
    return Calibration(tuple(values["slopes"]), tuple(values["intercepts"]), tuple(values["offsets"]))
