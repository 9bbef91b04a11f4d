import pytest

from features.sentiment.ratings import NPS, STARS, polarities


@pytest.mark.parametrize(
    ("scale", "numbers", "expected"),
    [(STARS, [1, 2, 3, 4, 5], [0, 0, 1, 2, 2]), (NPS, [0, 6, 7, 8, 9, 10], [0, 0, 1, 1, 2, 2])],
)
def test_ordered_ratings_become_polarities(scale, numbers, expected):
    assert polarities(numbers, scale).tolist() == expected


def test_named_ratings_are_numbered():
    assert polarities(["negative", "neutral", "positive"]).tolist() == [0, 1, 2]


def test_an_unknown_name_is_an_error_that_says_what_there_is():
    with pytest.raises(ValueError, match="'bad' is none of negative, neutral, positive"):
        polarities(["bad"])


def test_a_missing_rating_is_an_error_that_says_which():
    with pytest.raises(ValueError, match="rating 1 is missing"):
        polarities([5, None], STARS)
