"""A trial in a table of its own: who was treated, what came of it, and whom the action persuades; declared in a file.

    name = "spring_mail"
    table = "trial.parquet"      # Parquet or CSV, beside this file
    id = "customer_id"
    treatment = "segment"
    treated = "e-mail"
    control = "none"             # rows with neither are left out
    outcome = "visit"
    positive = "1"
    leave_out = ["spend"]

Who is treated has to be drawn by lot, with the same chance for everybody. What was known only after the treatment has
to be left out by hand: no clock can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.columns import OVER, encoded, texts
from models.offer_effects import LEVEL_Z
from models.verdicts import VERDICTS, verdicts
from training.bootstrap import Interval
from training.declared import Declared, read_declaration, read_declared_table
from training.labelled import features_of
from training.qini import qini_coefficient
from training.uplift import FOLDS, LEARNERS, Trial, choose, uplift, uplift_interval

Floats = npt.NDArray[np.float64]
_DRAWS = 200
LEAST_ROWS = 40
"""With and without the outcome, in either group: fewer leave a fold without."""


class TrialFile(Declared):
    """What a trial file declares."""

    treatment: str
    treated: str
    control: str
    outcome: str
    positive: str = "1"


@dataclass(frozen=True, eq=False)
class TrialJudgement:
    """What the action changes on average, how well customers are ranked by it, and what it does to each row.

    Attributes:
        ids: (n,) of the id column, else the row numbers.
        probability: (n, 2) of the outcome without the action and with it, by models chosen and fitted on other rows.
        low, high: (n,) bounds of the difference, 19 times out of 20.
        verdict: (n,) codes into VERDICTS.
        effect: of the action on the share with the outcome, over all rows.
        qini: of these rankings.
        learners: mean coefficient of each learner alone, on the same held-out rows.
        chosen: the learner of each fold.
    """

    ids: npt.NDArray[np.object_]
    probability: Floats
    low: Floats
    high: Floats
    verdict: npt.NDArray[np.uint8]
    effect: Interval
    qini: Interval
    learners: Mapping[str, float]
    chosen: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values, without the rows."""
        counts = np.bincount(self.verdict, minlength=len(VERDICTS)).tolist()
        return {
            "rows": len(self.ids),
            "effect": self.effect._asdict(),
            "qini": self.qini._asdict(),
            "learners": dict(self.learners),
            "chosen": list(self.chosen),
            "verdicts": dict(zip(VERDICTS, counts, strict=True)),
        }

    def table(self) -> pa.Table:
        """A row for each row of the trial, the most persuadable first."""
        difference = uplift(self.probability)
        order = np.argsort(-difference, kind="stable")
        columns = {
            "id": pa.array(self.ids[order], pa.string()),
            "without": self.probability[order, 0],
            "with": self.probability[order, 1],
            "uplift": difference[order],
            "uplift_low": self.low[order],
            "uplift_high": self.high[order],
            "verdict": np.array(VERDICTS)[self.verdict[order]],
        }
        return pa.table(columns)


def read_trial_file(file: Path) -> TrialFile:
    """Read a trial file; a relative table is read from beside it.

    Raises:
        ValueError: it is not TOML, or a key is missing, unknown or wrong.
    """
    return read_declaration(file, TrialFile)


def read_trial(file: TrialFile) -> tuple[Trial, npt.NDArray[np.object_]]:
    """The rows of a trial, missing numbers at their median, and their ids.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a column that is named is not there, or a group or an outcome is missing or too rare.
    """
    table, named = read_declared_table(file, [file.treatment, file.outcome])
    group = texts(table[file.treatment])
    kept = np.isin(group, [file.treated, file.control])
    table, group = table.filter(pa.array(kept)), group[kept]
    for wanted in (file.treated, file.control):
        if wanted not in group:
            raise ValueError(f"no row of {file.table} has {file.treatment} = {wanted!r}")
    outcome = (texts(table[file.outcome]) == file.positive).astype(np.float64)
    if len(np.unique(outcome)) < 2:
        raise ValueError(
            f"{int(outcome.sum())} of {len(outcome)} rows have {file.outcome} = {file.positive!r}; nothing differs"
        )
    treated = group == file.treated
    fewest = min(int((outcome[side] == y).sum()) for side in (treated, ~treated) for y in (0, 1))
    if fewest < LEAST_ROWS:
        raise ValueError(
            f"{fewest} rows of a group of {file.table} have the rarer outcome; {LEAST_ROWS} with and without it are "
            "needed among the treated and among the controls"
        )
    columns, _ = features_of(table.drop_columns(list(named)))
    plain = tuple(name for name in columns if OVER not in name)
    values = encoded(table, plain).astype(np.float64)
    middle = np.nan_to_num(np.nanmedian(values, axis=0)) if len(plain) else np.empty(0)
    ids = texts(table[file.id]) if file.id else np.arange(len(outcome)).astype(str).astype(object)
    filled = np.where(np.isnan(values), middle, values)
    return Trial(filled, treated.astype(np.float64), outcome), ids


def judge_trial(
    trial: Trial,
    ids: npt.NDArray[np.object_],
    *,
    seed: int = 7,
    progress: Callable[[int], None] | None = None,
) -> TrialJudgement:
    """Judge each row by a learner that was chosen and fitted on other rows.

    Args:
        ids: (n,) of the rows.
        progress: told how many of FOLDS folds are done.
    """
    probability, (low, high) = np.empty((len(trial), 2)), np.empty((2, len(trial)))
    alone: dict[str, list[float]] = {name: [] for name in LEARNERS}
    chosen = []
    fold = np.random.default_rng(seed).permutation(len(trial)) % FOLDS
    for number in range(FOLDS):
        rows = fold == number
        held, kept = trial.where(rows), trial.where(~rows)
        found = choose(kept, seed=seed, repeats=1)
        chosen.append(found.name)
        probability[rows] = found.predict(held.values)
        change = uplift(probability[rows])
        below, above = uplift_interval(LEARNERS[found.name], kept, held.values, draws=20, seed=seed)
        half = (above - below) / 2
        low[rows], high[rows] = change - half, change + half
        for name, learner in LEARNERS.items():
            score = uplift(learner(kept)(held.values))
            alone[name].append(qini_coefficient(held.outcome, score, held.treated))
        if progress is not None:
            progress(number + 1)
    likely = float(trial.outcome[trial.controls].mean())
    return TrialJudgement(
        ids=ids,
        probability=probability,
        low=low,
        high=high,
        verdict=verdicts(probability[:, 0], probability[:, 1], low, high, likely),
        effect=_effect(trial),
        qini=_qini(trial, uplift(probability), seed),
        learners={name: float(np.mean(values)) for name, values in alone.items()},
        chosen=tuple(chosen),
    )


def _effect(trial: Trial) -> Interval:
    """Difference of the shares of both groups, by the normal approximation."""
    groups = [trial.outcome[group] for group in (trial.controls, ~trial.controls)]
    value = float(groups[1].mean() - groups[0].mean())
    error = float(np.sqrt(sum(group.var() / len(group) for group in groups)))
    return Interval(value, value - LEVEL_Z * error, value + LEVEL_Z * error)


def _qini(trial: Trial, score: Floats, seed: int) -> Interval:
    """The coefficient of a ranking, with a bootstrap interval by row."""
    random, n = np.random.default_rng(seed), len(trial)
    drawn = []
    for _ in range(_DRAWS):
        rows = random.integers(0, n, n)
        drawn.append(qini_coefficient(trial.outcome[rows], score[rows], trial.treated[rows]))
    value = qini_coefficient(trial.outcome, score, trial.treated)
    return Interval(value, *(float(bound) for bound in np.quantile(drawn, [0.025, 0.975])))
