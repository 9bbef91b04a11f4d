import numpy as np
import pytest

from features.kernel.build import build
from features.kernel.declare import Catalogue, schema_hash
from tests.features.kernel.events import EVENTS, STREAM, day, rows


def test_a_feature_is_named_after_its_function_and_window():
    assert list(EVENTS.features) == [
        "total_1d",
        "total_10d",
        "largest_10d",
        "latest_10d",
        "days_since",
        "kinds_10d",
    ]


def test_two_features_of_one_name_are_refused():
    catalogue = Catalogue()

    def total(w):
        """Sum."""

    catalogue.feature(unit="points", when_empty=0, driver="value")(total)
    with pytest.raises(ValueError, match="'total' is declared twice"):
        catalogue.feature(unit="points", when_empty=0, driver="value")(total)


def test_two_measures_of_one_name_are_refused():
    catalogue = Catalogue()

    def value(rows): ...

    catalogue.measure("value")(value)
    with pytest.raises(ValueError, match="'value' is declared twice"):
        catalogue.measure("value")(value)


def test_a_feature_without_a_meaning_is_refused():
    with pytest.raises(ValueError, match="feature 'total' has no docstring"):

        @Catalogue().feature(unit="points", when_empty=0, driver="value")
        def total(w): ...


def test_a_feature_knows_the_columns_that_it_reads():
    read = {name: EVENTS.columns_of(feature) for name, feature in EVENTS.features.items()}
    assert read["total_10d"] == ("value",)
    assert read["kinds_10d"] == ("kind",)
    assert read["days_since"] == ()


def test_features_without_their_columns_are_left_out():
    assert [f.name for f in EVENTS.available(["kind"])] == ["days_since", "kinds_10d"]
    assert EVENTS.available(["kind", "value", "other"]) == tuple(EVENTS.features.values())


def test_a_feature_can_be_asked_over_another_window():
    other = EVENTS.features["total_10d"].over(3)
    assert (other.name, other.days, other.meaning) == ("total_3d", 3, "Sum of values.")
    answer = build(STREAM, [other], rows(("ann", 0, 5), ("ann", 4, 6)), [day(5)])
    assert answer["total_3d"].to_pylist() == [6]


def test_a_window_inside_a_feature_is_found_without_data():
    catalogue = Catalogue()

    @catalogue.feature(unit="ratio", when_empty=0, driver="value", windows=(7,))
    def trend(w):
        """One sum over another."""
        return w.sum("a") / np.maximum(w.over(90).sum("b"), w.over(None).last("c"))

    trace = catalogue.features["trend_7d"].trace()
    assert (trace.windows, trace.measures) == ({7, 90}, {"a", "b", "c"})


def test_the_hash_of_a_schema_changes_with_names_and_order():
    assert schema_hash(["a", "b"]) == schema_hash(("a", "b"))
    assert len({schema_hash(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a"], [])}) == 5


def test_where_there_is_nothing_to_say_a_feature_has_the_declared_value():
    catalogue = Catalogue(measures=EVENTS.measures)

    @catalogue.feature(unit="points", when_empty=-1, driver="value", windows=(1,))
    def highest(w):
        """Largest value."""
        return w.maximum("value")

    answer = build(STREAM, [catalogue.features["highest_1d"]], rows(("ann", 0, 5)), [day(1), day(3)])
    assert answer["highest_1d"].to_pylist() == [5, -1]
