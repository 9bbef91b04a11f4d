import numpy as np
import pyarrow as pa
import pytest

from models.columns import encoded, numbers

TABLE = pa.table(
    {
        "tenure": [1, 0, 40],
        "charge": ["29.85", " ", "108.0"],
        "contract": ["One year", "Month=to=month", None],
        "active": [True, False, None],
        "plan / tariff": [1.0, 2.0, 3.0],
    }
)


def test_numbers_levels_and_ratios_are_read_from_the_names_of_the_features():
    found = encoded(
        TABLE, ["tenure", "charge", "contract=One year", "contract=Month=to=month", "charge / tenure"]
    )
    expected = [[1, 29.85, 1, 0, 29.85], [0, np.nan, 0, 1, np.nan], [40, 108, 0, 0, 2.7]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_column_whose_name_looks_like_a_ratio_is_a_column():
    assert encoded(TABLE, ["plan / tariff"]).ravel().tolist() == [1, 2, 3]


def test_text_that_is_a_number_everywhere_or_empty_is_numbers():
    np.testing.assert_array_equal(numbers(TABLE["charge"]), [29.85, np.nan, 108.0])
    np.testing.assert_array_equal(numbers(TABLE["active"]), [1, 0, np.nan])
    assert numbers(TABLE["contract"]) is None


def test_a_column_that_is_missing_or_holds_texts_is_named():
    with pytest.raises(ValueError, match="no column 'age', which the model reads"):
        encoded(TABLE, ["age"])
    with pytest.raises(ValueError, match="column 'contract' holds texts, the model reads numbers"):
        encoded(TABLE, ["contract"])
