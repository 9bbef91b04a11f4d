from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from features.matrix import FeatureMatrix

MAY, JUNE = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)


def answer(*rows):
    """What the kernel gives: (customer, cutoff, a, b), ordered by customer."""
    who, cutoffs, a, b = (list(column) for column in zip(*rows, strict=True))
    columns = {
        "customer_id": who,
        "cutoff": pa.array(cutoffs, pa.timestamp("us", "UTC")),
        "a": pa.array(a, pa.float32()),
        "b": pa.array(b, pa.float32()),
    }
    return pa.table(columns)


@pytest.fixture
def matrix():
    first = answer(("ann", MAY, 1, 2), ("ann", JUNE, 3, np.nan), ("bob", MAY, 5, 6))
    return FeatureMatrix.from_arrow([first, answer(("cleo", MAY, 7, 8), ("cleo", JUNE, 9, 10))])


def test_rows_are_ordered_by_cutoff_and_then_customer(matrix):
    assert matrix.customer_ids.tolist() == ["ann", "bob", "cleo", "ann", "cleo"]
    assert matrix.cutoffs.tolist() == [MAY.replace(tzinfo=None)] * 3 + [JUNE.replace(tzinfo=None)] * 2
    assert matrix.column("a").tolist() == [1, 5, 7, 3, 9]


def test_values_are_32_bits_wide_and_ids_are_text(matrix):
    assert (matrix.values.dtype, matrix.values.shape) == (np.float32, (5, 2))
    assert matrix.cutoffs.dtype == np.dtype("datetime64[us]")
    assert matrix.customer_ids.dtype == object
    assert len(matrix) == 5


def test_what_is_written_is_read_again(matrix, tmp_path):
    matrix.write(tmp_path / "matrix.parquet")
    again = FeatureMatrix.read(tmp_path / "matrix.parquet")
    assert again.names == matrix.names
    assert again.customer_ids.tolist() == matrix.customer_ids.tolist()
    assert np.array_equal(again.cutoffs, matrix.cutoffs)
    assert np.array_equal(again.values, matrix.values, equal_nan=True)
    assert [file.name for file in tmp_path.iterdir()] == ["matrix.parquet"]


def test_cutoffs_are_written_as_instants_in_utc(matrix):
    assert matrix.to_arrow()["cutoff"].to_pylist() == [MAY] * 3 + [JUNE] * 2


def test_selected_features_come_in_the_order_asked_for(matrix):
    assert matrix.select(["b", "a"])[1].tolist() == [6, 5]
    assert matrix.select(["b"])[1].tolist() == [6]
    assert np.array_equal(matrix.select(["a", "b"]), matrix.values, equal_nan=True)


def test_missing_features_are_named(matrix):
    with pytest.raises(
        ValueError, match=r"lacks 2 features that the model needs \(c, d\); build features from"
    ):
        matrix.select(["c", "a", "d"])
    with pytest.raises(ValueError, match="the matrix has no feature 'c' among its 2"):
        matrix.column("c")


def test_a_mask_keeps_rows_with_their_customer_and_cutoff(matrix):
    kept = matrix.where(matrix.customer_ids == "cleo")
    assert kept.customer_ids.tolist() == ["cleo", "cleo"]
    assert kept.values.tolist() == [[7, 8], [9, 10]]
    assert kept.hash == matrix.hash


def test_the_hash_changes_with_the_names_and_their_order(matrix):
    other = FeatureMatrix(matrix.customer_ids, matrix.cutoffs, ("b", "a"), matrix.values)
    assert other.hash != matrix.hash


@pytest.mark.parametrize("tables", [[], [answer(("ann", MAY, 1, 2)).slice(1)]])
def test_a_matrix_of_nobody_is_refused(tables):
    with pytest.raises(ValueError, match="no customer has an order before the cutoff; choose a later cutoff"):
        FeatureMatrix.from_arrow(tables)
