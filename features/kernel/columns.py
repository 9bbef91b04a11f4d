"""Columns of a table as numpy arrays, whatever the engine that brought them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEVER = int(np.iinfo(np.int64).min)
"""As an instant or a value of a measure: there is none."""
UNKNOWN = -1
"""As a code: the key is missing."""
_MOST = 1e15
"""Beyond it a scaled number is cut, so that sums of many stay inside 64 bits."""


@dataclass(frozen=True, eq=False)
class Words:
    """A column of texts.

    Attributes:
        codes: a code for each row, UNKNOWN where missing, shape (size,).
        texts: the code of each text.
    """

    codes: Int
    texts: dict[str, int]

    def equal(self, text: str) -> Mask:
        """Whether a row holds the text. Shape (size,)."""
        code = self.texts.get(text)
        same: Mask = self.codes == code if code is not None else np.zeros(len(self.codes), bool)
        return same

    def recoded(self, texts: dict[str, int]) -> Int:
        """The codes as those of another dictionary that holds all texts."""
        return np.array([*(texts[text] for text in self.texts), UNKNOWN], np.int64)[self.codes]


T = TypeVar("T")


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

    def words(self, name: str) -> Words:
        """A column of texts as codes, and what the codes stand for."""

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
        self._cache: dict[tuple[str, str, object], Any] = {}
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

    def words(self, name: str) -> Words:
        """See `Columns`."""
        return self._once("words", name, None, _words)

    def place(self, name: str, among: pa.Array) -> Int:
        """See `Columns`."""
        return self._once("place", name, id(among), lambda array: _places(array, among))

    def array(self, name: str) -> pa.Array:
        """The column in one piece; all null where the table lacks it."""
        if name not in self._flat:
            there = name in self._names
            self._flat[name] = flat(self._table[name]) if there else pa.nulls(self.size, pa.int64())
        return self._flat[name]

    def _once(self, how: str, name: str, of: object, read: Callable[[pa.Array], T]) -> T:
        key = (how, name, of)
        if key not in self._cache:
            self._cache[key] = read(self.array(name))
        found: T = self._cache[key]
        return found


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

    def words(self, name: str) -> Words:
        """See `Columns`; the codes of several tables are codes of one dictionary."""
        found = [part.words(name) for part, _ in self._parts]
        texts = dict(found[0].texts)
        for other in found[1:]:
            for text in other.texts:
                texts.setdefault(text, len(texts))
        codes = [found[0].codes, *(other.recoded(texts) for other in found[1:])]
        picked = [code[rows] for code, (_, rows) in zip(codes, self._parts, strict=True)]
        return Words(self._gather(picked), texts)

    def place(self, name: str, among: pa.Array) -> Int:
        """See `Columns`."""
        return self._gather([part.place(name, among)[rows] for part, rows in self._parts])

    def _gather(self, picked: list[NDArray]) -> NDArray:  # type: ignore[type-arg]
        joined = picked[0] if len(picked) == 1 else np.concatenate(picked)
        return joined if self._order is None else joined[self._order]


def flags(condition: Mask) -> Int:
    """1 where a condition holds, else 0."""
    return condition.astype(np.int64)


def microseconds(column: pa.ChunkedArray | pa.Array) -> Int:
    """Instants as int64 microseconds since 1970 UTC; a missing instant is NEVER."""
    array = flat(column)
    if pa.types.is_integer(array.type):  # a column that the table lacks
        return np.full(len(array), NEVER)
    if array.type.unit != "us":
        array = array.cast(pa.timestamp("us", array.type.tz))
    return _numbers(array, np.int64, NEVER)


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _numbers(array: pa.Array, kind: type[np.generic], missing: float) -> NDArray[Any]:
    """The values of an array of fixed width, read where they lie; `missing` where there is none.

    Integers come as int64. Arrow's own casts and fills cost more, for one customer, than all that is done with them.
    """
    wide = np.float64 if issubclass(kind, np.floating) else np.int64
    first, count = array.offset, len(array)
    if array.null_count == count:
        return np.full(count, missing, wide)
    values = np.frombuffer(array.buffers()[1], kind)[first : first + count].astype(wide, copy=False)
    return np.where(_valid(array), values, missing) if array.null_count else values


def _valid(array: pa.Array) -> Mask:
    first, count = array.offset, len(array)
    if not array.null_count:
        return np.ones(count, bool)
    if array.buffers()[0] is None:  # null by its type
        return np.zeros(count, bool)
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little", count=first + count)
    return bits[first:].view(bool)


def _whole(array: pa.Array, missing: int) -> Int:
    """Integers or flags as int64."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    return _numbers(array, array.type.to_pandas_dtype(), missing)


def _number(array: pa.Array, label: str) -> Int:
    if not (pa.types.is_integer(array.type) or pa.types.is_boolean(array.type)):
        raise TypeError(f"{label} is {array.type}; the kernel sums integers (money in minor units) and flags")
    return _whole(array, 0)


def _scaled(array: pa.Array, factor: int) -> Int:
    if pa.types.is_integer(array.type):
        return _whole(array, 0) * factor
    if array.type != pa.float64():
        array = array.cast(pa.float64())
    numbers = _numbers(array, np.float64, 0.0) * factor
    np.clip(numbers, -_MOST, _MOST, out=numbers)
    numbers += 0.5
    rounded: Int = np.floor(numbers, out=numbers).astype(np.int64)
    return rounded


def _codes(array: pa.Array) -> Int:
    if pa.types.is_integer(array.type):
        return _whole(array, UNKNOWN)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    return _whole(encoded.indices, UNKNOWN)


def _keys(array: pa.Array) -> Int:
    if pa.types.is_integer(array.type):  # a column that the table lacks
        return np.full(len(array), NEVER)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    keys = np.array([*(zlib.crc32(text.encode()) & 0xFFFF for text in texts), NEVER], np.int64)
    return keys[_whole(encoded.indices, UNKNOWN)]


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


def _words(array: pa.Array) -> Words:
    if pa.types.is_integer(array.type):  # a column that the table lacks
        return Words(np.full(len(array), UNKNOWN), {})
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    codes = _whole(encoded.indices, UNKNOWN)
    return Words(codes, {text: code for code, text in enumerate(encoded.dictionary.to_pylist())})


def _places(array: pa.Array, among: pa.Array) -> Int:
    if pa.types.is_integer(array.type):  # made by the engine: already a position
        return _whole(array, UNKNOWN)
    return _whole(pc.index_in(array.cast(pa.string()), among), UNKNOWN)
