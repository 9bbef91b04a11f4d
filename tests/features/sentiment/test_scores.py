import numpy as np

from features.sentiment.scores import SentimentScores, joined


def scores(polarity, language):
    values = np.array(polarity)
    return SentimentScores(
        values, (1 - values) / 2, np.sign(values).astype(int) + 1, abs(values), True, language
    )


def test_labels_are_the_names_of_polarities():
    assert scores([-0.5, 0.0, 0.5], ["", "", ""]).labels == ["negative", "neutral", "positive"]


def test_batches_are_joined_in_order():
    both = joined([scores([-0.5], ["ro"]), scores([0.0, 0.5], ["en", ""])])
    assert both.polarity.tolist() == [-0.5, 0.0, 0.5]
    assert both.negative.tolist() == [0.75, 0.5, 0.25]
    assert both.language == ["ro", "en", ""]
    assert len(both) == 3
    assert both.calibrated
