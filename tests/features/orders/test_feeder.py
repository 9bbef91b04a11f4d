from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import ORDER_LINES as ORDER_LINES_TABLE
from features.contract import TABLES
from features.orders.catalogue import CATALOGUE
from features.orders.feeder import COLUMNS, OrderFeeder, build_features, feature_matrix, whole_customers
from tests.features.orders.tables import PRODUCTS, sale, write

START = datetime(2024, 1, 8, 10, tzinfo=UTC)
CUTOFF = START + timedelta(days=60)
OPTIONAL = [
    c.name for c in ORDER_LINES_TABLE.columns if not c.required and c.name not in ("line_id", "ingested_at")
]


PEOPLE = [{"customer_id": f"c{person}", "joined_at": START} for person in range(3)]
ROWS = {"products": PRODUCTS, "customers": PEOPLE}


def orders(people=3, each=6):
    """Orders of some customers, every nine days, of all products in turn."""
    products = [product["product_id"] for product in PRODUCTS]
    return [
        sale(
            10 * person + number,
            START + timedelta(days=9 * number, hours=person),
            100 + number,
            list_amount=130,
            customer_id=f"c{person}",
            product_id=products[(person + number) % len(products)],
        )
        for person in range(people)
        for number in range(each)
    ]


@pytest.fixture
def tables(tmp_path):
    """A folder of complete tables."""
    write(tmp_path / "tables", "order_lines", orders())
    write(tmp_path / "tables", "products", PRODUCTS)
    write(tmp_path / "tables", "customers", PEOPLE)
    return tmp_path / "tables"


def matrix(tables, features=None, cutoffs=(CUTOFF,)):
    with OrderFeeder(tables) as feeder:
        return feature_matrix(feeder, features or CATALOGUE.available(feeder.columns), cutoffs)


def left_out(tables):
    """Base names of the features that the tables do not allow."""
    with OrderFeeder(tables) as feeder:
        there = CATALOGUE.available(feeder.columns)
    return {f.name.removesuffix(f"_{f.days}d") for f in CATALOGUE.features.values() if f not in there}


def test_complete_tables_give_every_feature(tables):
    assert left_out(tables) == set()
    assert matrix(tables).names == tuple(CATALOGUE.features)


BREADTH = {"product_type_count", "category_count", "variety_trend_30_90"}
AGAINST_TYPE = {"excess_discount_depth", "price_rank", "excess_private_label_share"}
DEPTH = {"discount_depth", "discounted_line_share", "full_price_share", "discount_trend_30_90"}
OWN = {"private_label_share"}
OF_PRODUCT = {"product_count", "new_product_share", "brand_count"} | BREADTH | AGAINST_TYPE | OWN


@pytest.mark.parametrize(
    ("table", "column", "names"),
    [
        ("order_lines", "product_id", OF_PRODUCT),
        ("order_lines", "quantity", {"units_per_order", "price_rank"}),
        ("order_lines", "list_amount", DEPTH | AGAINST_TYPE),
        ("order_lines", "coupon_amount", {"coupon_line_share", "coupon_share"}),
        ("order_lines", "points_redeemed", {"points_redeemed", "points_line_share"}),
        ("order_lines", "store_id", {"store_count", "store_switch_share"}),
        ("order_lines", "channel", {"channel_count", "channel_switch_share"}),
        ("order_lines", "ingested_at", set()),
        ("products", "category", BREADTH | AGAINST_TYPE),
        ("products", "subcategory", set()),
        ("products", "brand", {"brand_count"}),
        ("products", "is_private_label", OWN | {"excess_private_label_share"}),
        ("customers", "joined_at", {"days_since_joined"}),
    ],
)
def test_a_missing_column_leaves_out_exactly_the_features_that_need_it(tables, table, column, names):
    write(tables, table, ROWS.get(table) or orders(), without=[column])
    assert left_out(tables) == names
    assert len(matrix(tables)) == 3


def test_a_missing_products_table_leaves_out_exactly_what_is_said_of_products(tables):
    (tables / "products.parquet").unlink()
    assert left_out(tables) == BREADTH | AGAINST_TYPE | OWN | {"brand_count"}
    assert len(matrix(tables)) == 3


def test_required_columns_alone_give_the_features_of_orders_and_amounts(tables):
    write(tables, "order_lines", orders(), without=[*OPTIONAL, "ingested_at"])
    names = matrix(tables).names
    assert {"days_since_last_order", "order_count_90d", "total_spend_365d", "weekend_share_30d"} <= set(names)


def test_the_feeder_names_the_columns_for_want_of_which_something_is_left_out(tables):
    write(tables, "products", PRODUCTS, without=["category", "brand"])
    with OrderFeeder(tables) as feeder:
        assert feeder.missing("brand") == ("products.brand",)
        assert feeder.missing("type_lines") == ("products.category",)
        assert feeder.missing("amount") == ()


def test_every_column_of_the_kernel_needs_columns_of_the_contract():
    contract = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns}
    assert contract.issuperset(need for column in COLUMNS.values() for need in column.needs)


def test_order_lines_that_were_never_validated_are_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no validated order_lines at .*run: regulars validate"):
        OrderFeeder(tmp_path)


def test_the_order_of_the_rows_in_the_file_does_not_matter(tables):
    before = matrix(tables)
    write(tables, "order_lines", orders()[::-1])
    assert np.array_equal(matrix(tables).values, before.values, equal_nan=True)


def test_lines_of_one_instant_are_put_in_the_order_of_their_keys(tables):
    lines = [
        sale(n, START, order_id=order, line_id=line) for n, (order, line) in enumerate(["b2", "b1", "a3"])
    ]
    write(tables, "order_lines", lines)
    with OrderFeeder(tables) as feeder:
        [chunk] = feeder.chunks(["amount"])
    assert [row["order_id"] + row["line_id"] for row in chunk.to_pylist()] == ["a3", "b1", "b2"]


def test_guests_are_left_out(tables):
    before = matrix(tables)
    write(tables, "order_lines", [*orders(), sale(900, START, customer_id=None, product_id=None)])
    after = matrix(tables)
    assert after.customer_ids.tolist() == before.customer_ids.tolist() == ["c0", "c1", "c2"]
    with OrderFeeder(tables) as feeder:
        assert feeder.customer_rows() == len(orders())


def test_an_assortment_bought_by_guests_alone_has_no_customer(tables):
    write(tables, "order_lines", [sale(1, START, customer_id=None)])
    with pytest.raises(ValueError, match="no customer has an order before the cutoff"):
        matrix(tables)


def test_a_line_without_a_quantity_is_one_unit(tables):
    quantities = [None, 0.5, -2.0, 1e300]
    lines = [sale(n, START, quantity=quantity) for n, quantity in enumerate(quantities)]
    write(tables, "order_lines", lines)
    with OrderFeeder(tables) as feeder:
        [chunk] = feeder.chunks(["milli_units"])
    assert chunk["milli_units"].to_pylist() == [1000, 500, 2000, 10**15]


def test_a_late_line_counts_from_when_it_became_known(tables):
    lines = orders(people=1)
    late = sale(99, START, 5000, customer_id="c0", ingested_at=CUTOFF + timedelta(days=1))
    write(tables, "order_lines", [*lines, late])
    spend = matrix(tables, cutoffs=[CUTOFF, CUTOFF + timedelta(days=2)]).column("total_spend_365d")
    assert np.diff(spend).tolist() == [5000]


def test_chunks_of_few_rows_give_the_same_answers(tables):
    features = tuple(CATALOGUE.features.values())
    with OrderFeeder(tables) as feeder:
        columns = {column for feature in features for column in CATALOGUE.columns_of(feature)}
        chunks = list(feeder.chunks(columns, rows=1))
        assert [chunk["customer_id"].unique().to_pylist() for chunk in chunks] == [["c0"], ["c1"], ["c2"]]
        assert pa.concat_tables(chunks).equals(pa.concat_tables(feeder.chunks(columns)))


def test_progress_counts_the_order_lines(tables):
    told = []
    with OrderFeeder(tables) as feeder:
        features = [CATALOGUE.features["order_count_30d"]]
        feature_matrix(feeder, features, [CUTOFF], progress=lambda *seen: told.append(seen))
        assert told == [(18, 18)]
        assert sum(table.num_rows for table in build_features(feeder, features, [CUTOFF])) == 3


def test_a_closed_feeder_leaves_no_file_behind(tables):
    matrix(tables)
    assert [file.name for file in tables.parent.iterdir()] == ["tables"]


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=8),
    st.lists(st.integers(0, 9), max_size=12),
    st.integers(1, 9),
)
def test_no_customer_is_ever_split_between_two_tables(lengths, sizes, rows):
    ids = [f"c{n}" for n, length in enumerate(lengths) for _ in range(length)]
    batch = pa.record_batch({"who": ids, "row": list(range(len(ids)))})
    edges = [0, *np.minimum(np.cumsum(np.array(sizes, int)), len(ids)).tolist(), len(ids)]
    batches = [batch.slice(first, end - first) for first, end in pairwise(edges)]
    tables = list(whole_customers(batches, "who", rows))
    assert pa.concat_tables(tables)["row"].to_pylist() == list(range(len(ids)))
    seen = [set(table["who"].to_pylist()) for table in tables]
    assert sum(map(len, seen)) == len(lengths)
    assert all(table.num_rows >= rows for table in tables[:-1])


def test_a_table_ends_with_the_last_customer_that_is_complete():
    batches = [pa.record_batch({"who": list(ids)}) for ids in ("ab", "bb", "bc", "", "c")]
    tables = whole_customers(batches, "who")
    assert ["".join(table["who"].to_pylist()) for table in tables] == ["a", "bbbb", "cc"]


def test_no_batch_gives_no_table():
    assert list(whole_customers([], "who")) == []


def test_joining_counts_from_the_first_row_that_a_customer_has(tmp_path):
    joined = datetime(2024, 1, 1, tzinfo=UTC)
    write(tmp_path, "order_lines", [sale(1, joined + timedelta(days=10))])
    people = [
        {"customer_id": "ann", "valid_from": joined + timedelta(days=n), "joined_at": joined} for n in (0, 5)
    ]
    write(tmp_path, "customers", people)
    with OrderFeeder(tmp_path) as feeder:
        found = feature_matrix(feeder, CATALOGUE.available(feeder.columns), [joined + timedelta(days=30)])
    assert found.column("days_since_joined").tolist() == [30]
    assert found.column("order_count_30d").tolist() == [1]
