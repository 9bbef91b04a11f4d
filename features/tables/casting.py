"""How a source column becomes a canonical one: an SQL expression for each kind, empty (NULL) if unreadable.

Every value is cast once. A value that is there and cannot be read gives NULL; `there` tells it from an
empty one.

A naive time in the hour that a zone skips in spring is read with the offset before the change; in the hour
that it repeats in autumn it is the second pass, standard time.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from features.contract import Column

LARGEST_MONEY_DIGITS = 15
"""An amount has fewer minor units than ten to this power; sums of many lines then stay within 64 bits."""

LARGEST_ID_LENGTH = 128
NOT_AN_ID = ("nan", "null", "none", "nat", "<na>", "inf", "-inf", "infinity", "-infinity")
_EXACT_IN_DOUBLE = 2**53
_VISIBLE = r"[\pL\pM\pN\pP\pS][^\pC\p{Zl}\p{Zp}]*"
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_INTEGERS |= {f"U{name}" for name in _INTEGERS}


@dataclass(frozen=True)
class Cast:
    """SQL of a canonical value and of whether the source holds anything at all."""

    value: str
    there: str


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def cast(column: Column, source: str, source_type: str, timezone: str, minor_digits: int) -> Cast:
    """SQL that reads one source column as the contract wants it.

    Args:
        column: the column of the contract.
        source: its quoted name in the source.
        source_type: the type that DuckDB gives it there.
        timezone: the zone of naive times; the session must be set to it, since texts are read in it.
        minor_digits: decimal digits of the currency, 0 to 4.
    """
    family = _family(source_type)
    if family in ("text", "other"):
        text = f"trim({source})" if family == "text" else f"trim({source}::VARCHAR)"
        return Cast(_from_text(column, text, minor_digits), f"coalesce({text} <> '', false)")
    return Cast(_from_typed(column, source, family, timezone, minor_digits), f"{source} IS NOT NULL")


def _family(source_type: str) -> str:
    name = source_type.upper()
    if name in _INTEGERS:
        return "integer"
    if name.startswith("DECIMAL"):
        return "nested" if name.endswith("]") else "decimal"
    families = {"DOUBLE": "float", "FLOAT": "float", "BOOLEAN": "boolean", "VARCHAR": "text", "DATE": "naive"}
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if name.startswith("TIMESTAMP"):
        return "zoned" if name.endswith("WITH TIME ZONE") else "naive"
    return families.get(name, "other")


def _from_text(column: Column, text: str, minor_digits: int) -> str:
    if column.kind == "id":
        return _id_from_text(text)
    if column.kind == "time":
        return _in_range(
            f"CASE WHEN regexp_matches({text}, '^[0-9]{{4}}[^0-9]') THEN TRY_CAST({text} AS TIMESTAMPTZ) END"
        )
    if column.kind == "money":
        return _exact_money(text, minor_digits)
    if column.kind == "number":
        return _finite(f"TRY_CAST({text} AS DOUBLE)")
    if column.kind == "integer":
        return _whole(f"TRY_CAST({text} AS DOUBLE)")
    if column.kind == "flag":
        return _flag(text)
    if column.kind == "list":
        return _json(column, text)
    return _enumerated(column, f"nullif({text}, '')")


def _from_typed(column: Column, source: str, family: str, timezone: str, minor_digits: int) -> str:
    if column.kind == "id" and family in ("decimal", "float"):
        return f"{_whole(f'{source}::DOUBLE')}::VARCHAR"
    if column.kind == "time" and family in ("zoned", "naive"):
        return _in_range(source if family == "zoned" else _instant(f"{source}::TIMESTAMP", timezone))
    if column.kind == "money" and family == "float":
        return _rounded_money(f"{source}::DOUBLE", minor_digits)
    if column.kind == "money" and family in ("integer", "decimal"):
        return _exact_money(source, minor_digits)
    if column.kind == "number" and family in ("integer", "decimal", "float"):
        return _finite(f"{source}::DOUBLE")
    if column.kind == "integer" and family == "integer":
        return f"TRY_CAST({source} AS BIGINT)"
    if column.kind == "flag" and family == "boolean":
        return source
    if column.kind == "id" and family == "integer":
        return f"{source}::VARCHAR"
    if family == "nested":
        return _json(column, f"to_json({source})::VARCHAR") if column.kind == "list" else _nothing(column)
    return _from_text(column, f"trim({source}::VARCHAR)", minor_digits)


def _nothing(column: Column) -> str:
    types = {"time": "TIMESTAMPTZ", "money": "BIGINT", "number": "DOUBLE", "integer": "BIGINT"}
    return f"NULL::{'BOOLEAN' if column.kind == 'flag' else types.get(column.kind, 'VARCHAR')}"


def _id_from_text(text: str) -> str:
    missing = ", ".join(literal(word) for word in NOT_AN_ID)
    return (
        f"CASE WHEN length({text}) <= {LARGEST_ID_LENGTH} AND regexp_full_match({text}, {literal(_VISIBLE)})"
        f" AND lower({text}) NOT IN ({missing}) THEN {_without_point(text)} END"
    )


def _without_point(text: str) -> str:
    whole = f"ends_with({text}, '.0') AND regexp_full_match({text}, '-?[0-9]+\\.0')"
    return f"CASE WHEN {whole} THEN {text}[:-3] ELSE {text} END"


def canonical_id(text: str) -> str:
    """An id as the validated tables write it: without blanks around it, `1176.0` as `1176`.

    Raises:
        ValueError: no table holds such an id.
    """
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {_id_from_text('id')} FROM (SELECT trim(?) AS id)", [text]
        ).fetchall()
    if found[0][0] is None:
        raise ValueError(f"{text!r} is no id; an id is text of 1 to {LARGEST_ID_LENGTH} visible characters")
    return str(found[0][0])


def comparable(column: Column, source: str, source_type: str, timezone: str, minor_digits: int) -> str:
    """SQL that is equal for two rows whose canonical values are; ids are not checked, which makes it cheap."""
    if column.kind == "id" and _family(source_type) == "text":
        return f"nullif({_without_point(f'trim({source})')}, '')"
    return cast(column, source, source_type, timezone, minor_digits).value


def _instant(naive: str, timezone: str) -> str:
    if timezone == "UTC":
        return f"make_timestamptz(epoch_us({naive}))"
    return f"timezone({literal(timezone)}, {naive})"


def _in_range(instant: str) -> str:
    """Years 1 to 9999: what every reader of Parquet can hold; it also leaves out `infinity`."""
    bounds = "'0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'"
    return f"CASE WHEN {instant} BETWEEN {bounds} THEN {instant} END"


def _exact_money(source: str, minor_digits: int) -> str:
    units = f"TRY_CAST({source} AS DECIMAL({LARGEST_MONEY_DIGITS}, {minor_digits}))"
    return f"({units} * {10**minor_digits})::BIGINT"


def _rounded_money(source: str, minor_digits: int) -> str:
    units = f"round({source} * {10**minor_digits})"
    return f"CASE WHEN abs({source}) < 1e{LARGEST_MONEY_DIGITS - minor_digits} THEN {units}::BIGINT END"


def _finite(number: str) -> str:
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _whole(number: str) -> str:
    in_range = f"abs({number}) < {_EXACT_IN_DOUBLE}"
    return f"CASE WHEN {in_range} AND {number} = trunc({number}) THEN {number}::BIGINT END"


def _flag(text: str) -> str:
    return (
        f"CASE WHEN lower({text}) IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true"
        f" WHEN lower({text}) IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def _enumerated(column: Column, text: str) -> str:
    if not column.values:
        return text
    return f"CASE WHEN lower({text}) IN ({', '.join(map(literal, column.values))}) THEN lower({text}) END"


def _json(column: Column, text: str) -> str:
    """Valid JSON, a list or an object; with `items`, a list of objects that have those keys."""
    value = f"CASE WHEN json_valid({text}) AND json_type({text}) IN ('ARRAY', 'OBJECT') THEN {text} END"
    if not column.items:
        return value
    keys = " AND ".join(f"json_exists(item, '$.{key}')" for key in column.items)
    poor = f"len(list_filter(json_extract({text}, '$[*]'), lambda item: NOT ({keys})))"
    is_list = f"CASE WHEN json_type({text}) = 'ARRAY' AND {poor} = 0 THEN {text} END"
    return f"CASE WHEN json_valid({text}) THEN {is_list} END"
