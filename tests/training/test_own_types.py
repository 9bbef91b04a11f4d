"""Loyalty types of one's own and survey answers, on tables written by hand."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.feeders.embedded import Feeder
from features.orders.catalogue import CATALOGUE
from features.settings import LoyaltySettings
from training.choosing import loyalty_task
from training.loyalty import TYPES
from training.own_types import Answers, OwnType, with_own_sums
from training.rows import training_rows

CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")
FEATURES = [CATALOGUE.features[name] for name in ("days_since_last_order", "order_count_90d")]
CUSTOMERS = [f"c{number:02d}" for number in range(12)]
OWN = {"convenience": {"channels": ["app"], "answers": ["It is close by"]}}


def instants(days):
    return pa.array([CUTOFF + pd.Timedelta(days=day) for day in days], INSTANT)


@pytest.fixture
def folder(tmp_path):
    """Everybody orders every ten days, ten weeks before and after the cutoff; the last two in the app."""
    days = np.arange(-70, 70, 10) + 0.5
    rows = [(customer, day) for customer in CUSTOMERS for day in days]
    columns = {
        "order_id": [f"o{number}" for number in range(len(rows))],
        "line_id": ["1"] * len(rows),
        "customer_id": [customer for customer, _ in rows],
        "ordered_at": instants([day for _, day in rows]),
        "amount": pa.array([500] * len(rows), pa.int64()),
        "channel": ["app" if customer >= "c10" else "shop" for customer, _ in rows],
    }
    pq.write_table(pa.table(columns), tmp_path / "order_lines.parquet")
    return tmp_path


def survey(folder, *answers):
    """Answers of (customer, day, text, day of arrival)."""
    customers, days, texts, known = zip(*answers, strict=True)
    columns = {
        "feedback_id": [f"f{number}" for number in range(len(answers))],
        "given_at": instants(days),
        "kind": ["survey"] * len(answers),
        "customer_id": list(customers),
        "text": list(texts),
        "ingested_at": instants(known),
    }
    pq.write_table(pa.table(columns), folder / "feedback.parquet")


def labelled(folder, types=None):
    """Label and past label of every customer."""
    settings = LoyaltySettings(window_days=70, min_orders=2, types=types or {})
    task = loyalty_task(settings, lambda: np.empty(0))
    with Feeder(folder) as feeder:
        rows = training_rows(task, feeder, FEATURES, [CUTOFF])
    named = ([task.labels[code] for code in codes] for codes in (rows.labels, rows.past_labels))
    return dict(zip(rows.matrix.customer_ids, zip(*named, strict=True), strict=True))


def test_without_anything_declared_the_types_are_the_usual_ones(folder):
    assert loyalty_task(LoyaltySettings(min_orders=2), lambda: np.empty(0)).labels == TYPES
    assert set(labelled(folder).values()) == {("value", "value")}


def test_who_buys_more_in_the_channels_of_a_type_is_of_it(folder):
    found = labelled(folder, OWN)
    assert {customer for customer, types in found.items() if types == ("convenience",) * 2} == {"c10", "c11"}
    assert found["c00"] == ("value", "value")


def test_an_answer_overrides_the_rule_in_the_window_in_which_it_was_given(folder):
    survey(
        folder,
        ("c00", 5, "  PRICE ", 5),
        ("c01", -5, "reward", -5),
        ("c02", -5, "reward", 5),
        ("c03", 5, "discount", 90),
        ("c04", 5, "price", 5),
        ("c04", 6, "it is close by", 6),
        ("c05", 5, "no type at all", 5),
        ("c06", 75, "price", 75),
        ("c07", 0, "price", 0),
    )
    found = labelled(folder, OWN)
    assert found["c00"] == ("price", "value")
    assert found["c01"] == ("value", "reward")
    assert found["c02"] == ("value", "value"), "it had not arrived by the cutoff"
    assert found["c03"] == ("discount", "value"), "labels know whatever is known today"
    assert found["c04"] == ("convenience", "value"), "the last answer counts"
    assert found["c05"] == found["c06"] == ("value", "value")
    assert found["c07"] == ("price", "value"), "the cutoff belongs to the label window"


def test_an_answer_for_a_usual_type_can_be_put_in_the_retailers_words(folder):
    survey(folder, ("c00", 5, "Your prices", 5))
    assert labelled(folder, {"price": {"answers": ["your prices"]}})["c00"] == ("price", "value")


def test_channels_that_the_tables_lack_are_told(folder):
    table = pq.read_table(folder / "order_lines.parquet").drop_columns(["channel"])
    pq.write_table(table, folder / "order_lines.parquet")
    with pytest.raises(
        ValueError, match=r"loyalty\.types\.convenience is told by channels, and order_lines has no"
    ):
        labelled(folder, OWN)


def test_without_channels_no_sum_is_added_and_without_answers_none_are_read(folder):
    with Feeder(folder) as feeder:
        matrix = training_rows(
            loyalty_task(LoyaltySettings(window_days=70, min_orders=2), lambda: np.empty(0)),
            feeder,
            FEATURES,
            [CUTOFF],
        ).matrix
        assert with_own_sums(feeder, matrix, [OwnType("a", answers=("x",))], 70, matrix.cutoffs) is matrix
        assert Answers.read(feeder, {"price": 1}) is None


@pytest.mark.parametrize("name", ["Convenience", "a", "close by", "1st"])
def test_a_type_has_a_plain_name(name):
    with pytest.raises(ValueError, match="types"):
        LoyaltySettings(types={name: {}})
