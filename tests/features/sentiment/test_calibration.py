import numpy as np
import pytest
from scipy.special import softmax

from features.sentiment.calibration import Calibration, fair_offsets
from training.metrics import calibration_excess, macro_f1


def drawn(logits, seed=0):
    probability = softmax(logits, axis=1)
    return (probability.cumsum(axis=1) < np.random.default_rng(seed).random((len(logits), 1))).sum(axis=1)


def margins(texts=4000, seed=1):
    return np.random.default_rng(seed).normal(size=(texts, 3))


def test_probabilities_of_distorted_margins_are_true_again():
    truth = margins() * [1.0, 2.0, 1.5] + [0.0, -1.0, 1.0]
    label = drawn(truth)
    calibration = Calibration.fit(margins(), label)
    fresh = margins(seed=7)
    outcome = drawn(fresh * [1.0, 2.0, 1.5] + [0.0, -1.0, 1.0], seed=8)
    negative = calibration.probabilities(fresh)[:, 0]
    assert calibration_excess((outcome == 0).astype(int), negative, draws=200) < 0.01
    assert calibration.slopes == pytest.approx([1.0, 2.0, 1.5], rel=0.15)


def test_of_two_classes_the_order_of_texts_stays():
    side = margins()[:, :1]
    both = np.concatenate([-side, side], axis=1)
    probability = Calibration.fit(both, drawn(both)).probabilities(both)
    assert (np.argsort(probability[:, 1], kind="stable") == np.argsort(side[:, 0], kind="stable")).all()


def test_margins_that_separate_perfectly_give_finite_probabilities():
    side = np.repeat([[1.0, -1.0], [-1.0, 1.0]], 10, axis=0)
    probability = Calibration.fit(side, np.repeat([0, 1], 10)).probabilities(side)
    assert 0 < probability.min() < 0.1


def test_decisions_for_macro_f1_find_more_of_a_rare_class_than_the_likeliest_does():
    logits = margins() + np.array([0.0, 0.0, 3.0])
    label, probability = drawn(logits), softmax(logits, axis=1)
    fair = Calibration((1.0,) * 3, (0.0,) * 3, fair_offsets(probability)).decide(probability)
    likeliest = probability.argmax(axis=1)
    assert macro_f1(label, fair) > macro_f1(label, likeliest) + 0.02
    assert (fair != 2).sum() > (likeliest != 2).sum()


def test_classes_that_are_as_frequent_need_no_offset():
    assert max(map(abs, fair_offsets(softmax(2 * margins(), axis=1)))) <= 0.2
