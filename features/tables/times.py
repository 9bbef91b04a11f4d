"""Times in text and in numbers, as SQL of an instant: ISO 8601 and the formats of the settings.

ISO 8601 is read first: a value that starts with a year of four digits means one thing. Only where a listed
format reads such values otherwise (`%Y-%d-%m`) is that format the only one.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

import duckdb

from features.tables.formats import Format, FormatError
from features.tables.quoting import literal

EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Numbers since 1970, with their length in microseconds."""

DIRECTIVES = ("%a", "%A", "%b", "%B", "%d", "%f", "%H", "%I", "%j", "%m", "%M", "%p", "%S", "%y", "%Y", "%z")
_OF_A_DAY = (("%Y", "%y"), ("%m", "%b", "%B", "%j"), ("%d", "%j"))
_PROBES = ("2024-03-04 05:06:07", "2001-02-03 16:05:06")
_ISO = "ISO 8601"
_NO_OFFSET = ":[0-9.]+ ?[-+](1[5-9]|[2-9][0-9])"
"""No zone lies fifteen hours or more from UTC."""

_TO_THE_SECOND = len("2024-05-31 14:00:00")


def instant_from_text(text: str, form: Format) -> str:
    """SQL of a text read as an instant, not yet held against the range; NULL where no format reads it."""
    listed = [_reading(text, one, form.timezone) for one in form.time_formats]
    if not listed:
        return _iso(text)
    return f"coalesce({', '.join([_iso(text), *listed] if _reads_iso(form.time_formats) else listed)})"


def instant(naive: str, timezone: str) -> str:
    """SQL of a timestamp without a zone as an instant."""
    if timezone == "UTC":
        return f"make_timestamptz(epoch_us({naive}))"
    return f"timezone({literal(timezone)}, {naive})"


def check_time_formats(form: Format) -> None:
    """Refuse formats that cannot be read, name no day, or read one value differently.

    Raises:
        FormatError: naming the format, or the two formats and the value.
    """
    for one in form.time_formats:
        if one not in EPOCHS:
            _check_directives(one, form.table)
    for first, second in itertools.combinations(dict.fromkeys(form.time_formats), 2):
        value = _read_differently(first, second)
        if value is not None:
            raise FormatError(
                "unusable_setting",
                f"{_setting(form.table)} lists {first!r} and {second!r}, which read {value!r} differently;"
                " keep one of them, or export the times in one format",
            )


def _setting(table: str) -> str:
    return f"time_formats of [tables.{table}] or [source]"


def _check_directives(one: str, table: str) -> None:
    found = re.findall(r"%-?.?", one.replace("%%", ""))
    unknown = [directive for directive in found if directive.replace("-", "") not in DIRECTIVES]
    if unknown:
        known = " ".join((*DIRECTIVES, *EPOCHS))
        raise FormatError(
            "unusable_setting", f"{_setting(table)} has {one!r} with {unknown[0]!r}; what is read is {known}"
        )
    named = {directive.replace("-", "") for directive in found}
    if any(named.isdisjoint(part) for part in _OF_A_DAY):
        message = (
            f"{_setting(table)} has {one!r}, which does not name a day; write a format such as '%d/%m/%Y'"
        )
        raise FormatError("unusable_setting", message)


def _iso(text: str) -> str:
    has_year = f"regexp_matches({text}, '^[0-9]{{4}}[^0-9]')"
    is_short = f"(length({text}) = {_TO_THE_SECOND} AND {text}[17] = ':')"
    is_far = f"regexp_matches({text}, {literal(_NO_OFFSET)})"
    return f"CASE WHEN {has_year} AND ({is_short} OR NOT {is_far}) THEN TRY_CAST({text} AS TIMESTAMPTZ) END"


def _reading(text: str, one: str, timezone: str) -> str:
    if one in EPOCHS:
        length = EPOCHS[one]
        number = f"TRY_CAST({text} AS DECIMAL({19 + len(str(length)) - 1}, {len(str(length)) - 1}))"
        return f"make_timestamptz(TRY_CAST({number} * {length} AS BIGINT))"
    parsed = f"try_strptime({text}, {literal(one)})"
    read = parsed if "%z" in one else instant(parsed, timezone)
    return f"CASE WHEN regexp_matches({text}, '[0-9]{{4}}') THEN {read} END" if "%Y" in one else read


@lru_cache
def _reads_iso(formats: tuple[str, ...]) -> bool:
    return all(_read_differently(_ISO, one) is None for one in formats)


@lru_cache
def _read_differently(first: str, second: str) -> str | None:
    """A value that two formats read as two instants, if there is one."""
    both = ", ".join(
        f"epoch_us({_iso('v') if one == _ISO else _reading('v', one, 'UTC')})" for one in (first, second)
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for one, probe in itertools.product((first, second), _PROBES):
            query = f"SELECT v, {both} FROM (SELECT {_written(one, probe)} AS v)"
            value, left, right = connection.execute(query).fetchall()[0]
            if left is not None and right is not None and left != right:
                return str(value)
    return None


def _written(one: str, probe: str) -> str:
    moment = f"TIMESTAMPTZ '{probe}+00'"
    if one in EPOCHS:
        return f"(epoch_us({moment}) // {EPOCHS[one]})::VARCHAR"
    if one == _ISO:
        return literal(probe)
    return f"strftime({moment}, {literal(one)})"
