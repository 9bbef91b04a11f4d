from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.sentiment.mentions import LONGEST_QUOTE, mentions
from tests.features.sentiment.voices import SCHEMA, START, voices

UNTIL = START + timedelta(days=10)


def mention(number, polarity, aspects="", **other):
    row = voices(1)[0] | {
        "feedback_id": f"m{number}",
        "kind": "mention",
        "customer_id": None,
        "channel": "social",
    }
    return row | {"polarity": polarity, "aspects": aspects} | other


def counted(tmp_path, rows, **options):
    schema = SCHEMA.append(pa.field("polarity", pa.float64())).append(pa.field("aspects", pa.string()))
    pq.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "feedback.parquet")
    return mentions(tmp_path / "feedback.parquet", UNTIL, days=30, **options)


def test_mentions_of_nobody_count_by_channel_and_sign(tmp_path):
    rows = [
        mention(1, -0.5, "delivery,price"),
        mention(2, -0.1, "delivery"),
        mention(3, 0.9),
        mention(4, None),
    ]
    rows += [mention(5, 0.4, channel=None), voices(1)[0]]
    found = counted(tmp_path, rows)
    social, unknown = found.channels
    assert (social["mentions"], social["judged"], social["negative"], social["positive"]) == (4, 3, 2, 1)
    assert social["polarity"] == pytest.approx(0.1)
    assert (unknown["channel"], unknown["mentions"]) == ("unknown", 1)
    assert {name: count for name, count in found.aspects.items() if count} == {"delivery": 2, "price": 1}


def test_what_was_not_known_by_then_does_not_count(tmp_path):
    rows = [mention(1, 0.1, given_at=UNTIL), mention(2, 0.1, ingested_at=UNTIL)]
    assert counted(tmp_path, rows).channels == []


def test_quotes_are_the_most_negative_without_personal_data_and_short(tmp_path):
    rows = [
        mention(1, -0.2, text="a\n little sad"),
        mention(2, -0.9, text="call 0721 123 456 or ana@example.org"),
    ]
    rows += [mention(3, -0.5, text="bad " * 200), mention(4, 0.5, text="fine")]
    quotes = counted(tmp_path, rows, quotes=3).quotes
    assert [quote["text"] for quote in quotes[::2]] == ["call [phone] or [email]", "a little sad"]
    assert len(quotes[1]["text"]) == LONGEST_QUOTE


def test_a_quote_cannot_steer_the_terminal_or_turn_what_follows(tmp_path):
    evil = "bad \x1b[2J\x1b]0;title\x07 shop \u202etxt, ana\u200b@exam\x00ple.org"
    [quote] = counted(tmp_path, [mention(1, -0.5, text=evil)], quotes=1).quotes
    assert quote["text"].isprintable()
    assert "bad" in quote["text"]
    assert "[email]" in quote["text"]


def test_what_those_said_who_refuse_is_neither_counted_nor_quoted(tmp_path):
    rows = [mention(1, -0.2, text="mine", customer_id="ann"), mention(2, -0.3, text="nobody's")]
    found = counted(tmp_path, rows, quotes=5, permit=lambda ids: ids != "ann")
    assert [quote["text"] for quote in found.quotes] == ["nobody's"]
    assert found.channels[0]["mentions"] == 1


def test_without_a_table_it_is_said_what_to_bring(tmp_path):
    with pytest.raises(FileNotFoundError, match="bring the table"):
        mentions(tmp_path / "feedback.parquet", UNTIL, days=1)


def test_a_table_of_required_columns_alone_is_counted(tmp_path):
    table = pa.Table.from_pylist([mention(1, None)], SCHEMA).select(["feedback_id", "given_at", "kind"])
    pq.write_table(table, tmp_path / "feedback.parquet")
    found = mentions(tmp_path / "feedback.parquet", UNTIL, days=30, quotes=2)
    assert found.to_json()["mentions"] == 1
    assert found.quotes == []
