"""Any table as numbers: what each feature of a labelled task reads stands in its name, so a model is files alone.

`tenure` is a column of numbers, `Contract=One year` is 1 where the column has that text and 0 elsewhere, and
`TotalCharges / tenure` is the ratio of two columns of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

IS, OVER = "=", " / "
Floats = NDArray[np.float64]


def encoded(table: pa.Table, features: Sequence[str]) -> NDArray[np.float32]:
    """Values of features, shape (rows, features); NaN where a number is missing, is no number, or is divided by 0.

    Raises:
        ValueError: the table lacks a column that a feature reads.
    """
    columns = [_values(table, name) for name in features]
    return (
        np.column_stack(columns).astype(np.float32) if columns else np.empty((table.num_rows, 0), np.float32)
    )


def numbers(column: pa.ChunkedArray) -> Floats | None:
    """A column as numbers (rows,), NaN where it is empty; None where it holds a text that is none."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        try:
            return _floats(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
    trimmed = pc.utf8_trim_whitespace(column)
    filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    try:
        return _floats(filled)
    except pa.ArrowInvalid:
        return None


def _floats(column: pa.ChunkedArray) -> Floats:
    found: Floats = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return found


def texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """A column as texts (rows,), empty where nothing stands."""
    return np.array([str(value or "").strip() for value in column.to_pylist()], dtype=object)


def _values(table: pa.Table, feature: str) -> Floats:
    name, is_text, text = feature.partition(IS)
    if is_text and name in table.column_names:
        found: Floats = (texts(table[name]) == text).astype(np.float64)
        return found
    above, is_ratio, below = feature.partition(OVER)
    if is_ratio and feature not in table.column_names:
        return _ratio(_number(table, above), _number(table, below))
    return _number(table, feature)


def _number(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        raise ValueError(
            f"the table has no column {name!r}, which the model reads; bring the table it was trained on"
        )
    found = numbers(table[name])
    if found is None:
        raise ValueError(
            f"column {name!r} holds texts, the model reads numbers there; mend or leave them empty"
        )
    return found


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=np.abs(below) > 0)
    return ratio
