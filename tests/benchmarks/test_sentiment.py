"""The benchmark on invented texts: what it splits, what it counts, and the figures that others rely on."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.polarity.outcome import Outcome, together
from benchmarks.polarity.peers import decided
from benchmarks.polarity.sets import FILE, load
from features.sentiment.text import key
from tests.features.sentiment.corpus import PLAIN, named, texts
from training.metrics import macro_f1

ROOT = Path(__file__).parents[2]
WORDS = {**PLAIN, 1: ("ordinary", "average", "usual")}
PADDING = "and the shelf is where the parcel was when the order came to the table with the chair in the box"
SET_KEYS = ("f1_at_100", "f1_at_500", "f1_at_2000", "f1_all", "auroc_at_0", "auroc_at_2000")
PEER_KEYS = ("vader_f1", "wordlist_f1", "tfidf_f1_at_2000")


@pytest.fixture
def folder(tmp_path):
    parts = []
    for seed, (source, language, classes, count) in enumerate(
        [("umsab", "en", (0, 1, 2), 1600), ("shop", "en", (0, 2), 4800)]
    ):
        made, label = texts(count, seed, WORDS, noise=0.1, classes=classes)
        made = [f"{text} {PADDING}" for text in made]
        parts.append(
            pa.table(
                {
                    "source": [source] * count,
                    "language": [language] * count,
                    "text": made,
                    "label": named(label),
                }
            )
        )
    pq.write_table(pa.concat_tables([*parts, parts[0]]), tmp_path / FILE)
    return tmp_path


def test_no_text_is_in_two_sets_or_on_both_sides_of_a_split(folder):
    sets = list(load(folder))
    keys = [key(text) for one in sets for text in one.texts]
    assert len(keys) == len(set(keys))
    for one in sets:
        for known, tested in one.splits:
            assert not set(known.tolist()) & set(tested.tolist())
            assert len(known) + len(tested) == len(one.texts)


def test_folds_test_every_text_once(folder):
    tweets = next(one for one in load(folder) if one.name == "umsab_en")
    tested = np.concatenate([rows for _, rows in tweets.splits])
    assert sorted(tested.tolist()) == list(range(len(tweets.texts)))


def test_the_same_seed_splits_alike_and_another_does_not(folder):
    first, again, other = (next(iter(load(folder, seed=seed))).texts for seed in (0, 0, 1))
    assert first == again != other


def test_f1_is_the_mean_over_the_classes_of_the_set():
    label, said = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 1, 2, 0])
    assert Outcome(label, said, said - 1.0).f1 == pytest.approx(macro_f1(label, said))


def test_an_answer_that_the_set_has_not_is_never_right_and_makes_no_class():
    label, said = np.array([0, 0, 2, 2]), np.array([0, 1, 2, 1])
    assert Outcome(label, said, said - 1.0).f1 == pytest.approx(2 / 3)


def test_the_interval_holds_the_figure_and_narrows_with_texts():
    label = np.tile([0, 1, 2, 2], 50)
    said = np.tile([0, 1, 2, 0], 50)
    few, many = Outcome(label, said, said - 1.0), together([Outcome(label, said, said - 1.0)] * 16)
    (low, high), (lower, higher) = few.f1_interval, many.f1_interval
    assert low < few.f1 < high
    assert higher - lower < 0.4 * (high - low)


def test_a_method_without_neutral_is_judged_by_its_sign_on_sets_without_neutral():
    polarity = np.array([-0.5, 0.0, 0.01, 0.5])
    assert decided(polarity, neutral=True).tolist() == [0, 1, 1, 2]
    assert decided(polarity, neutral=False).tolist() == [0, 2, 2, 2]


@pytest.mark.slow
def test_the_last_line_holds_the_figures_and_ours_is_ahead(folder):
    command = [sys.executable, "-m", "benchmarks.sentiment", "--data", str(folder), "--quick"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    document = json.loads(printed.splitlines()[-1])
    figures = document["figures"]
    assert {f"{name}_{figure}" for name in ("shop", "umsab_en") for figure in SET_KEYS + PEER_KEYS} <= set(
        figures
    )
    assert {"umsab_mean_f1", "calibration_error", "calibration_excess"} <= set(figures)
    assert figures["shop_f1_at_100"] > figures["shop_tfidf_f1_at_100"]
    assert figures["hashingvectorizer_texts_per_s"] > 0


def test_a_folder_that_is_not_there_is_a_usage_error():
    command = [sys.executable, "-m", "benchmarks.sentiment", "--data", "nowhere"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "there is no folder nowhere" in ended.stderr
