from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.peers import duckdb_sql, pandas_frame, polars_lazy
from benchmarks.peers.compare import mismatches

PEERS = {"duckdb": duckdb_sql, "polars": polars_lazy, "pandas": pandas_frame}
CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
FEATURES = 128

PRODUCTS = {
    "product_id": ["apple", "pear", "soap", "bag"],
    "category": ["fruit", "fruit", "care", None],
    "subcategory": ["apples", None, "soaps", None],
    "brand": ["own", "farm", "own", None],
    "is_private_label": [True, False, True, None],
}

COLUMNS = (
    *("customer_id", "order_id", "line_id", "ordered_at", "amount", "product_id", "quantity", "list_amount"),
    *("coupon_amount", "points_redeemed", "channel", "store_id", "ingested_at"),
)


def at(days: float, hours: float = 0) -> datetime:
    """So long before the cutoff."""
    return CUTOFF - timedelta(days=days, hours=hours)


def line(customer, order, number, ordered_at, amount, product="apple", **given):
    usual = {"quantity": 1.0, "list_amount": amount, "coupon_amount": 0, "points_redeemed": 0.0}
    place = {"channel": "shop", "store_id": "S1", "ingested_at": ordered_at}
    keys = {"customer_id": customer, "order_id": order, "line_id": number, "ordered_at": ordered_at}
    return keys | {"amount": amount, "product_id": product} | usual | place | given


LINES = [
    # two orders of one instant in two stores; inside an order text order puts line 10 before line 9
    line("ties", "B", "9", at(20), 300, store_id="S3"),
    line("ties", "B", "10", at(20), 200, "pear", store_id=None, channel="web"),
    line("ties", "A", "1", at(20), 100, "soap", store_id="S2"),
    line("ties", "C", "1", at(10), 100, "soap", store_id="S1", channel=None),
    # an order bought in parts, of which the window of 30 days holds the last
    line("parts", "A", "1", at(30, 1), 700, list_amount=900),
    line("parts", "A", "2", at(30), 50, store_id="S2"),
    line("parts", "B", "1", at(30) - timedelta(microseconds=1), 600),
    line("parts", "C", "1", at(400), 500, "pear"),
    # several orders a day, in the morning and in the evening
    line("daily", "A", "1", at(3, 15), 10, quantity=None, points_redeemed=2.5),
    line("daily", "B", "1", at(3, 5), 20, quantity=2.0005, coupon_amount=5),
    line("daily", "C", "1", at(2, 2), 30, "bag", list_amount=20, coupon_amount=-3, points_redeemed=-4.0),
    line("daily", "D", "1", at(100), 40, "bag", list_amount=None, coupon_amount=None, points_redeemed=None),
    # products that are not known
    line("unknown", "A", "1", at(5), 10, None),
    line("unknown", "A", "2", at(5), 20, "discontinued"),
    line("unknown", "B", "1", at(6), 0),
    # returns, of which one is all that there is of its customer
    line("returns", "A", "1", at(50), 100),
    line("returns", "A", "2", at(40), -100, quantity=-1.0, points_redeemed=7.0),
    line("returns", "R", "1", at(1), -30),
    line("only_returns", "R", "1", at(8), -30),
    # rows that came late, and rows of which it is not known when they came
    line("late", "A", "1", at(60), 100, ingested_at=CUTOFF),
    line("late", "B", "1", at(45), 100, ingested_at=None),
    line("late", "C", "1", at(44), 100, ingested_at=at(0, 1)),
    line("only_late", "A", "1", at(60), 100, ingested_at=CUTOFF + timedelta(days=1)),
    line("future", "A", "1", CUTOFF, 100),
    # an order number that two customers share, and a guest
    line("shared", "A", "1", at(365), 100),
    line(None, "A", "1", at(9), 100),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    time = pa.timestamp("us", "UTC")
    types = dict.fromkeys(COLUMNS, pa.string()) | {"ordered_at": time, "ingested_at": time}
    types |= dict.fromkeys(("amount", "list_amount", "coupon_amount"), pa.int64())
    types |= dict.fromkeys(("quantity", "points_redeemed"), pa.float64())
    pq.write_table(pa.Table.from_pylist(LINES, pa.schema(types)), folder / "order_lines.parquet")
    pq.write_table(pa.table(PRODUCTS), folder / "products.parquet")
    return folder


@pytest.fixture(scope="module")
def built(tables):
    files = {name: tables / f"{name}.parquet" for name in PEERS}
    for name, peer in PEERS.items():
        peer.build(tables, CUTOFF, files[name])
    return files


@pytest.fixture(params=PEERS)
def features(request, built):
    return pd.read_parquet(built[request.param]).set_index("customer_id")


@pytest.mark.parametrize(("one", "other"), list(combinations(PEERS, 2)))
def test_the_peers_agree_value_by_value(built, one, other):
    assert mismatches(built[one], built[other]) == (8 * FEATURES, 0)


def test_customers_are_those_with_a_line_known_before_the_cutoff(features):
    assert sorted(features.index) == [
        *("daily", "late", "only_returns", "parts", "returns", "shared", "ties", "unknown")
    ]
    assert features.loc["late", "repeat_order_count"] == 1


def test_every_feature_is_a_float32(features):
    assert set(features.dtypes.astype(str)) == {"float32"}
    assert features.shape[1] == FEATURES


def test_an_order_is_placed_where_its_first_line_by_text_was_bought(features):
    ties = features.loc["ties"]
    assert ties["order_count_30d"] == 3
    assert ties["store_switch_share_30d"] == 0  # S2, unknown, S1
    assert ties["channel_switch_share_30d"] == pytest.approx(1 / 3)  # shop, web, unknown
    assert ties["store_count_30d"] == 3


def test_an_order_in_parts_counts_at_its_start_and_its_value_at_its_last_line(features):
    parts = features.loc["parts"]
    assert parts["order_count_30d"] == 0
    assert parts["line_count_30d"] == 1
    assert parts["largest_order_value_30d"] == 750
    assert parts["new_product_share_30d"] == 0


def test_orders_of_one_day_have_no_gap_between_them(features):
    daily = features.loc["daily"]
    assert daily["order_day_count_7d"] == 2
    assert daily["last_gap_days"] == 1
    assert daily["units_per_order_30d"] == pytest.approx((1 + 2.001 + 1) / 3)
    assert daily["points_redeemed_30d"] == 3


def test_a_return_alone_is_no_order(features):
    returned = features.loc["only_returns"]
    assert returned["order_count_30d"] == 0
    assert returned["return_count_30d"] == 1
    assert returned[["tenure_days", "return_share_30d", "order_trend_30_90"]].isna().all()


def change(file, out, edit):
    frame = pd.read_parquet(file)
    edit(frame).to_parquet(out)
    return out


def test_a_changed_value_is_a_mismatch(built, tmp_path):
    changed = change(
        built["duckdb"],
        tmp_path / "changed.parquet",
        lambda frame: frame.assign(
            total_spend_365d=frame["total_spend_365d"] + (frame["customer_id"] == "ties")
        ),
    )
    assert mismatches(built["duckdb"], changed) == (8 * FEATURES, 1)


def test_the_rounding_of_a_ratio_is_no_mismatch_but_that_of_a_count_is(built, tmp_path):
    def nudged(name):
        return change(
            built["duckdb"],
            tmp_path / f"{name}.parquet",
            lambda frame: frame.assign(**{name: frame[name] * (1 + 3e-7)}),
        )

    assert mismatches(built["duckdb"], nudged("tenure_days"))[1] == 0
    assert mismatches(built["duckdb"], nudged("line_count_365d"))[1] > 0


def test_a_value_that_becomes_unknown_is_a_mismatch(built, tmp_path):
    known = change(
        built["duckdb"], tmp_path / "known.parquet", lambda frame: frame.assign(tenure_days=float("nan"))
    )
    assert mismatches(built["duckdb"], known)[1] == 7


def test_all_values_of_a_missing_customer_are_mismatches(built, tmp_path):
    shorter = change(built["duckdb"], tmp_path / "shorter.parquet", lambda frame: frame.iloc[1:])
    assert mismatches(built["duckdb"], shorter) == (8 * FEATURES, FEATURES)
    assert mismatches(shorter, built["duckdb"]) == (8 * FEATURES, FEATURES)


def test_all_values_of_a_missing_feature_are_mismatches(built, tmp_path):
    narrower = change(
        built["duckdb"], tmp_path / "narrower.parquet", lambda frame: frame.drop(columns="mean_gap_30d")
    )
    assert mismatches(built["duckdb"], narrower) == (8 * FEATURES, 8)


def test_a_customer_given_twice_is_refused(built, tmp_path):
    doubled = change(built["duckdb"], tmp_path / "doubled.parquet", lambda frame: pd.concat([frame, frame]))
    with pytest.raises(ValueError, match="twice"):
        mismatches(built["duckdb"], doubled)
