from __future__ import annotations

import pytest

from tests.features.sentiment.voices import voices, write_feedback

IN_JANUARY = ("--until", "2024-02-01")


@pytest.fixture
def spoken(shop):
    rows = [row | {"kind": "mention", "channel": "social"} for row in voices(20)]
    write_feedback(shop / "workspace" / "tables", rows)
    return shop


def test_mentions_are_counted_before_anything_was_trained(run, spoken):
    told = run("mentions", *IN_JANUARY, "--json", folder=spoken)
    assert (told.code, told.json["mentions"]) == (0, 20)
    assert told.json["channels"][0]["judged"] == 0


def test_sentiment_is_trained_by_name_and_then_mentions_have_a_sound(run, spoken):
    trained = run("train", "sentiment", "--json", folder=spoken)
    assert trained.json["models"] == []
    assert trained.json["sentiment"]["alias"] == "champion"
    told = run("mentions", *IN_JANUARY, "--quotes", "2", folder=spoken)
    assert "social" in told.out
    assert "The most negative" in told.out
    again = run("mentions", *IN_JANUARY, "--quotes", "2", "--json", folder=spoken).json
    assert again["channels"][0]["judged"] == 20
    assert len(again["quotes"]) == 2


def test_what_a_suppressed_customer_wrote_is_not_quoted(run, spoken):
    rows = [voices(1)[0] | {"kind": "mention", "customer_id": "c0007", "text": "awful"}]
    write_feedback(spoken / "workspace" / "tables", rows)
    assert run("mentions", *IN_JANUARY, "--json", folder=spoken).json["mentions"] == 1
    run("suppress", "c0007", folder=spoken)
    assert run("mentions", *IN_JANUARY, "--json", folder=spoken).json["mentions"] == 0


def test_without_feedback_it_is_said_what_to_bring(run, shop):
    told = run("mentions", folder=shop)
    assert told.code == 1
    assert "bring the table" in told.err


def test_sentiment_is_judged_while_it_is_trained(run, spoken):
    told = run("evaluate", "sentiment", "--alias", "champion", folder=spoken)
    assert told.code == 2
    run("train", "sentiment", folder=spoken)
    assert run("evaluate", "sentiment", "--json", folder=spoken).json["versions"][0]["version"] == "1"
