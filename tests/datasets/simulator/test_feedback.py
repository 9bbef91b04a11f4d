import numpy as np
import pytest

from datasets.simulator.choice import TYPES
from datasets.simulator.feedback import (
    CLI,
    KINDS,
    MENTION,
    NOBODY,
    NPS,
    REVIEW,
    SCALES,
    SURVEY,
    draw_feedback,
)


@pytest.fixture(scope="module")
def said(world, cell):
    return draw_feedback(world, cell)


def test_every_kind_of_feedback_is_given(said):
    assert set(np.unique(said.kind)) == set(range(len(KINDS)))


@pytest.mark.parametrize(("kind", "scale"), SCALES.items())
def test_scores_stay_on_their_scale_and_use_it(said, kind, scale):
    score = said.score[said.kind == kind]
    assert scale[0] <= score.min() < score.max() <= scale[1]


@pytest.mark.parametrize("kind", [NPS, CLI, REVIEW])
def test_the_content_rate_higher(cell, said, kind):
    rows = np.flatnonzero(said.kind == kind)
    mood = cell.people.traits.mood[said.writer[rows]]
    assert np.corrcoef(mood, said.score[rows])[0, 1] > 0.3


def test_a_text_agrees_with_the_stars_beside_it(said):
    review = said.kind == REVIEW
    assert np.corrcoef(said.polarity[review], said.score[review])[0, 1] > 0.6


def test_a_loyalty_index_has_three_answers_at_one_time(said):
    cli = said.kind == CLI
    assert np.bincount(said.question[cli]).tolist() == [cli.sum() // 3] * 3


def test_most_mentions_come_from_nobody_known(said):
    unknown = said.customer == NOBODY
    assert unknown[said.kind == MENTION].mean() > 0.5
    assert not unknown[said.kind != MENTION].any()


def test_survey_answers_mostly_tell_the_truth(cell, said):
    survey = said.kind == SURVEY
    truth = cell.people.traits.loyalty_type[said.writer[survey]]
    assert 0.8 < (said.answer[survey] == truth).mean() < 1
    assert said.answer[survey].max() < len(TYPES)
