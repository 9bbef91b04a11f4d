from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import FEATURES, available, lacking
from features.contract import ORDER_LINES as ORDER_LINES_TABLE
from features.feeders.embedded import Feeder, build_features, feature_matrix
from features.orders.catalogue import CATALOGUE
from tests.features.orders.tables import PRODUCTS, sale, write

START = datetime(2024, 1, 8, 10, tzinfo=UTC)
CUTOFF = START + timedelta(days=60)
ORDERS = (*CATALOGUE.features.values(), FEATURES["days_since_joined"])
ORDERED = CATALOGUE.features["order_count_30d"]
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
    with Feeder(tables) as feeder:
        return feature_matrix(feeder, features or of_orders(feeder), cutoffs)


def of_orders(feeder):
    """The features of order lines, and of joining."""
    return [feature for feature in available(feeder.present) if feature in ORDERS]


def left_out(tables):
    """Base names of the features that the tables do not allow."""
    with Feeder(tables) as feeder:
        there = of_orders(feeder)
    return {f.name.removesuffix(f"_{f.days}d") for f in ORDERS if f not in there}


def test_complete_tables_give_every_feature(tables):
    assert left_out(tables) == set()
    assert matrix(tables).names == (*CATALOGUE.features, "days_since_joined")


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
    with Feeder(tables) as feeder:
        present = feeder.present
    assert lacking(CATALOGUE.features["brand_count_30d"], present) == ("products.brand",)
    assert lacking(CATALOGUE.features["price_rank_30d"], present) == ("products.category",)
    assert lacking(CATALOGUE.features["order_count_30d"], present) == ()


def test_order_lines_that_were_never_validated_are_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no validated order_lines at .*run: regulars validate"):
        Feeder(tmp_path)


def test_the_order_of_the_rows_in_the_file_does_not_matter(tables):
    before = matrix(tables)
    write(tables, "order_lines", orders()[::-1])
    assert np.array_equal(matrix(tables).values, before.values, equal_nan=True)


def test_lines_of_one_instant_are_put_in_the_order_of_their_keys(tables):
    lines = [
        sale(n, START, order_id=order, line_id=line) for n, (order, line) in enumerate(["b2", "b1", "a3"])
    ]
    write(tables, "order_lines", lines)
    with Feeder(tables) as feeder:
        [chunk] = feeder.chunks([ORDERED])
    rows = chunk.tables["order_lines"][0].to_pylist()
    assert [row["order_id"] + row["line_id"] for row in rows] == ["a3", "b1", "b2"]


def test_guests_are_left_out(tables):
    before = matrix(tables)
    write(tables, "order_lines", [*orders(), sale(900, START, customer_id=None, product_id=None)])
    after = matrix(tables)
    assert after.customer_ids.tolist() == before.customer_ids.tolist() == ["c0", "c1", "c2"]
    with Feeder(tables) as feeder:
        assert feeder.customer_rows() == len(orders())


def test_an_assortment_bought_by_guests_alone_has_no_customer(tables):
    write(tables, "order_lines", [sale(1, START, customer_id=None)])
    with pytest.raises(ValueError, match="no customer has an order before the cutoff"):
        matrix(tables)


def test_a_late_line_counts_from_when_it_became_known(tables):
    lines = orders(people=1)
    late = sale(99, START, 5000, customer_id="c0", ingested_at=CUTOFF + timedelta(days=1))
    write(tables, "order_lines", [*lines, late])
    spend = matrix(tables, cutoffs=[CUTOFF, CUTOFF + timedelta(days=2)]).column("total_spend_365d")
    assert np.diff(spend).tolist() == [5000]


def test_chunks_of_few_rows_give_the_same_answers(tables):
    features = tuple(CATALOGUE.features.values())
    with Feeder(tables) as feeder:
        chunks = list(feeder.chunks(features, rows=1))
        assert [chunk.ids.to_pylist() for chunk in chunks] == [["c0"], ["c1"], ["c2"]]
        [whole] = feeder.chunks(features)
        parts = [chunk.tables["order_lines"][0] for chunk in chunks]
        assert pa.concat_tables(parts).to_pylist() == whole.tables["order_lines"][0].to_pylist()


def test_progress_counts_the_order_lines(tables):
    told = []
    with Feeder(tables) as feeder:
        features = [CATALOGUE.features["order_count_30d"]]
        feature_matrix(feeder, features, [CUTOFF], progress=lambda *seen: told.append(seen))
        assert told == [(18, 18)]
        assert sum(table.num_rows for table in build_features(feeder, features, [CUTOFF])) == 3


def test_a_closed_feeder_leaves_no_file_behind(tables):
    matrix(tables)
    assert [file.name for file in tables.parent.iterdir()] == ["tables"]


def test_joining_counts_from_the_first_row_that_a_customer_has(tmp_path):
    joined = datetime(2024, 1, 1, tzinfo=UTC)
    write(tmp_path, "order_lines", [sale(1, joined + timedelta(days=10))])
    people = [
        {"customer_id": "ann", "valid_from": joined + timedelta(days=n), "joined_at": joined} for n in (0, 5)
    ]
    write(tmp_path, "customers", people)
    with Feeder(tmp_path) as feeder:
        found = feature_matrix(feeder, of_orders(feeder), [joined + timedelta(days=30)])
    assert found.column("days_since_joined").tolist() == [30]
    assert found.column("order_count_30d").tolist() == [1]


def test_the_files_are_those_that_are_read_and_another_may_take_the_place_of_one(tables, tmp_path):
    write(tmp_path / "other", "order_lines", orders(people=2))
    other = tmp_path / "other" / "order_lines.parquet"
    with Feeder(tables) as own, Feeder(tables, instead={"order_lines": other}) as changed:
        assert set(own.files) == {"order_lines", "products", "customers"}
        assert changed.files == own.files | {"order_lines": other}
        assert (len(own.ids), len(changed.ids)) == (3, 2)
