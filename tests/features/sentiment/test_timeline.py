import numpy as np
import pytest

from features.sentiment.timeline import Timeline, beginnings
from features.sentiment.written import UNRATED, read_written
from tests.features.sentiment.voices import voices, write_feedback

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return read_written(write_feedback(tmp_path_factory.mktemp("tables"), voices(420, rated=0.8)))


@pytest.fixture(scope="module")
def timeline(written):
    return Timeline.fit(written)


def before(written, instant):
    """What was known before an instant, ratings included."""
    kept = written.where(written.known < instant)
    late = kept.rated >= instant
    kept.rating[late] = UNRATED
    return kept


def test_judges_follow_each_other_as_ratings_double(written):
    rated = np.sort(written.rated[written.rating != UNRATED])
    counts = [int((rated < since).sum()) for since in beginnings(written)]
    assert counts == [50, 100, 200, len(rated)]


def test_what_is_said_of_a_text_does_not_depend_on_anything_later(written, timeline):
    instant = int(written.known[300]) + 1
    past = before(written, instant)
    then = Timeline.fit(past).judge(past.text, past.known)
    now = timeline.judge(past.text, past.known)
    np.testing.assert_array_equal(then.polarity, now.polarity)
    assert then.aspects.tolist() == now.aspects.tolist()


def test_polarity_that_saw_its_own_rating_is_told_from_polarity_that_did_not(written):
    """Scores that contradict their texts by chance: who knows them has memorised, who does not cannot tell."""
    random = np.random.default_rng(1)
    unique = [f"{text} {number * 7919}" for number, text in enumerate(written.text)]
    rating = random.integers(0, 2, len(written)) * 2
    noise = type(written)(
        written.table, written.key, written.customer, unique, written.known, rating, written.known
    )
    timeline = Timeline.fit(noise)
    honest = timeline.judge(noise.text, noise.known).polarity
    leaking = timeline.latest.model.score(noise.text).polarity
    assert abs(np.corrcoef(honest, rating)[0, 1]) < 0.15
    assert np.corrcoef(leaking, rating)[0, 1] > 0.3


def test_the_first_texts_are_read_by_the_word_lists(timeline, written):
    said = timeline.judge(written.text[:40], written.known[:40])
    assert not said.calibrated.any()
    assert timeline.judge(written.text[-5:], written.known[-5:]).calibrated.all()


def test_a_timeline_comes_back_from_its_files(timeline, written, tmp_path):
    timeline.save(tmp_path / "model")
    loaded = Timeline.load(tmp_path / "model")
    one, other = (each.judge(written.text, written.known) for each in (timeline, loaded))
    np.testing.assert_array_equal(one.polarity, other.polarity)
    assert one.aspects.tolist() == other.aspects.tolist()


def test_files_of_another_task_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a model"):
        Timeline.load(tmp_path)
    (tmp_path / "model.json").write_text('{"task": "churn", "format": 1}')
    with pytest.raises(ValueError, match="'churn'"):
        Timeline.load(tmp_path)


def test_without_texts_there_is_the_word_list_alone(tmp_path):
    timeline = Timeline.fit(read_written(tmp_path))
    assert len(timeline.judges) == 1
    said = timeline.judge(["awful, broken", ""], np.array([0, 5 * HOUR_US]))
    assert said.polarity[0] < 0
    assert said.polarity[1] == 0
