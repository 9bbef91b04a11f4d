import numpy as np
import pytest

from features.sentiment.learner import SentimentModel
from features.sentiment.ratings import POLARITIES
from features.sentiment.scores import Stage
from features.sentiment.stages import FEWEST, LIST_BELOW, worth_asking
from tests.features.sentiment.corpus import OWN, PLAIN, named, texts
from training.metrics import auroc


def fitted(count, unrated=(), words=OWN, **options):
    made, label = texts(count, words=words, **options)
    return SentimentModel.fit(made, named(label), None, unrated)


def test_without_ratings_the_lists_teach_where_they_find_enough():
    unrated, _ = texts(400, words=PLAIN, classes=(0, 2))
    assert SentimentModel.fit([], [], None, unrated).stage == Stage.SELF_TRAINED


def test_without_ratings_and_listed_words_the_lists_are_all_there_is():
    unrated, _ = texts(400)
    assert SentimentModel.fit([], [], None, unrated).stage == Stage.WORD_LIST
    assert SentimentModel.fit([], []).stage == Stage.WORD_LIST


def test_a_hundred_ratings_are_learnt_from_beside_the_lists():
    assert fitted(100).stage == Stage.RATINGS_AND_LIST


@pytest.mark.parametrize(("bad", "stage"), [(FEWEST - 1, Stage.WORD_LIST), (FEWEST, Stage.RATINGS_AND_LIST)])
def test_ratings_are_learnt_from_when_there_are_enough_good_and_bad_ones(bad, stage):
    good, _ = texts(40, classes=(2,))
    poor, _ = texts(bad, seed=1, classes=(0,))
    ratings = ["positive"] * 40 + ["negative"] * bad
    assert SentimentModel.fit(good + poor, ratings).stage == stage


def test_neutral_is_a_class_when_there_are_enough_neutral_ratings():
    made, label = texts(100, classes=(0, 2))
    few = SentimentModel.fit([*made, "so so"], [*named(label), "neutral"])
    assert few.learnt.classes == (0, 2)
    assert fitted(100).learnt.classes == (0, 1, 2)


def test_with_many_ratings_lists_that_know_no_word_are_dropped():
    assert fitted(LIST_BELOW).stage == Stage.RATINGS
    assert fitted(LIST_BELOW - 1).stage == Stage.RATINGS_AND_LIST


def test_lists_are_asked_on_if_they_save_a_share_of_the_loss_and_not_by_chance():
    loss = np.random.default_rng(0).uniform(0.5, 1.5, 1000)
    assert worth_asking(loss * 0.9, loss, 2.0)
    assert not worth_asking(loss * 0.98, loss, 2.0)
    few = np.array([1.0, 1.0, 1.0, 1.0])
    assert not worth_asking(few + np.array([0.9, -1.0, 0.8, -0.95]), few, 2.0)


def test_where_little_can_be_learnt_lists_are_asked_on_for_a_share_of_that():
    loss = np.random.default_rng(0).uniform(0.5, 1.5, 1000)
    assert worth_asking(loss * 0.98, loss, float(loss.mean()) + 0.1)


def test_ratings_that_contradict_their_texts_are_trusted_less():
    """A text says good or bad by one word among many that say nothing; three in four ratings are drawn by lot."""
    random = np.random.default_rng(3)
    words = [f"word{number}" for number in range(300)]
    label = random.integers(0, 2, 600)
    said = [" ".join([*random.choice(words, 12), ("zibble", "frobnit")[1 - one]]) for one in label.tolist()]
    rated = np.where(random.random(600) < 0.75, random.integers(0, 2, 600), label) * 2
    fresh = [" ".join([*random.choice(words, 12), word]) for word in ("zibble", "frobnit") * 50]
    polarity = SentimentModel.fit(said, [POLARITIES[one] for one in rated]).score(fresh).polarity
    assert auroc(np.array([1, 0] * 50), polarity) > 0.97
