"""Times that are right one by one and wrong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from features.contract import Column, Table
from tests.broken.delivery import Damage, Delivery
from tests.broken.good import ROWS

FUTURE = "2099-01-01T00:00:00Z"
ALL: dict[str, str] = {
    "in_2099": FUTURE,
    "in_1970": "1970-01-01T00:00:00Z",
    "in_1900": "1900-01-01T00:00:00Z",
    "in_year_1": "0001-01-01T00:00:00Z",
    "in_year_9999": "9999-12-31T23:59:59Z",
    "at_one_instant": "2024-05-02T10:00:00Z",
    "in_seconds_since_1970": "1714557600",
    "in_days_since_1900": "45413",
    "of_a_german": "13.05.2024",
    "of_an_american": "05/13/2024",
    "ambiguous": "01/02/2024",
    "of_hours": "10:00",
    "of_the_word_null": "NULL",
}
ONE: dict[str, str] = {"in_2099": FUTURE, "in_year_9999": "9999-12-31T23:59:59.999999Z"}
IN_TURN: dict[str, tuple[str, ...]] = {
    "in_three_formats": ("2024-05-01", "02.05.2024", "05/03/2024"),
    "with_and_without_zones": ("2024-05-01 10:00", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00+09:00"),
    "half_of_them_days": ("2024-05-01", "2024-05-01 10:00:00"),
    "half_of_them_numbers": ("2024-05-01", "1714557600"),
    "half_of_them_in_2099": ("2024-05-01", FUTURE),
}
IN_BERLIN: dict[str, tuple[str, str]] = {
    "in_the_hour_that_spring_skips": ("2024-03-31 02:30", "2024-03-31T01:30:00Z"),
    "in_the_hour_that_autumn_repeats": ("2023-10-29 02:30", "2023-10-29T01:30:00Z"),
}


def for_table(table: Table) -> Iterator[Damage]:
    """What can happen to the first time of a table, and to when its rows became known."""
    times = [column for column in table.columns if column.kind == "time"]
    if not times:
        return
    yield from _of_column(times[0], "times")
    if times[-1].name == "ingested_at":
        yield from _known(times[0])
    elif len(times) > 1:
        yield Damage("end_before_its_beginning", "either", _copying(times[0], times[-1], "2001-01-01"))


def _of_column(column: Column, prefix: str) -> Iterator[Damage]:
    for name, value in ALL.items():
        yield Damage(f"{prefix}_all_{name}", "either", _setting(column.name, value))
    for name, value in ONE.items():
        yield Damage(f"{prefix}_one_{name}", "either", _one(column.name, value))
    for name, values in IN_TURN.items():
        yield Damage(f"{prefix}_{name}", "either", _setting(column.name, *values))
    for name, (value, reads) in IN_BERLIN.items():
        yield Damage(f"{prefix}_one_{name}", "harmless", _in_berlin(column.name, value), column.name, reads)
    yield Damage(f"{prefix}_backwards", "harmless", _backwards)


def _known(event: Column) -> Iterator[Damage]:
    yield Damage("known_before_it_happened", "either", _setting("ingested_at", "2001-01-01T00:00:00Z"))
    yield Damage("known_at_the_instant_it_happened", "harmless", _copying(event, event, ""))
    yield Damage("all_known_in_2099", "either", _setting("ingested_at", FUTURE))
    yield Damage("all_known_in_year_9999", "either", _setting("ingested_at", "9999-12-31T23:59:59.999999Z"))
    yield Damage("one_known_in_2099", "either", _one("ingested_at", FUTURE))
    yield Damage("one_known_in_1970", "harmless", _one("ingested_at", "1970-01-01T00:00:00Z"))
    yield Damage("one_known_at_no_time", "harmless", _one("ingested_at", ""))
    yield Damage("all_known_at_no_time", "either", _setting("ingested_at", ""))
    yield Damage("one_known_at_an_unreadable_time", "said", _one("ingested_at", "later"))
    yield Damage("all_known_at_an_unreadable_time", "said", _setting("ingested_at", "later"))


def _setting(column: str, *values: str) -> Callable[[Delivery], None]:
    return lambda delivery: delivery.edit_all(column, *values)


def _one(column: str, value: str) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        delivery.edit(column, value)
        delivery.touched = ROWS if column == "ingested_at" else 1

    return act


def _in_berlin(column: str, value: str) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        delivery.edit(column, value)
        delivery.setting(timezone="Europe/Berlin")

    return act


def _copying(source: Column, target: Column, otherwise: str) -> Callable[[Delivery], None]:
    def act(delivery: Delivery) -> None:
        for row in delivery.rows:
            row["ingested_at" if target is source else target.name] = otherwise or row[source.name]

    return act


def _backwards(delivery: Delivery) -> None:
    delivery.rows.reverse()
