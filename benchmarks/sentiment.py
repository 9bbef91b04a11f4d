"""How well sentiment is told in many languages, by how many own ratings there are; and how fast.

    python -m benchmarks.sentiment --data FOLDER

The folder holds `sentiment_dev.parquet` with the columns source, language, text and label (negative, neutral,
positive): LaRoSeDa (Romanian shop reviews), ten categories of a Chinese shop (shop10) and take-away reviews (waimai),
DeepSentiPers (Persian), Women's E-Commerce Clothing Reviews (English), and UMSAB (tweets; each of its eight languages
is a set). Of a set 30 % are tested; of UMSAB, which is small, everything in five folds. The other texts are rated as
far as a figure says, the rest of them is unrated; nothing sees a tested text before it is scored. Macro-F1 is over
the classes that a set has, AUROC between good and bad texts. The sets name no customers, so that every text is of a
customer of its own. `texts_per_s` is for a model that asks no word lists any more, `texts_per_s_with_lists` for one
that does.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Benchmark, table
from benchmarks.polarity.outcome import Outcome, together
from benchmarks.polarity.peers import decided, tfidf_logistic, vader, word_lists
from benchmarks.polarity.sets import IN_FOLDS, Set, load
from benchmarks.polarity.speed import speeds
from features.sentiment.learner import SentimentModel
from features.sentiment.ratings import POLARITIES
from features.sentiment.scores import Stage
from training.metrics import calibration_error, calibration_excess

Ints = NDArray[np.int64]
RATINGS = {"at_0": 0, "at_100": 100, "at_500": 500, "at_2000": 2_000, "all": None}
JUDGED = "at_2000"
"""Ratings with which probabilities are judged."""
QUICK = 16
"""By so much sets and ratings are fewer."""
TIMED = 20_000
Models = dict[Stage, SentimentModel]


def main() -> None:
    """Measure and print."""
    options = _arguments()
    shrink = QUICK if options.quick else 1
    benchmark = Benchmark("sentiment", {"quick": options.quick, "seed": 0})
    sets, models, rows = list(load(options.data, shrink)), Models(), []
    for one in sets:
        rows += judge(one, shrink, benchmark.figures, models)
    summarise(benchmark.figures, [one.name for one in sets])
    benchmark.figures |= speeds(sets, models, TIMED // shrink)
    for stage, name in ((Stage.RATINGS, "texts_per_s"), (Stage.RATINGS_AND_LIST, "texts_per_s_with_lists")):
        if stage not in models:
            benchmark.skipped[name] = f"no set led to the stage {stage}"
    header = ["set", "ratings", "stage", "F1", "AUROC", "TF-IDF F1", "TF-IDF AUROC", "lists F1", "VADER F1"]
    print(table(header, rows))
    for name in (
        "umsab_mean_f1",
        "calibration_excess",
        *(key for key in benchmark.figures if "texts_per" in key),
    ):
        print(f"{name}: {benchmark.figures[name]:,.4g}")
    print(benchmark.line())


def judge(one: Set, shrink: int, figures: dict[str, float], models: Models) -> list[list[str]]:
    """Measure every method on a set; a row of the table for each number of ratings.

    Args:
        one: the set.
        shrink: by so much ratings are fewer.
        figures: are added to.
        models: one of each stage is added, the last.
    """
    plain = {
        name: _unlearnt(one, polarity) for name, polarity in (("wordlist", word_lists), ("vader", vader))
    }
    for name, outcome in plain.items():
        figures |= {f"{one.name}_{name}_f1": outcome.f1, f"{one.name}_{name}_auroc": outcome.auroc}
    rows = []
    for at, ratings in RATINGS.items():
        most = len(one.texts) if ratings is None else ratings // shrink
        own, stage = _own(one, most, models)
        cells = ["", f"{own.auroc:.3f}", "", ""]
        figures[f"{one.name}_auroc_{at}"] = own.auroc
        if most:
            peer = _tfidf(one, most)
            figures |= {
                f"{one.name}_f1_{at}": own.f1,
                f"{one.name}_tfidf_f1_{at}": peer.f1,
                f"{one.name}_tfidf_auroc_{at}": peer.auroc,
            }
            cells = [f"{own.f1:.3f}", f"{own.auroc:.3f}", f"{peer.f1:.3f}", f"{peer.auroc:.3f}"]
        if at == JUDGED:
            figures |= _certainty(one.name, own)
        rows.append([one.name, at.removeprefix("at_"), stage, *cells, *(f"{plain[k].f1:.3f}" for k in plain)])
    return rows


def summarise(figures: dict[str, float], names: Sequence[str]) -> None:
    """Means over the sets."""
    tweets = [figures[f"{name}_f1_at_2000"] for name in names if name.startswith(IN_FOLDS)]
    if tweets:
        figures["umsab_mean_f1"] = float(np.mean(tweets))
    for figure in ("calibration_error", "calibration_excess"):
        figures[figure] = float(np.mean([figures[f"{name}_{figure}"] for name in names]))


def _own(one: Set, most: int, models: Models) -> tuple[Outcome, Stage]:
    """Our method, and the stage that most folds came to."""
    parts, stages = [], Counter[Stage]()
    for known, tested in one.splits:
        rated, unrated = known[:most], known[most:]
        ratings = [POLARITIES[label] for label in one.label[rated]]
        model = SentimentModel.fit(one.picked(rated), ratings, None, one.picked(unrated))
        scores = model.score(one.picked(tested))
        parts.append(Outcome(one.label[tested], scores.label, scores.polarity, scores.negative))
        stages[model.stage] += 1
        models[model.stage] = model
    return together(parts), stages.most_common(1)[0][0]


def _tfidf(one: Set, most: int) -> Outcome:
    parts = []
    for known, tested in one.splits:
        rated = known[:most]
        said, polarity = tfidf_logistic(one.picked(rated), one.label[rated], one.picked(tested))
        parts.append(Outcome(one.label[tested], said, polarity))
    return together(parts)


def _unlearnt(one: Set, method: Callable[[Sequence[str]], NDArray[np.float64]]) -> Outcome:
    """A method that learns nothing from ratings, on all tested texts."""
    rows = np.concatenate([tested for _, tested in one.splits])
    polarity = method(one.picked(rows))
    return Outcome(one.label[rows], decided(polarity, neutral=one.neutral), polarity)


def _certainty(name: str, own: Outcome) -> dict[str, float]:
    """The interval of F1, and how true the probabilities are."""
    low, high = own.f1_interval
    found = {f"{name}_f1_at_2000_low": low, f"{name}_f1_at_2000_high": high}
    if own.negative is not None:
        found[f"{name}_calibration_error"] = calibration_error(own.bad, own.negative)
        found[f"{name}_calibration_excess"] = calibration_excess(own.bad, own.negative)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentiment")
    parser.add_argument("--data", type=Path, required=True, help="folder with sentiment_dev.parquet")
    parser.add_argument("--quick", action="store_true", help="small, for tests; the same keys")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: there is no folder {options.data}")
    return options


if __name__ == "__main__":
    main()
