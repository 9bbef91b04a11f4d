from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.feeders.embedded import feature_matrix
from features.orders.catalogue import CATALOGUE
from training.movement import ABSENT, Movement, month_starts, movement, types_before
from training.tasks import LoyaltyType

BERLIN = ZoneInfo("Europe/Berlin")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_months_that_are_over_and_have_a_window_before_them_are_told():
    found = month_starts(at("2025-09-20"), at("2026-02-28T23:30"), BERLIN, 60, 10)
    assert found == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)], (
        "Berlin is ahead"
    )
    assert month_starts(at("2025-09-20"), at("2026-02-28"), BERLIN, 60, 2) == [
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    assert month_starts(at("2026-01-20"), at("2026-02-10"), BERLIN, 60, 2) == []


def test_who_kept_the_type_is_counted_among_those_who_had_one():
    moved = np.array([[[6, 2, 2], [0, 5, 5], [3, 0, 99]]])
    found = Movement((date(2026, 1, 1), date(2026, 2, 1)), ("value", "price", ABSENT), moved)
    assert found.staying.tolist() == [11 / 20]
    (month,) = found.to_json()["months"]
    assert month["moved"]["price"] == {"value": 0, "price": 5, "absent": 5}


def test_types_are_those_of_the_rule_in_the_window_before(feeder, shop, type_rows):
    wanted = [CATALOGUE.features["days_since_last_order"]]
    cutoffs = [cutoff.item().replace(tzinfo=UTC) for cutoff in np.unique(type_rows.matrix.cutoffs)[-2:]]
    matrix = feature_matrix(feeder, wanted, cutoffs)
    rows = type_rows.at(cutoffs)
    keys = set(zip(rows.matrix.customer_ids, rows.matrix.cutoffs.tolist(), strict=True))
    own = [key in keys for key in zip(matrix.customer_ids, matrix.cutoffs.tolist(), strict=True)]
    told = types_before(feeder, matrix.where(np.array(own)), shop.settings.loyalty)
    expected = np.array(LoyaltyType.labels, object)[rows.past_labels]
    order = np.lexsort((rows.matrix.customer_ids.astype(str), rows.matrix.cutoffs))
    kept = matrix.where(np.array(own))
    other = np.lexsort((kept.customer_ids.astype(str), kept.cutoffs))
    assert (told[other] == expected[order]).all()


def test_every_customer_is_counted_once_a_month_and_months_follow_on_each_other(shop):
    found = movement(shop.settings, shop.workspace, months=4)
    assert len(found.moved) == 4
    for before, after in zip(found.moved[:-1], found.moved[1:], strict=True):
        entering = after.sum(axis=1) - before.sum(axis=0)
        assert (entering[:-1] == 0).all()
        assert entering[-1] >= 0, "new customers come out of absence"
    assert (found.staying > 0.3).all()


def test_too_short_a_history_says_what_it_would_need(shop):
    loyalty = shop.settings.loyalty.model_copy(update={"window_days": 700})
    settings = shop.settings.model_copy(update={"loyalty": loyalty})
    with pytest.raises(ValueError, match="needs 700 days of history and a month more"):
        movement(settings, shop.workspace)
