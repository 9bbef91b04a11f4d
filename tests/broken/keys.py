"""Keys that repeat, are empty or change their type."""

from __future__ import annotations

import pyarrow as pa

from tests.broken.delivery import DAMAGED, Damage, Delivery, kind_in
from tests.broken.good import ROWS, Row, parquet_bytes

KINDS: list[Damage] = []


def _key(delivery: Delivery, row: int) -> Row:
    return {name: delivery.rows[row][name] for name in delivery.table.key}


@kind_in(KINDS, "said")
def one_key_twice(delivery: Delivery) -> None:
    delivery.rows[DAMAGED] |= _key(delivery, 2)
    delivery.touched = 1


@kind_in(KINDS, "said")
def one_key_in_the_first_and_last_row(delivery: Delivery) -> None:
    delivery.rows[-1] |= _key(delivery, 0)
    delivery.touched = 1


@kind_in(KINDS, "said")
def one_key_three_times(delivery: Delivery) -> None:
    delivery.rows[4] |= _key(delivery, 2)
    delivery.rows[9] |= _key(delivery, 2)
    delivery.touched = 2


@kind_in(KINDS, "said")
def all_of_one_key(delivery: Delivery) -> None:
    for row in delivery.rows:
        row |= _key(delivery, 0)
    delivery.touched = ROWS - 1


@kind_in(KINDS, "said")
def every_key_twice(delivery: Delivery) -> None:
    for number, row in enumerate(delivery.rows):
        row |= _key(delivery, number // 2 * 2)
    delivery.touched = ROWS // 2


@kind_in(KINDS, "said")
def one_row_repeated(delivery: Delivery) -> None:
    delivery.rows.append(dict(delivery.rows[2]))
    delivery.rows_in, delivery.touched = ROWS + 1, 0


@kind_in(KINDS, "said")
def whole_file_repeated(delivery: Delivery) -> None:
    delivery.rows += [dict(row) for row in delivery.rows]
    delivery.rows_in, delivery.touched = 2 * ROWS, 0


@kind_in(KINDS, "said")
def whole_file_ten_times(delivery: Delivery) -> None:
    delivery.rows = [dict(row) for _ in range(10) for row in delivery.rows]
    delivery.rows_in, delivery.touched = 10 * ROWS, 0


@kind_in(KINDS, "said")
def whole_file_repeated_in_reverse(delivery: Delivery) -> None:
    delivery.rows += [dict(row) for row in reversed(delivery.rows)]
    delivery.rows_in, delivery.touched = 2 * ROWS, 0


@kind_in(KINDS, "said")
def whole_parquet_repeated(delivery: Delivery) -> None:
    delivery.rows += [dict(row) for row in delivery.rows]
    delivery.parquet(delivery.arrow, rows_in=2 * ROWS)
    delivery.touched = 0


@kind_in(KINDS, "said")
def repeated_with_blanks_around(delivery: Delivery) -> None:
    delivery.rows[DAMAGED] |= {name: f" {value} " for name, value in _key(delivery, 2).items()}
    delivery.touched = 1


@kind_in(KINDS, "said")
def repeated_as_a_decimal_number(delivery: Delivery) -> None:
    name = delivery.table.key[0]
    delivery.rows[DAMAGED] |= _key(delivery, 2)
    delivery.rows[2][name], delivery.rows[DAMAGED][name] = "77", "77.0"
    delivery.touched = 1


@kind_in(KINDS, "harmless")
def repeated_in_another_case(delivery: Delivery) -> None:
    name = delivery.table.key[0]
    delivery.rows[DAMAGED] |= _key(delivery, 2)
    delivery.rows[DAMAGED][name] = delivery.rows[2][name].upper()


@kind_in(KINDS, "said")
def repeated_after_a_row_that_cannot_be_read(delivery: Delivery) -> None:
    for row in (3, DAMAGED):
        delivery.rows[row] |= _key(delivery, 2)
    delivery.rows[2][delivery.table.required[-1]] = "\x01"
    delivery.touched = 2


@kind_in(KINDS, "said")
def repeated_key_that_cannot_be_read(delivery: Delivery) -> None:
    for row in (2, DAMAGED):
        delivery.rows[row][delivery.table.key[0]] = "nan"
    delivery.touched = 2


@kind_in(KINDS, "said")
def empty_in_two_rows(delivery: Delivery) -> None:
    for row in (3, DAMAGED):
        delivery.rows[row] |= dict.fromkeys(delivery.table.key, "")
    delivery.touched = 2


@kind_in(KINDS, "said")
def empty_in_every_second_row(delivery: Delivery) -> None:
    for row in delivery.rows[::2]:
        row |= dict.fromkeys(delivery.table.key, "")
    delivery.touched = ROWS // 2


@kind_in(KINDS, "said")
def blanks_in_every_row(delivery: Delivery) -> None:
    for row in delivery.rows:
        row |= dict.fromkeys(delivery.table.key, "  ")


@kind_in(KINDS, "said")
def null_in_one_row_of_parquet(delivery: Delivery) -> None:
    name = delivery.table.key[0]
    values = delivery.arrow.column(name).to_pylist()
    values[DAMAGED] = None
    place = delivery.arrow.schema.get_field_index(name)
    delivery.parquet(delivery.arrow.set_column(place, name, pa.array(values, pa.string())))
    delivery.touched = 1


@kind_in(KINDS, "either")
def numbers_in_one_part_and_texts_in_the_other(delivery: Delivery) -> None:
    name, half = delivery.table.key[0], ROWS // 2
    delivery.edit_all(name, *(str(number + 100) for number in range(ROWS)))
    table = delivery.arrow
    place = table.schema.get_field_index(name)
    numbers = table.set_column(place, name, table.column(name).cast(pa.int64()))
    delivery.put("/part-0.parquet", parquet_bytes(numbers.slice(0, half)))
    delivery.put("/part-1.parquet", parquet_bytes(table.slice(half)))


@kind_in(KINDS, "either")
def floats_in_one_part_and_texts_in_the_other(delivery: Delivery) -> None:
    name, half = delivery.table.key[0], ROWS // 2
    delivery.edit_all(name, *(str(number + 100) for number in range(ROWS)))
    table = delivery.arrow
    place = table.schema.get_field_index(name)
    numbers = table.set_column(place, name, table.column(name).cast(pa.float64()))
    delivery.put("/part-0.parquet", parquet_bytes(numbers.slice(0, half)))
    delivery.put("/part-1.parquet", parquet_bytes(table.slice(half)))


@kind_in(KINDS, "said")
def rows_of_empty_values_at_the_end(delivery: Delivery) -> None:
    names = list(delivery.rows[0])
    delivery.rows += [dict.fromkeys(names, "") for _ in range(5)]
    delivery.rows_in, delivery.touched = ROWS + 5, 0


@kind_in(KINDS, "harmless")
def customers_of_one_id_throughout(delivery: Delivery) -> None:
    for column in delivery.table.columns:
        if column.person and column.name not in delivery.table.key:
            delivery.edit_all(column.name, "c01")
