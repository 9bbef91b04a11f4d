"""Search for the parameters of the boosting, where the time for it is given: on training rows alone.

Every trial is judged by the mean loss over the folds that also choose the rounds. The usual parameters are the first
trial, so what comes out is never worse on these folds. The search is Optuna's tree of Parzen estimators (Bergstra et
al. 2011), seeded; it needs the extra `regulars[tune]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.season import Season
from training.fit import Fold, best_loss, boosting_parameters
from training.rows import TrainingRows
from training.suited import suited_parameters
from training.tasks import Task

TRIALS = 30


def tuned_parameters(
    task: Task,
    rows: TrainingRows,
    folds: Sequence[Fold],
    *,
    seed: int,
    threads: int = 1,
    trials: int = TRIALS,
    season: Season | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Parameters for `fit_model`: those of the least mean loss over the folds.

    Args:
        folds: (rows that fit, rows held out) of each fold, as indices into training rows.
        trials: how many sets of parameters are tried; the usual ones are the first.
        progress: told the number of each trial.

    Raises:
        ImportError: Optuna is not installed.
        ValueError: fewer than one trial.
    """
    if trials < 1:
        raise ValueError(f"{trials} trials; give 1 or more, such as {TRIALS}")
    try:
        import optuna
    except ImportError as error:
        raise ImportError("--tune needs Optuna; install it with: pip install 'regulars[tune]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    suited = suited_parameters(task, rows, folds, seed=seed, threads=threads, season=season)
    usual = boosting_parameters(task, len(rows), seed, threads) | suited

    def loss(trial: optuna.Trial) -> float:
        if progress is not None:
            progress(trial.number + 1)
        return best_loss(usual | _drawn(trial), rows, folds, season=season)

    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: usual[name] for name in _RANGES})
    study.optimize(loss, n_trials=trials)
    return suited | {name: study.best_params[name] for name in _RANGES}


_RANGES: dict[str, tuple[float, float]] = {
    "learning_rate": (0.01, 0.1),
    "num_leaves": (3, 31),
    "min_data_in_leaf": (20, 400),
    "feature_fraction": (0.1, 1.0),
    "bagging_fraction": (0.4, 1.0),
    "lambda_l2": (0.1, 100.0),
}


def _drawn(trial: Any) -> dict[str, float]:
    """One value of each range, over orders of magnitude alike."""
    draw = {int: trial.suggest_int, float: trial.suggest_float}
    return {name: draw[type(low)](name, low, high, log=True) for name, (low, high) in _RANGES.items()}
