import numpy as np
import pytest

from features.kernel.declare import Catalogue, schema_hash
from features.kernel.stream import Source, Stream
from tests.features.kernel.events import EVENTS, STREAM, built, day, rows


def empty_catalogue():
    return Catalogue(Stream("events", (Source("events", "at", ("key",)),)))


def test_a_feature_is_named_after_its_function_and_window():
    assert list(EVENTS.features) == [
        "total_1d",
        "total_10d",
        "largest_10d",
        "latest_10d",
        "days_since",
        "kinds_10d",
        "large_squares_10d",
    ]


def test_two_features_of_one_name_are_refused():
    catalogue = empty_catalogue()

    def total(w):
        """Sum."""

    catalogue.feature(unit="points", when_empty=0, driver="value")(total)
    with pytest.raises(ValueError, match="'total' is declared twice"):
        catalogue.feature(unit="points", when_empty=0, driver="value")(total)


def test_two_measures_of_one_name_are_refused():
    catalogue = empty_catalogue()

    def value(rows): ...

    catalogue.measure("value")(value)
    with pytest.raises(ValueError, match="'value' is declared twice"):
        catalogue.measure("value")(value)


def test_a_feature_without_a_meaning_is_refused():
    with pytest.raises(ValueError, match="feature 'total' has no docstring"):

        @empty_catalogue().feature(unit="points", when_empty=0, driver="value")
        def total(w): ...


def test_a_feature_can_be_asked_over_another_window():
    other = EVENTS.features["total_10d"].over(3)
    assert (other.name, other.days, other.meaning) == ("total_3d", 3, "Sum of values.")
    answer = built([other], rows(("ann", 0, 5), ("ann", 4, 6)), [day(5)])
    assert answer["total_3d"].to_pylist() == [6]


def test_a_window_inside_a_feature_is_found_without_data():
    catalogue = empty_catalogue()

    @catalogue.feature(unit="ratio", when_empty=0, driver="value", windows=(7,))
    def trend(w):
        """One sum over another."""
        return w.sum("a") / np.maximum(w.over(90).sum("b"), w.over(None).last("c"))

    trace = catalogue.features["trend_7d"].trace()
    assert trace.windows == {"events": {7, 90}}
    assert trace.measures == {("events", "a"), ("events", "b"), ("events", "c")}


def test_the_hash_of_a_schema_changes_with_names_and_order():
    assert schema_hash(["a", "b"]) == schema_hash(("a", "b"))
    assert len({schema_hash(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a"], [])}) == 5


def test_where_there_is_nothing_to_say_a_feature_has_the_declared_value():
    catalogue = Catalogue(STREAM)

    @catalogue.feature(unit="points", when_empty=-1, driver="value", windows=(1,))
    def highest(w):
        """Largest value."""
        return w.maximum("value")

    answer = built([catalogue.features["highest_1d"]], rows(("ann", 0, 5)), [day(1), day(3)])
    assert answer["highest_1d"].to_pylist() == [5, -1]
