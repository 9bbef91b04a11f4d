"""Parquet columns in types that the contract does not expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from features.contract import Column, Table
from tests.broken.delivery import Damage, Delivery, Outcome, columns_of
from tests.broken.good import ROWS

Make = Callable[[Column], Any]
_START = datetime(2024, 5, 1, 10)
_NUMBERS = range(1, ROWS + 1)


def _times(zone: bool = False) -> list[datetime]:
    first = _START.replace(tzinfo=UTC) if zone else _START
    return [first + timedelta(hours=number) for number in range(ROWS)]


def _texts(column: Column) -> list[str]:
    return [column.values[n % len(column.values)] if column.values else f"t{n:02d}" for n in range(ROWS)]


def _of(kind: Any, values: Callable[[], Any]) -> Make:
    return lambda _: pa.array(values(), kind)


TYPES: dict[str, Make] = {
    "whole_numbers": _of(pa.int64(), lambda: list(_NUMBERS)),
    "small_whole_numbers": _of(pa.int8(), lambda: list(_NUMBERS)),
    "unsigned_numbers": _of(pa.uint64(), lambda: [2**64 - number for number in _NUMBERS]),
    "largest_whole_numbers": _of(pa.int64(), lambda: [2**63 - number for number in _NUMBERS]),
    "decimal_fractions": _of(pa.float64(), lambda: [number + 0.25 for number in _NUMBERS]),
    "short_floats": _of(pa.float32(), lambda: [float(number) for number in _NUMBERS]),
    "half_floats": _of(pa.float16(), lambda: np.arange(1, ROWS + 1, dtype=np.float16)),
    "not_a_number": _of(pa.float64(), lambda: [float("nan"), float("inf"), -float("inf")] * 4),
    "largest_floats": _of(pa.float64(), lambda: [1.7e308, -1.7e308, 5e-324, -0.0] * 3),
    "booleans": _of(pa.bool_(), lambda: [True, False, None] * 4),
    "days": _of(pa.date32(), lambda: [date(2024, 5, number) for number in _NUMBERS]),
    "days_in_milliseconds": _of(pa.date64(), lambda: [date(2024, 5, number) for number in _NUMBERS]),
    "times_of_day": _of(pa.time32("s"), lambda: [time(number) for number in _NUMBERS]),
    "fine_times_of_day": _of(pa.time64("ns"), lambda: [time(number) for number in _NUMBERS]),
    "seconds": _of(pa.timestamp("s"), _times),
    "nanoseconds": _of(pa.timestamp("ns"), _times),
    "zoned_nanoseconds": _of(pa.timestamp("ns", "UTC"), lambda: _times(zone=True)),
    "times_in_tokyo": _of(pa.timestamp("us", "Asia/Tokyo"), lambda: _times(zone=True)),
    "times_in_the_year_9999": _of(pa.timestamp("us"), lambda: [datetime.max] * ROWS),
    "times_at_the_ends_of_64_bits": _of(pa.timestamp("us"), lambda: [2**63 - 1, -(2**63) + 1, 0] * 4),
    "durations": _of(pa.duration("us"), lambda: [timedelta(hours=number) for number in _NUMBERS]),
    "exact_decimals": _of(pa.decimal128(38, 10), lambda: [Decimal(number) for number in _NUMBERS]),
    "decimals_of_76_digits": _of(pa.decimal256(76, 2), lambda: [Decimal(10) ** 70] * ROWS),
    "texts": lambda column: pa.array(_texts(column), pa.string()),
    "large_texts": lambda column: pa.array(_texts(column), pa.large_string()),
    "dictionary": lambda column: pa.array(_texts(column), pa.string()).dictionary_encode(),
    "bytes": lambda column: pa.array([text.encode() for text in _texts(column)], pa.binary()),
    "bytes_that_are_no_text": _of(pa.binary(), lambda: [b"\xff\xfe\0"] * ROWS),
    "uuids": _of(pa.binary(16), lambda: [bytes([number]) * 16 for number in _NUMBERS]),
    "lists": lambda column: pa.array([[text] for text in _texts(column)], pa.list_(pa.string())),
    "lists_of_lists": _of(pa.list_(pa.list_(pa.int64())), lambda: [[[number]] for number in _NUMBERS]),
    "structs": _of(pa.struct([("a", pa.int64())]), lambda: [{"a": number} for number in _NUMBERS]),
    "maps": _of(pa.map_(pa.string(), pa.int64()), lambda: [[("a", number)] for number in _NUMBERS]),
    "nothing": lambda _: pa.nulls(ROWS),
    "texts_all_null": lambda _: pa.nulls(ROWS, pa.string()),
    "empty_texts": lambda _: pa.array([""] * ROWS),
    "words_for_null": lambda _: pa.array(["NULL", "nan", "None", "N/A"] * 3),
}
SHORT = ("whole_numbers", "not_a_number", "booleans", "days", "bytes_that_are_no_text", "structs", "nothing")
"""What is tried on kinds of columns other than ids and times."""


def for_table(table: Table) -> Iterator[Damage]:
    """Every type in place of an id and of a time, a few in place of the others."""
    for kind, column in columns_of(table).items():
        for name in TYPES if kind in ("id", "time") else SHORT:
            outcome: Outcome = "said" if name in ("nothing",) and column.filled else "either"
            yield Damage(f"{kind}_as_{name}", outcome, _replacing(column, TYPES[name]))


def _replacing(column: Column, make: Make) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        place = delivery.arrow.schema.get_field_index(column.name)
        delivery.parquet(delivery.arrow.set_column(place, column.name, make(column)))

    return act
