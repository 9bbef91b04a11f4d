import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from training.loyalty import (
    DISCOUNT,
    OCCASIONAL,
    PRICE,
    REWARD,
    VALUE,
    choose_min_orders,
    loyalty_types,
    mechanism_indices,
    shrink,
    standardise,
)

OTHERS = 20
NUMBERS = stn.arrays(float, st.integers(3, 30), elements=st.floats(-1e6, 1e6))


def _sums(**last):
    """Regulars of 200 lines without any mechanism, and a last customer with some sums of its own."""
    sums = {name: np.zeros(OTHERS + 1) for name in _NAMES}
    sums |= {"starts_order": np.full(OTHERS + 1, 9.0), "lines_sold": np.full(OTHERS + 1, 200.0)}
    sums["list_value"] = np.full(OTHERS + 1, 100_000.0)
    for name, value in last.items():
        sums[name][-1] = value
    return sums


_NAMES = (
    "hindsight_excess_discount",
    "hindsight_price_position",
    "hindsight_excess_private_label",
    "coupon_lines",
    "points_lines",
)


def _types(sums, min_orders=6, threshold=0.5):
    return loyalty_types(sums, min_orders=min_orders, threshold=threshold)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ({}, VALUE),
        ({"hindsight_excess_discount": 20_000}, DISCOUNT),
        ({"hindsight_price_position": -150_000}, PRICE),
        ({"hindsight_excess_private_label": 100e6}, PRICE),
        ({"coupon_lines": 80}, REWARD),
        ({"points_lines": 80}, REWARD),
    ],
    ids=["nothing stands out", "promotions", "cheap end", "own brand", "coupons", "points"],
)
def test_the_mechanism_that_stands_out_is_the_type(sums, expected):
    types = _types(_sums(**sums))
    assert types[-1] == expected
    assert (types[:-1] == VALUE).all()


@pytest.mark.parametrize(
    "sums",
    [
        {"hindsight_excess_discount": -20_000},
        {"hindsight_price_position": 150_000},
        {"hindsight_excess_private_label": -100e6},
    ],
    ids=["fewer promotions than the assortment", "dear end", "less own brand than the assortment"],
)
def test_less_of_a_mechanism_than_the_assortment_gives_is_value(sums):
    assert _types(_sums(**sums))[-1] == VALUE


@pytest.mark.parametrize(("orders", "expected"), [(5, OCCASIONAL), (6, DISCOUNT)])
def test_fewer_orders_than_a_regular_places_are_occasional_whatever_stands_out(orders, expected):
    assert _types(_sums(starts_order=orders, hindsight_excess_discount=20_000))[-1] == expected


def test_the_strongest_of_two_mechanisms_is_the_type():
    sums = _sums(coupon_lines=80, hindsight_excess_discount=20_000)
    sums["coupon_lines"][0] = 60  # coupons stand out less when another customer uses them too
    assert _types(sums)[-1] == DISCOUNT
    assert _types(sums)[0] == REWARD


def test_nothing_stands_out_above_a_threshold_that_nobody_reaches():
    assert set(_types(_sums(coupon_lines=80), threshold=10)) == {VALUE}


@pytest.mark.parametrize(
    ("absent", "sums", "without"),
    [
        (("coupon_lines", "points_lines"), {"coupon_lines": 80}, REWARD),
        (("hindsight_excess_discount",), {"hindsight_excess_discount": 20_000}, DISCOUNT),
        (
            ("hindsight_price_position", "hindsight_excess_private_label"),
            {"hindsight_price_position": -150_000},
            PRICE,
        ),
    ],
    ids=["no coupons or points", "no list amounts", "no prices or own brand"],
)
def test_an_index_whose_columns_are_missing_is_left_out(absent, sums, without):
    there = {name: column for name, column in _sums(**sums).items() if name not in absent}
    assert without not in _types(there)


def test_an_index_lives_on_the_parts_whose_columns_are_there():
    sums = _sums(points_lines=80, hindsight_price_position=-150_000)
    partly = {n: c for n, c in sums.items() if n not in ("coupon_lines", "hindsight_excess_private_label")}
    assert _types(partly)[-1] in (PRICE, REWARD)


@given(scale=st.floats(0, 1e3))
def test_what_occasional_customers_do_changes_nobodys_type(scale):
    random = np.random.default_rng(2)
    sums = {name: random.normal(0, 1e4, 12) for name in _NAMES}
    sums |= {"starts_order": np.array([9.0] * 9 + [1.0] * 3), "list_value": np.full(12, 1e5)}
    sums["lines_sold"] = random.integers(1, 300, 12).astype(float)
    other = {
        name: np.append(column[:9], column[9:] * scale) for name, column in sums.items() if name in _NAMES
    }
    assert _types(sums).tolist() == _types(sums | other).tolist()


def test_among_occasional_customers_only_nothing_is_measured():
    assert set(_types(_sums(), min_orders=10)) == {OCCASIONAL}


def test_indices_have_zero_mean_and_unit_deviation_over_the_regulars():
    random = np.random.default_rng(3)
    sums = {name: random.normal(0, 1e4, 40) for name in _NAMES}
    sums |= {"lines_sold": np.full(40, 50.0), "list_value": np.full(40, 1e5)}
    regular = np.arange(40) < 30
    for index in mechanism_indices(sums, regular).values():
        assert index[regular].mean() == pytest.approx(0, abs=1e-9)
        assert index[regular].std() == pytest.approx(1)


@given(index=NUMBERS, lines=st.integers(1, 500), half=st.floats(1, 100))
def test_a_shrunk_index_lies_between_its_own_value_and_the_regulars_mean(index, lines, half):
    everybody = np.ones(len(index), bool)
    shrunk = shrink(index, np.full(len(index), float(lines)), half, everybody)
    tolerance = 1e-9 * (1 + np.abs(index).max())
    assert (np.abs(shrunk - index.mean()) <= np.abs(index - index.mean()) + tolerance).all()
    assert (np.abs(shrunk - index) <= np.abs(index - index.mean()) + tolerance).all()


def test_at_the_lines_of_half_reliability_an_index_is_drawn_half_way_to_the_mean():
    index, lines = np.array([0.0, 4.0, 10.0]), np.array([50.0, 30.0, 20.0])
    mean = np.average(index, weights=lines)
    assert shrink(index, lines, 30, np.ones(3, bool))[1] == pytest.approx((4 + mean) / 2)


def test_the_more_lines_the_less_an_index_is_drawn_to_the_mean():
    lines = np.array([1.0, 10.0, 100.0, 1_000.0, 1.0])
    shrunk = shrink(np.array([5.0, 5.0, 5.0, 5.0, -5.0]), lines, 30, np.ones(5, bool))
    assert (np.diff(shrunk[:4]) > 0).all()


@given(index=NUMBERS, factor=st.floats(0.1, 10), offset=st.floats(-100, 100))
def test_standardising_does_not_depend_on_unit_or_zero_point(index, factor, offset):
    everybody = np.ones(len(index), bool)
    if index.std() > 1e-3 * (1 + np.abs(index).max()):
        again = standardise(index * factor + offset, everybody)
        assert again == pytest.approx(standardise(index, everybody), abs=1e-6)


@pytest.mark.parametrize("index", [0.0, 0.1, -1e6 / 3])
def test_customers_who_do_not_differ_have_index_zero(index):
    assert standardise(np.full(3, index), np.ones(3, bool)).tolist() == [0, 0, 0]


def test_customers_who_do_not_differ_are_all_value():
    sums = _sums()
    sums["hindsight_excess_private_label"] = np.full(OTHERS + 1, 0.1)
    assert set(_types(sums)) == {VALUE}


@given(st.lists(st.integers(0, 40), max_size=50))
def test_a_regular_of_a_shop_buys_at_least_twice_and_need_not_buy_more_than_six_times(orders):
    chosen = choose_min_orders(np.array(orders, float))
    some = [count for count in orders if count]
    assert 2 <= chosen <= 6
    assert not some or chosen in (2, 6) or chosen <= np.median(some) < chosen + 1


def test_who_bought_nothing_says_nothing_about_regulars():
    assert choose_min_orders(np.array([4.0, 4, 5, 0, 0, 0, 0, 0])) == 4
