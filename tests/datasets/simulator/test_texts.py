import numpy as np
import pytest

from datasets.simulator.texts import ASPECTS, phrases, write_texts
from datasets.simulator.traits import LANGUAGES


def written(n=3_000, polarity=None, seed=1):
    random = np.random.default_rng(seed)
    language = random.integers(0, len(LANGUAGES), n)
    aspect = random.integers(0, len(ASPECTS), n)
    felt = random.integers(-1, 2, n) if polarity is None else np.full(n, polarity)
    return write_texts(random, language, aspect, felt)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_can_say_everything(language):
    known = phrases()[language]
    wanted = {f"{aspect}_{side}" for aspect in ASPECTS for side in ("positive", "negative")} | {"neutral"}
    assert set(known) == wanted
    assert all(len(set(sentences)) >= 2 for sentences in known.values())


def test_no_sentence_is_said_of_two_things():
    said = [text for known in phrases().values() for sentences in known.values() for text in sentences]
    assert len(set(said)) == len(said)


def test_equal_numbers_write_equal_texts():
    assert written() == written()
    assert written() != written(seed=2)


def test_texts_are_untidy_and_never_empty():
    texts, codes = written()
    clean = {text for known in phrases().values() for sentences in known.values() for text in sentences}
    assert 0.2 < np.mean([text in clean for text in texts]) < 0.7
    assert all(text.strip() for text in texts)
    assert set(codes) == set(LANGUAGES)


def test_faces_follow_the_feeling():
    angry, glad = (" ".join(written(polarity=felt)[0]) for felt in (-1, 1))
    assert "😡" in angry
    assert "😡" not in glad
    assert "👍" in glad
