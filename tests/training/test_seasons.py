"""Claims about reading the season of churn from orders."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from features.feeders.embedded import Feeder
from models.season import Season
from training.seasons import season_of_churn, share_followed

FIRST = datetime(2023, 1, 2, tzinfo=UTC)
HORIZON = 28


def _feeder(folder, days, rate, customers=400, seed=7):
    """Customers who order each day with a probability that moves with the time of the year."""
    random = np.random.default_rng(seed)
    chance = rate(np.arange(days))
    ordered = random.random((customers, days)) < chance
    customer, day = np.nonzero(ordered)
    at = np.datetime64(FIRST.replace(tzinfo=None), "us") + day.astype("timedelta64[D]")
    table = pa.table(
        {
            "order_id": [str(number) for number in range(len(day))],
            "customer_id": [f"c{number:03d}" for number in customer],
            "ordered_at": pa.array(at, pa.timestamp("us", "UTC")),
            "amount": pa.array(np.full(len(day), 500), pa.int64()),
        }
    )
    folder.mkdir()
    parquet.write_table(table, folder / "order_lines.parquet")
    return Feeder(folder)


def _wave(days):
    return 0.03 * (1 + 0.8 * np.sin(days / 364 * 2 * np.pi))


def test_a_shop_that_has_a_season_is_foretold_to_repeat_it(tmp_path):
    end = FIRST + timedelta(days=600)
    with _feeder(tmp_path / "tables", 600, _wave) as feeder:
        season = season_of_churn(feeder, FIRST, end, HORIZON)
    assert season.followed > 0.7
    # from the low of the orders (day 637) to their rise, churn falls
    low, high = season.offset(end), season.offset(end + timedelta(days=120))
    assert high < low - 0.5


def test_a_shop_without_a_season_is_not_given_one(tmp_path):
    with _feeder(tmp_path / "tables", 600, lambda days: np.full(len(days), 0.03)) as feeder:
        season = season_of_churn(feeder, FIRST, FIRST + timedelta(days=600), HORIZON)
    moved = [season.offset(FIRST + timedelta(days=600 + day)) for day in range(0, 200, 20)]
    assert np.abs(moved).max() < 0.25


def test_orders_after_the_end_change_nothing(tmp_path):
    end = FIRST + timedelta(days=600)
    with _feeder(tmp_path / "all", 800, _wave) as feeder:
        with_future = season_of_churn(feeder, FIRST, end, HORIZON)
        lines = parquet.read_table(tmp_path / "all" / "order_lines.parquet")
    kept = lines.filter(pa.compute.less(lines["ordered_at"], pa.scalar(end, pa.timestamp("us", "UTC"))))
    (tmp_path / "past").mkdir()
    parquet.write_table(kept, tmp_path / "past" / "order_lines.parquet")
    with Feeder(tmp_path / "past") as feeder:
        assert season_of_churn(feeder, FIRST, end, HORIZON) == with_future


def test_a_history_of_hardly_more_than_a_year_has_no_season(tmp_path):
    with _feeder(tmp_path / "tables", 430, _wave) as feeder:
        assert season_of_churn(feeder, FIRST, FIRST + timedelta(days=430), HORIZON) is None


@pytest.mark.parametrize(("sign", "least", "most"), [(1, 0.99, 1.0), (-1, 0.0, 0.8)])
def test_a_year_that_goes_against_the_last_is_believed_less(sign, least, most):
    last = np.sin(np.arange(52) / 52 * 2 * np.pi)
    log_odds = np.concatenate([last, sign * last[:30]])
    instants = tuple((np.arange(82) * 7 * 86_400.0).tolist())
    assert least <= share_followed(Season(instants, tuple(log_odds.tolist()))) <= most
