"""Labelled data: a table in which the outcome is a column trains like any other task, declared in a file.

    name = "telco"
    table = "telco.parquet"    # Parquet or CSV, beside this file
    id = "customerID"
    label = "Churn"
    positive = "Yes"
    leave_out = ["ChurnReason"]

Nothing is known of time here, so folds are by row and every row is judged by models that were fitted on others.
Columns of numbers are read as they are, with their ratios; columns of texts by their levels. What was filled in after
the outcome has to be left out by hand: no clock can tell.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.settings import Settings
from features.workspace import Workspace
from models.artifact import Model
from models.calibration import Calibration
from models.columns import IS, OVER, encoded, numbers, texts
from training import plots
from training.declared import Declared, read_declaration, read_declared_table
from training.evaluation import Judgement
from training.fit import MOST_ROUNDS, PARAMETERS, PATIENCE
from training.job import Trained
from training.registry import CHAMPION, Registry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MOST_LEVELS = 50
"""A column with more texts is a name, not a kind; it is left out, and said so."""
LEAST_ROWS = 10
MOST_RATIOS = 6
"""Ratios of so many columns of numbers, the first ones."""
SIZES: tuple[dict[str, Any], ...] = (
    {
        "num_leaves": 2,
        "min_data_in_leaf": 20,
        "learning_rate": 0.1,
        "lambda_l2": 1.0,
        "feature_fraction": 1.0,
    },
    {"num_leaves": 3, "min_data_in_leaf": 40},
    {"num_leaves": 6, "min_data_in_leaf": 40},
)
"""Trees of these sizes are tried in the folds of the training rows: what few columns say often adds up."""


class TaskFile(Declared):
    """What a task file declares."""

    label: str
    positive: str
    folds: int = Field(default=5, ge=2, le=20)


@dataclass(frozen=True, eq=False)
class Labelled:
    """A table with labels as rows of numbers.

    Attributes:
        ids: (rows,) of the id column, else the row numbers.
        features: what is read, as `models.columns` writes it.
        values: (rows, features).
        labels: (rows,) 1 for the positive one.
        left_out: columns that are neither numbers nor a few kinds.
    """

    ids: npt.NDArray[np.object_]
    features: tuple[str, ...]
    values: npt.NDArray[np.float32]
    labels: Ints
    left_out: tuple[str, ...]


def read_task_file(file: Path) -> TaskFile:
    """Read a task file; a relative table is read from beside it.

    Raises:
        ValueError: it is not TOML, or a key is missing, unknown or wrong.
    """
    return read_declaration(file, TaskFile)


def read_labelled(task: TaskFile) -> Labelled:
    """Read the table of a task.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column that is named is not there, or the label has one value only.
    """
    table, named = read_declared_table(task, [task.label])
    labels = (texts(table[task.label]) == task.positive).astype(np.int64)
    if len(np.unique(labels)) < 2:
        found = ", ".join(sorted(set(texts(table[task.label])))[:5])
        raise ValueError(
            f"{labels.sum()} of {len(labels)} rows have {task.label} = {task.positive!r}; found: {found}"
        )
    features, left_out = features_of(table.drop_columns(list(named)))
    ids = texts(table[task.id]) if task.id else np.arange(len(labels)).astype(str).astype(object)
    return Labelled(ids, features, encoded(table, features), labels, left_out)


def features_of(table: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Features that the columns of a table give, and the columns that give none."""
    plain, kinds, left_out = [], [], []
    for name in table.column_names:
        if numbers(table[name]) is not None:
            plain.append(name)
            continue
        levels, rows = np.unique(texts(table[name]).astype(str), return_counts=True)
        if len(levels) > MOST_LEVELS:
            left_out.append(name)
            continue
        kinds += [
            f"{name}{IS}{level}" for level, count in zip(levels, rows, strict=True) if count >= LEAST_ROWS
        ]
    varied = [name for name in plain if pc.count_distinct(table[name]).as_py() > MOST_LEVELS][:MOST_RATIOS]
    ratios = [f"{above}{OVER}{below}" for above, below in itertools.combinations(varied, 2)]
    return (*plain, *ratios, *kinds), tuple(left_out)


def judge_labelled(
    data: Labelled,
    task: TaskFile,
    *,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Judgement:
    """Cross-validate: each row is judged by a model, and a logistic regression, that were fitted on other rows."""
    p, logistic = np.empty(len(data.labels)), np.empty(len(data.labels))
    for number, (fit, held) in enumerate(_folds(data.labels, task.folds, seed)):
        if progress is not None:
            progress(number)
        part = replace_rows(data, fit)
        p[held] = fit_labelled(part, task, seed=seed, threads=threads).predict(data.values[held])[:, 1]
        logistic[held] = _logistic(part, data.values[held])
    base = np.full(len(data.labels), data.labels.mean())
    return Judgement(
        labels=("other", "positive"),
        customer_ids=data.ids,
        outcome=data.labels,
        probability=_both(p),
        baselines={"logistic": _both(logistic), "base_rate": _both(base)},
        design=f"{task.folds} folds by row: nothing is known of time",
        values=data.values,
    )


def fit_labelled(data: Labelled, task: TaskFile, *, seed: int, threads: int = 1) -> Model:
    """Fit on all rows given; size of the trees, rounds and calibration come from folds inside them."""
    folds = _folds(data.labels, task.folds, seed + 1)
    tried = []
    for size in SIZES:
        parameters = {**PARAMETERS, "objective": "binary", "metric": "binary_logloss", **size, "seed": seed}
        parameters["num_threads"] = threads
        tried.append((*_cross_validated(data, folds, parameters), parameters))
    loss, rounds, held_out, parameters = min(tried, key=lambda one: one[0])
    booster = lgb.train(parameters, _dataset(data), rounds)
    chosen = np.concatenate([held for _, held in folds])
    scores = np.stack([np.zeros(len(held_out)), held_out], axis=1)
    return Model(
        task=task.name,
        labels=("other", "positive"),
        features=data.features,
        booster_text=booster.model_to_string(),
        calibration=Calibration.fit(scores, data.labels[chosen]),
        horizon_days=0,
        metadata={
            "rounds": rounds,
            "rows": len(data.labels),
            "loss": loss,
            "num_leaves": parameters["num_leaves"],
        },
    )


def train_labelled(
    file: Path,
    settings: Settings,
    workspace: Workspace,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Trained:
    """Judge and fit the task of a file, and register the model as challenger; in an empty registry as champion.

    Raises:
        FileNotFoundError, ValueError: of `read_task_file` and `read_labelled`.
    """
    task = read_task_file(file)
    data = read_labelled(task)
    seed, threads = settings.training.seed, settings.training.threads
    tell = progress or (lambda *_: None)
    judgement = judge_labelled(
        data,
        task,
        seed=seed,
        threads=threads,
        progress=lambda fold: tell(f"{task.name}: folds", fold, task.folds),
    )
    tell(f"{task.name}: folds", task.folds, task.folds)
    facts = {
        "table": task.table.name,
        "label": f"{task.label} = {task.positive}",
        "rows": len(data.labels),
        "left_out": ", ".join((*task.leave_out, *data.left_out)) or "none",
        "seed": seed,
    }
    model = fit_labelled(data, task, seed=seed, threads=threads)
    model = replace(model, metadata=model.metadata | facts | {"figures": judgement.figures})
    registry = Registry(workspace)
    registered = registry.record(
        model,
        parameters=facts,
        figures=judgement.figures,
        plots={
            "reliability.png": plots.reliability_diagram(
                judgement.outcome, judgement.probability[:, 1], event=task.positive
            )
        },
        card=f"# {task.name}\n\n{judgement.verdict[0].upper()}{judgement.verdict[1:]}; {judgement.design}.\n",
        gates={"gate_beats_baselines": str(judgement.beats_baselines).lower()},
    )
    first = registry.version_of(task.name, CHAMPION) is None and judgement.beats_baselines
    if first:
        registry.set_alias(task.name, CHAMPION, registered.version)
    return Trained(registered, replace(model, version=registered.version), judgement, champion=first)


def replace_rows(data: Labelled, rows: Ints) -> Labelled:
    """The same with some of the rows."""
    return replace(data, ids=data.ids[rows], values=data.values[rows], labels=data.labels[rows])


def _folds(labels: Ints, count: int, seed: int) -> list[tuple[Ints, Ints]]:
    split = StratifiedKFold(count, shuffle=True, random_state=seed).split(np.zeros(len(labels)), labels)
    return list(split)


def _dataset(data: Labelled) -> lgb.Dataset:
    # names of the levels may hold what LightGBM has no names for
    names = [f"f{place}" for place in range(len(data.features))]
    return lgb.Dataset(data.values, data.labels, feature_name=names, free_raw_data=False)


def _cross_validated(
    data: Labelled, folds: list[tuple[Ints, Ints]], parameters: dict[str, Any]
) -> tuple[float, int, Floats]:
    """The least mean loss, the rounds at which it is, and the held-out log-odds there."""
    found = lgb.cv(
        parameters,
        _dataset(data),
        MOST_ROUNDS,
        folds=folds,
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        return_cvbooster=True,
    )
    boosters = found["cvbooster"]
    rounds = max(int(boosters.best_iteration), 1)
    scores = [
        np.asarray(booster.predict(data.values[held], raw_score=True, num_iteration=rounds))
        for booster, (_, held) in zip(boosters.boosters, folds, strict=True)
    ]
    return float(min(found["valid binary_logloss-mean"])), rounds, np.concatenate(scores)


def _logistic(data: Labelled, values: npt.NDArray[np.float32]) -> Floats:
    """Probabilities by logistic regression on the same columns without their ratios, missing ones at the median."""
    plain = [place for place, name in enumerate(data.features) if OVER not in name]
    model = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=2000)
    )
    model.fit(data.values[:, plain], data.labels)
    found: Floats = model.predict_proba(values[:, plain])[:, 1]
    return found


def _both(positive: Floats) -> Floats:
    return np.stack([1 - positive, positive], axis=1)
