import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.feeders.embedded import Feeder
from features.orders.catalogue import CATALOGUE
from features.orders.reference import REFERENCE_COLUMNS
from tests.features.orders.tables import PRODUCTS, sale, write

ZONE = "Europe/Bucharest"
MONDAY = datetime(2024, 6, 2, 21, tzinfo=UTC)  # midnight in Bucharest
WEEK = timedelta(days=7)
KNOWN = tuple(name for name in REFERENCE_COLUMNS if name.startswith("type_"))


def references(lines, products=PRODUCTS):
    """The reference columns of each line that has a customer, by its order."""
    with TemporaryDirectory() as name:
        tables = Path(name) / "tables"
        write(tables, "order_lines", lines)
        write(tables, "products", products)
        with Feeder(tables, zone=ZONE) as feeder:
            reference = feeder.reference(tuple(CATALOGUE.features.values()))
    return {
        line["order_id"]: _looked_up(reference, line) for line in lines if line["customer_id"] is not None
    }


def _looked_up(reference, line):
    product = reference.product_ids.index(line["product_id"]).as_py() if line["product_id"] else -1
    day = (line["ordered_at"].astimezone(ZoneInfo(ZONE)).date() - date(1970, 1, 1)).days
    cells = reference.cells(np.array([product]), np.array([day]))
    return {name: int(reference.weekly(name, cells)[0]) for name in REFERENCE_COLUMNS}


def week_of(instant):
    local = instant.astimezone(ZoneInfo(ZONE)).date()
    return local - timedelta(days=local.weekday())


def type_of(line):
    product = next((p for p in PRODUCTS if p["product_id"] == line["product_id"]), {})
    return product.get("subcategory") or product.get("category"), bool(product.get("is_private_label"))


def known_week(line):
    return week_of(max(line["ordered_at"], line["ingested_at"] or line["ordered_at"]))


def brute_force(lines, wanted):
    """The reference columns of one line, by loops over all of them."""
    own = week_of(wanted["ordered_at"])
    sold = [
        x
        for x in lines
        if x["amount"] > 0 and type_of(x)[0] is not None and type_of(x)[0] == type_of(wanted)[0]
    ]
    weeks_away = {id(x): (week_of(x["ordered_at"]) - own).days // 7 for x in sold}
    past = [x for x in sold if weeks_away[id(x)] >= -13 and known_week(x) < own]
    same = [x for x in sold if weeks_away[id(x)] == 0]
    near = [x for x in sold if abs(weeks_away[id(x)]) <= 6]
    discount, private, mean, deviation = shares(past)
    known = dict(zip(KNOWN, (len(past), discount, private, mean, deviation), strict=True))
    _, private, mean, deviation = shares(near)
    return known | {
        "actual_discount_ppm": shares(same)[0],
        "actual_private_ppm": private,
        "actual_price_mean": mean,
        "actual_price_deviation": deviation,
    }


def shares(lines):
    if not lines:
        return 0, 0, 0, 0
    listed = [max(x["list_amount"] or 0, x["amount"]) for x in lines]
    discount = sum(price - x["amount"] for price, x in zip(listed, lines, strict=True))
    logs = [log_price(price, x["quantity"]) for price, x in zip(listed, lines, strict=True)]
    n = len(lines)
    variance = sum(x * x for x in logs) / n - (sum(logs) / n) ** 2
    private = sum(type_of(x)[1] for x in lines)
    ppm = (1_000_000 * discount // sum(listed), 1_000_000 * private // n)
    return *ppm, sum(logs) // n, half_up(math.sqrt(max(variance, 0)))


def log_price(listed, quantity):
    milli = 1000 if quantity is None else half_up(1000 * abs(quantity))
    return half_up(1000 * math.log(listed * 1000 / max(milli, 1)))


def half_up(number):
    return math.floor(number + 0.5)


sales = st.lists(
    st.builds(
        lambda **values: values,
        amount=st.sampled_from([-50, 0, 1000, 1500, 2222]),
        list_amount=st.sampled_from([None, 900, 1999, 2500]),
        quantity=st.sampled_from([None, 0.0, 0.5, 1.0, 3.0, -2.0]),
        product_id=st.sampled_from(["green", "black", "mocha", "strange", "unknown", None]),
        customer_id=st.sampled_from(["ann", "bob", None]),
        weeks=st.integers(-15, 3),
        hours=st.sampled_from([0, -1, 1, 60, 167]),
        late_days=st.sampled_from([None, None, 0, 3, 8, 40]),
    ),
    min_size=1,
    max_size=20,
)


def dated(drawn):
    lines = []
    for number, values in enumerate(drawn):
        at = MONDAY + values.pop("weeks") * WEEK + timedelta(hours=values.pop("hours"))
        late = values.pop("late_days")
        lines.append(
            sale(number, at, **values, ingested_at=None if late is None else at + timedelta(days=late))
        )
    return lines


@settings(max_examples=40, deadline=None)
@given(sales.map(dated))
def test_sql_agrees_with_loops_over_the_lines(lines):
    found = references(lines)
    for line in lines:
        if line["customer_id"] is not None and line["amount"] > 0:
            known_type = type_of(line)[0] is not None
            expected = brute_force(lines, line) if known_type else dict.fromkeys(REFERENCE_COLUMNS, 0)
            assert found[line["order_id"]] == expected


@settings(max_examples=25, deadline=None)
@given(sales.map(dated))
def test_a_reference_never_depends_on_the_own_week_or_on_what_became_known_later(lines):
    line = sale(99, MONDAY + timedelta(days=2))
    before = [x for x in lines if known_week(x) < week_of(line["ordered_at"])]
    found, alone = references([*lines, line])["o99"], references([*before, line])["o99"]
    assert {name: found[name] for name in KNOWN} == {name: alone[name] for name in KNOWN}


def test_a_type_without_recent_sales_has_no_lines_and_no_rates():
    found = references([sale(1, MONDAY - 14 * WEEK), sale(2, MONDAY)])["o2"]
    assert {name: found[name] for name in KNOWN} == dict.fromkeys(KNOWN, 0)


@pytest.mark.parametrize(("weeks", "lines"), [(14, 0), (13, 1), (1, 1), (0, 0)])
def test_a_reference_covers_the_thirteen_complete_weeks_before(weeks, lines):
    noon = MONDAY + timedelta(hours=12)
    found = references([sale(1, noon - weeks * WEEK), sale(2, noon)])
    assert found["o2"]["type_lines"] == lines


@pytest.mark.parametrize(("weeks", "share"), [(-7, 0), (-6, 500_000), (6, 500_000), (7, 0)])
def test_hindsight_looks_at_prices_and_own_brand_six_weeks_either_way(weeks, share):
    noon = MONDAY + timedelta(hours=12)
    found = references([sale(1, noon + weeks * WEEK, product_id="black"), sale(2, noon)])
    assert found["o2"]["actual_private_ppm"] == share


def test_weeks_turn_on_monday_midnight_of_the_business_zone():
    found = references([sale(1, MONDAY - timedelta(microseconds=1)), sale(2, MONDAY)])
    assert (found["o1"]["type_lines"], found["o2"]["type_lines"]) == (0, 1)


def test_sales_to_guests_are_part_of_the_assortment():
    guest = sale(1, MONDAY - WEEK, 50, list_amount=100, customer_id=None)
    assert references([guest, sale(2, MONDAY)])["o2"]["type_discount_ppm"] == 500_000


def test_a_product_without_a_subcategory_is_compared_inside_its_category():
    found = references([sale(1, MONDAY - WEEK), sale(2, MONDAY, product_id="mocha")])
    assert found["o2"]["type_lines"] == 0
    found = references([sale(1, MONDAY - WEEK, product_id="mocha"), sale(2, MONDAY, product_id="mocha")])
    assert found["o2"]["type_lines"] == 1


def test_a_line_without_a_quantity_is_one_unit():
    dear = [sale(1, MONDAY - WEEK, 1000, quantity=None), sale(2, MONDAY, 1000)]
    assert references(dear)["o2"]["type_price_mean"] == log_price(1000, 1.0)


def test_money_of_any_size_fits():
    large = sale(1, MONDAY - WEEK, 10**14, list_amount=4 * 10**14, quantity=1e300)
    assert references([large, sale(2, MONDAY)])["o2"]["type_discount_ppm"] == 750_000
