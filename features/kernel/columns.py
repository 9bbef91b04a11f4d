"""Columns of a table as numpy arrays, whatever the engine that brought them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = int(np.iinfo(np.int64).min)
"""As an instant or a value of a measure: there is none."""
UNKNOWN = -1
"""As a code: the key is missing."""
_MOST = 1e15
"""Beyond it a scaled number is cut, so that sums of many stay inside 64 bits."""


class Columns(Protocol):
    """Reads one column in the form that a measure needs, once; every array has shape (size,)."""

    def number(self, name: str) -> Int:
        """Integers or flags as int64; missing is 0."""

    def scaled(self, name: str, factor: int) -> Int:
        """Decimal numbers times a factor, rounded half up; missing is 0."""

    def instant(self, name: str) -> Int:
        """Microseconds since 1970 UTC; missing is NEVER."""

    def code(self, name: str) -> Int:
        """Small integers, equal where the keys are equal; missing is UNKNOWN."""

    def key(self, name: str) -> Int:
        """A number from 0 to 65535 that stands for a text whatever else there is; missing is NEVER."""

    def filled(self, name: str) -> Mask:
        """Whether there is a value."""

    def equals(self, name: str, value: str) -> Mask:
        """Whether the text is `value`; missing is not."""

    def place(self, name: str, among: pa.Array) -> Int:
        """Position of the key in an array of distinct keys; UNKNOWN where it is not there."""


class TableColumns:
    """The columns of an Arrow table. A column that the table lacks is missing in every row.

    Keys are text, or have been made codes by the engine that brought them: whole numbers, or an Arrow dictionary.
    """

    def __init__(self, table: pa.Table, label: str) -> None:
        self._table = table
        self._label = label
        self._names = frozenset(table.column_names)
        self._flat: dict[str, pa.Array] = {}
        self._cache: dict[tuple[str, str, object], NDArray[np.generic]] = {}
        self.size: int = table.num_rows

    def number(self, name: str) -> Int:
        """See `Columns`."""
        return self._once("number", name, None, lambda array: _number(array, f"{self._label}.{name}"))

    def scaled(self, name: str, factor: int) -> Int:
        """See `Columns`."""
        return self._once("scaled", name, factor, lambda array: _scaled(array, factor))

    def instant(self, name: str) -> Int:
        """See `Columns`."""
        return self._once("instant", name, None, microseconds)

    def code(self, name: str) -> Int:
        """See `Columns`."""
        return self._once("code", name, None, _codes)

    def key(self, name: str) -> Int:
        """See `Columns`."""
        return self._once("key", name, None, _keys)

    def filled(self, name: str) -> Mask:
        """See `Columns`."""
        return self._once(
            "filled", name, None, lambda array: pc.is_valid(array).to_numpy(zero_copy_only=False)
        )

    def equals(self, name: str, value: str) -> Mask:
        """See `Columns`."""
        return self._once("equals", name, value, lambda array: _equals(array, value))

    def place(self, name: str, among: pa.Array) -> Int:
        """See `Columns`."""
        return self._once("place", name, id(among), lambda array: _places(array, among))

    def array(self, name: str) -> pa.Array:
        """The column in one piece; all null where the table lacks it."""
        if name not in self._flat:
            there = name in self._names
            self._flat[name] = flat(self._table[name]) if there else pa.nulls(self.size, pa.int64())
        return self._flat[name]

    def _once(self, how: str, name: str, of: object, read: Callable[[pa.Array], NDArray]) -> NDArray:  # type: ignore[type-arg]
        key = (how, name, of)
        if key not in self._cache:
            self._cache[key] = read(self.array(name))
        return self._cache[key]


class PickedColumns:
    """Rows picked out of one or several tables, in any order, any number of times.

    Args:
        parts: the columns of a table, and the rows of it that are picked.
        order: where in the picked rows of all parts each row comes from; None keeps them as they are.
    """

    def __init__(self, parts: Sequence[tuple[Columns, Int]], order: Int | None = None) -> None:
        self._parts = parts
        self._order = order
        if len(parts) == 1 and order is not None:
            self._parts, self._order = [(parts[0][0], parts[0][1][order])], None

    def number(self, name: str) -> Int:
        """See `Columns`."""
        return self._gather([part.number(name)[rows] for part, rows in self._parts])

    def scaled(self, name: str, factor: int) -> Int:
        """See `Columns`."""
        return self._gather([part.scaled(name, factor)[rows] for part, rows in self._parts])

    def instant(self, name: str) -> Int:
        """See `Columns`."""
        return self._gather([part.instant(name)[rows] for part, rows in self._parts])

    def code(self, name: str) -> Int:
        """See `Columns`; codes of several tables are codes of one dictionary."""
        parts = [part for part, _ in self._parts]
        codes = [parts[0].code(name)] if len(parts) == 1 else _shared_codes(parts, name)
        return self._gather([code[rows] for code, (_, rows) in zip(codes, self._parts, strict=True)])

    def key(self, name: str) -> Int:
        """See `Columns`."""
        return self._gather([part.key(name)[rows] for part, rows in self._parts])

    def filled(self, name: str) -> Mask:
        """See `Columns`."""
        return self._gather([part.filled(name)[rows] for part, rows in self._parts])

    def equals(self, name: str, value: str) -> Mask:
        """See `Columns`."""
        return self._gather([part.equals(name, value)[rows] for part, rows in self._parts])

    def place(self, name: str, among: pa.Array) -> Int:
        """See `Columns`."""
        return self._gather([part.place(name, among)[rows] for part, rows in self._parts])

    def _gather(self, picked: list[NDArray]) -> NDArray:  # type: ignore[type-arg]
        joined = picked[0] if len(picked) == 1 else np.concatenate(picked)
        return joined if self._order is None else joined[self._order]


def microseconds(column: pa.ChunkedArray | pa.Array) -> Int:
    """Instants as int64 microseconds since 1970 UTC; a missing instant is NEVER."""
    array = flat(column)
    if array.null_count == len(array):
        return np.full(len(array), NEVER)
    if array.type != pa.timestamp("us", array.type.tz):
        array = array.cast(pa.timestamp("us", array.type.tz))
    return _filled(array.view(pa.int64()), NEVER)


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _filled(array: pa.Array, missing: int) -> Int:
    numbers: Int = (array.fill_null(missing) if array.null_count else array).to_numpy(zero_copy_only=False)
    return numbers


def _number(array: pa.Array, label: str) -> Int:
    if not (pa.types.is_integer(array.type) or pa.types.is_boolean(array.type)):
        raise TypeError(f"{label} is {array.type}; the kernel sums integers (money in minor units) and flags")
    return _filled(array.cast(pa.int64()), 0)


def _scaled(array: pa.Array, factor: int) -> Int:
    if pa.types.is_integer(array.type):
        return _filled(array.cast(pa.int64()), 0) * factor
    numbers = (array.fill_null(0.0) if array.null_count else array).to_numpy(zero_copy_only=False)
    rounded: Int = np.floor(np.clip(numbers * factor, -_MOST, _MOST) + 0.5).astype(np.int64)
    return rounded


def _codes(array: pa.Array) -> Int:
    if pa.types.is_integer(array.type):
        return _filled(array.cast(pa.int64()), UNKNOWN)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    return _filled(encoded.indices.cast(pa.int64()), UNKNOWN)


def _keys(array: pa.Array) -> Int:
    if pa.types.is_integer(array.type):  # a column that the table lacks
        return np.full(len(array), NEVER)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    keys = np.array([*(zlib.crc32(text.encode()) & 0xFFFF for text in texts), NEVER], np.int64)
    return keys[_filled(encoded.indices.cast(pa.int64()), UNKNOWN)]


def _shared_codes(parts: Sequence[Columns], name: str) -> list[Int]:
    """Codes of one dictionary for several tables, whose engine made all of them codes, or none."""
    arrays = [part.array(name) for part in parts if isinstance(part, TableColumns)]
    if len(arrays) < len(parts):
        raise TypeError("only tables can be joined to one stream")
    if all(pa.types.is_integer(array.type) for array in arrays):
        return [_codes(array) for array in arrays]
    texts = pa.concat_arrays([array.cast(pa.string()) for array in arrays])
    ends = np.cumsum([len(array) for array in arrays])[:-1]
    return np.split(_codes(texts), ends)


def _equals(array: pa.Array, value: str) -> Mask:
    if pa.types.is_integer(array.type):  # a column that the table lacks
        return np.zeros(len(array), bool)
    if pa.types.is_dictionary(array.type):
        place = array.dictionary.index(value).as_py()
        same: Mask = _filled(array.indices.cast(pa.int64()), UNKNOWN) == place
        return same if place >= 0 else np.zeros(len(array), bool)
    equal: Mask = pc.fill_null(pc.equal(array, value), False).to_numpy(zero_copy_only=False)
    return equal


def _places(array: pa.Array, among: pa.Array) -> Int:
    if pa.types.is_integer(array.type):  # made by the engine: already a position
        return _filled(array.cast(pa.int64()), UNKNOWN)
    return _filled(pc.index_in(array.cast(pa.string()), among).cast(pa.int64()), UNKNOWN)
