import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.sentiment.learner import SentimentModel
from features.sentiment.ratings import STARS
from features.sentiment.scores import Stage
from tests.features.sentiment.corpus import PLAIN, mixed, named, texts
from training.metrics import auroc, calibration_excess

ANYTHING = st.one_of(st.text(max_size=300), st.binary(max_size=50), st.none(), st.floats())
MANY_SCRIPTS = [
    "Livrare foarte rapidă, mulțumesc!",
    "Ужасное качество, верните деньги",
    "质量很差，再也不买了",
    "とても良い商品でした",
    "สินค้าดีมาก ส่งเร็ว",
    "बहुत खराब सेवा",
    "خدمة ممتازة وسريعة",
    "שירות גרוע",
    "배송이 빨라서 좋아요",
    "😡😡😡",
]


@pytest.fixture(scope="module")
def rated():
    made, label = texts(900, noise=0.3)
    return SentimentModel.fit(made, named(label))


@pytest.fixture(scope="module")
def unrated():
    return SentimentModel.fit([], [], None, texts(400, words=PLAIN, classes=(0, 2))[0])


@pytest.fixture(scope="module", params=["rated", "few", "unrated", "empty"])
def model(request, rated, unrated):
    made, label = texts(100)
    return {
        "rated": lambda: rated,
        "few": lambda: SentimentModel.fit(made, named(label)),
        "unrated": lambda: unrated,
        "empty": lambda: SentimentModel.fit([], []),
    }[request.param]()


@settings(max_examples=30)
@given(asked=st.lists(ANYTHING, max_size=5))
def test_no_text_raises_and_no_score_is_missing(model, asked):
    scores = model.score(asked)
    assert len(scores) == len(scores.labels) == len(scores.language) == len(asked)
    assert ((scores.polarity >= -1) & (scores.polarity <= 1)).all()
    assert ((scores.negative >= 0) & (scores.negative <= 1)).all()
    assert ((scores.confidence >= 0) & (scores.confidence <= 1)).all()
    assert all(isinstance(words, list) for words in model.why(asked))


def test_a_text_of_a_hundred_kilobytes_is_scored_like_others(model):
    assert np.isfinite(model.score(["frusk great " * 9_000, "好" * 100_000]).polarity).all()
    assert len(model.why(["好看" * 50_000])) == 1


def test_the_scores_of_a_text_do_not_depend_on_the_others(model):
    asked = [*texts(20, seed=3)[0], *MANY_SCRIPTS]
    together = model.score(asked)
    alone = [model.score([text]) for text in asked]
    assert together.polarity.tolist() == [one.polarity[0] for one in alone]
    assert together.language == [one.language[0] for one in alone]


def test_words_of_the_retailer_are_learnt_from_ratings(rated):
    asked, label = texts(300, seed=9)
    scores = rated.score(asked)
    assert scores.calibrated
    assert (scores.label == label).mean() > 0.95
    assert scores.polarity[label == 0].max() < scores.polarity[label == 2].min()


def test_words_in_every_script_are_learnt_from_ratings():
    words = {0: ("плюх", "坏词", "แย่จัง", "ख़राबी"), 2: ("клёво", "好词", "เยี่ยมเลย", "मज़ेदार")}
    made, label = texts(400, words=words, classes=(0, 2))
    asked, expected = texts(200, seed=1, words=words, classes=(0, 2))
    assert (SentimentModel.fit(made, named(label)).score(asked).label == expected).mean() > 0.97


def test_the_probability_of_negative_is_true_to_the_ratings_of_other_texts():
    made, label = mixed(2000)
    asked, outcome = mixed(2000, seed=1)
    scores = SentimentModel.fit(made, named(label)).score(asked)
    assert calibration_excess((outcome == 0).astype(int), scores.negative, draws=200) < 0.02
    assert scores.negative.std() > 0.15


def test_the_confidence_is_the_chance_that_the_label_is_right(rated):
    asked, label = texts(2000, seed=5, noise=0.3)
    scores = rated.score(asked)
    assert scores.confidence.mean() == pytest.approx((scores.label == label).mean(), abs=0.04)


def test_before_anybody_has_rated_scores_are_not_called_calibrated_and_little_sure(unrated):
    scores = unrated.score(["excellent lamp", "terrible lamp", "lamp"])
    assert not scores.calibrated
    assert scores.polarity[0] > scores.polarity[2] > scores.polarity[1]
    assert scores.labels[:2] == ["positive", "negative"]
    assert scores.confidence.max() <= 0.5


def test_plain_opinions_are_told_before_anybody_has_rated(unrated):
    asked, label = texts(300, seed=2, words=PLAIN, classes=(0, 2))
    assert auroc((label == 2).astype(int), unrated.score(asked).polarity) > 0.95


def test_the_language_is_told_where_lists_are_asked_and_only_there(rated):
    assert rated.stage == Stage.RATINGS
    assert rated.score(["Ужасное качество"]).language == [""]
    assert SentimentModel.fit([], []).score(["Ужасное качество товара"]).language == ["ru"]


def test_the_same_seed_gives_the_same_model_and_folds_do_not_matter_much():
    made, label = texts(200, noise=0.2)
    asked = texts(100, seed=4)[0]
    first, again, other = (
        SentimentModel.fit(made, named(label), seed=s).score(asked).polarity for s in (1, 1, 2)
    )
    assert (first == again).all()
    assert np.corrcoef(first, other)[0, 1] > 0.98


def test_a_loaded_model_scores_as_the_saved_one(model, tmp_path):
    model.save(tmp_path / "sentiment")
    loaded = SentimentModel.load(tmp_path / "sentiment")
    asked = [*texts(50, seed=6)[0], *MANY_SCRIPTS, None]
    before, after = model.score(asked), loaded.score(asked)
    assert (before.polarity == after.polarity).all()
    assert (before.negative == after.negative).all()
    assert before.labels == after.labels
    assert before.language == after.language
    assert model.why(asked) == loaded.why(asked)


def test_the_words_that_drove_a_text_are_those_that_ratings_taught(rated):
    assert rated.why(["the lamp came frusk today", "a glimbo chair"]) == [["frusk"], ["glimbo"]]


def test_stars_are_read_by_their_scale():
    made, label = texts(100)
    stars = np.array([1, 3, 5])[label]
    by_stars = SentimentModel.fit(made, stars.tolist(), scale=STARS)
    assert (
        by_stars.score(made).polarity == SentimentModel.fit(made, named(label)).score(made).polarity
    ).all()


def test_a_text_and_a_rating_for_each_are_needed():
    with pytest.raises(ValueError, match="2 texts and 1 ratings"):
        SentimentModel.fit(["a", "b"], ["positive"])
