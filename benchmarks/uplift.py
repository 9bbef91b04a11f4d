"""How well customers are ranked by what an e-mail changes, on a trial with three arms.

    python -m benchmarks.uplift --data DIR

`hillstrom.parquet`: the MineThatData e-mail test (Kevin Hillstrom, 2008), 64,000 customers, a third each with an
e-mail on men's goods, one on women's goods, and none; the outcome is a visit within two weeks. Qini in 4 folds, 3
times over; the learner is chosen inside the training folds, by the same procedure for both e-mails.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Benchmark, arguments, table
from training.qini import qini_coefficient
from training.uplift import LEARNERS, Trial, choose, uplift

FOLDS, SEEDS = 4, 3
MAILS = {"womens": "Womens E-Mail", "mens": "Mens E-Mail"}
PEERS = {"tlearner": "t_boosted", "response": "response", "rule": "rule"}
QUICK_ROWS = 6_000


def main() -> None:
    """Measure and print."""
    options = arguments("uplift", ["hillstrom"])
    benchmark = Benchmark("uplift", {"folds": FOLDS, "seeds": SEEDS, "quick": options.quick})
    chosen: dict[str, list[str]] = {}
    for mail in MAILS:
        trial = read(options.data, MAILS[mail])
        if options.quick:
            trial = trial.where(np.arange(len(trial)) < QUICK_ROWS)
        figures, chosen[mail] = judge(trial, 1 if options.quick else SEEDS)
        for name, values in figures.items():
            prefix = "" if name == "chosen" else f"{name}_"
            benchmark.figures[f"{prefix}{mail}_visit_qini"] = float(np.mean(values))
            benchmark.figures[f"{prefix}{mail}_visit_qini_error"] = float(
                np.std(values) / np.sqrt(len(values))
            )
    rows = [
        (name, *(f"{benchmark.figures[key(name, mail)]:.4f}" for mail in MAILS))
        for name in ("chosen", *PEERS)
    ]
    print(table(("learner", *MAILS), rows))
    for mail, picked in chosen.items():
        print(f"{mail}: " + ", ".join(f"{name} {picked.count(name)} times" for name in sorted(set(picked))))
    print(benchmark.line())


def key(name: str, mail: str) -> str:
    """Name of a learner's figure."""
    return f"{'' if name == 'chosen' else f'{name}_'}{mail}_visit_qini"


def read(data: Path, mail: str) -> Trial:
    """The customers who got an e-mail or none.

    Raises:
        FileNotFoundError: the folder does not hold the data set.
    """
    file = data / "hillstrom.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"no {file.name} in {data.resolve()}; name its folder with --data")
    rows = pd.read_parquet(file)
    rows = rows[rows["segment"].isin([mail, "No E-Mail"])]
    values = rows[["recency", "history", "mens", "womens", "newbie"]].assign(
        log_history=np.log(rows["history"])
    )
    kinds = pd.get_dummies(rows[["zip_code", "channel"]])
    table = np.column_stack([values.to_numpy(np.float64), kinds.to_numpy(np.float64)])
    treated = (rows["segment"] == mail).to_numpy(np.float64)
    return Trial(table, treated, rows["visit"].to_numpy(np.float64))


def judge(trial: Trial, seeds: int) -> tuple[dict[str, list[float]], list[str]]:
    """Held-out coefficients of the chosen learner and of the peers, and what was chosen in each fold."""
    found: dict[str, list[float]] = {name: [] for name in ("chosen", *PEERS)}
    picked = []
    for seed in range(seeds):
        fold = np.random.default_rng(seed).permutation(len(trial)) % FOLDS
        for number in range(FOLDS):
            held, kept = trial.where(fold == number), trial.where(fold != number)
            best = choose(kept, seed=seed)
            picked.append(best.name)
            fitted = {"chosen": best.predict} | {peer: LEARNERS[name](kept) for peer, name in PEERS.items()}
            for name, predict in fitted.items():
                score = uplift(predict(held.values))
                found[name].append(qini_coefficient(held.outcome, score, held.treated))
    return found, picked


if __name__ == "__main__":
    main()
