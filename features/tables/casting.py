"""How a source column becomes a canonical one: an SQL expression for each kind, empty (NULL) if unreadable.

Every value is cast once. A value that is there and cannot be read gives NULL; `there` tells it from an
empty one.

A naive time in the hour that a zone skips in spring is read with the offset before the change; in the hour
that it repeats in autumn it is the second pass, standard time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from features.contract import Column
from features.tables.formats import Format
from features.tables.numbers import number_from_text
from features.tables.quoting import identifier as identifier
from features.tables.quoting import literal as literal
from features.tables.times import instant, instant_from_text

LARGEST_MONEY_DIGITS = 15
"""An amount has fewer minor units than ten to this power; sums of many lines then stay within 64 bits."""

LARGEST_ID_LENGTH = 128
NOT_AN_ID = ("nan", "null", "none", "nat", "<na>", "inf", "-inf", "infinity", "-infinity")
ROUNDED_ID = r"-?[0-9]([.,][0-9]+)?[eE]\+[0-9]+"
"""A long number as a spreadsheet saves it, `1.23457E+12`: its last digits are gone, so that it is no id."""

_EXACT_IN_DOUBLE = 2**53
_VISIBLE = r"[\pL\pM\pN\pP\pS][^\pC\p{Zl}\p{Zp}]*"
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_INTEGERS |= {f"U{name}" for name in _INTEGERS}


@dataclass(frozen=True)
class Cast:
    """SQL of a canonical value and of whether the source holds anything at all."""

    value: str
    there: str


def cast(column: Column, source: str, source_type: str, form: Format) -> Cast:
    """SQL that reads one source column as the contract wants it.

    Args:
        column: the column of the contract.
        source: its quoted name in the source.
        source_type: the type that DuckDB gives it there.
        form: how the table's texts, times and amounts are written.
    """
    family = _family(source_type)
    if family in ("text", "other"):
        text = f"trim({source})" if family == "text" else f"trim({source}::VARCHAR)"
        return Cast(_from_text(column, text, form), f"coalesce({text} <> '', false)")
    return Cast(_from_typed(column, source, family, form), f"{source} IS NOT NULL")


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


def _from_text(column: Column, text: str, form: Format) -> str:
    if column.kind == "id":
        return _id_from_text(text)
    if column.kind == "time":
        return _in_range(instant_from_text(text, form))
    if column.kind == "money":
        return minor_units(number_from_text(text, form, money_type(form), money=True), form)
    if column.kind == "number":
        return _finite(number_from_text(text, form, "DOUBLE"))
    if column.kind == "integer":
        return whole(number_from_text(text, form, "DOUBLE"))
    if column.kind == "flag":
        return _flag(text)
    if column.kind == "list":
        return _json(column, text)
    return _enumerated(column, f"nullif({text}, '')")


def _from_typed(column: Column, source: str, family: str, form: Format) -> str:
    if column.kind == "id" and family in ("decimal", "float"):
        return f"{whole(f'{source}::DOUBLE')}::VARCHAR"
    if column.kind == "time" and family in ("zoned", "naive"):
        return _in_range(source if family == "zoned" else instant(f"{source}::TIMESTAMP", form.timezone))
    if column.kind == "money" and family == "float":
        return _rounded_money(f"{source}::DOUBLE", form.minor_digits)
    if column.kind == "money" and family in ("integer", "decimal"):
        return minor_units(f"TRY_CAST({source} AS {money_type(form)})", form)
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
    return _from_text(column, f"trim({source}::VARCHAR)", replace(form, decimal="."))


def _nothing(column: Column) -> str:
    types = {"time": "TIMESTAMPTZ", "money": "BIGINT", "number": "DOUBLE", "integer": "BIGINT"}
    return f"NULL::{'BOOLEAN' if column.kind == 'flag' else types.get(column.kind, 'VARCHAR')}"


def _id_from_text(text: str) -> str:
    missing = ", ".join(literal(word) for word in NOT_AN_ID)
    is_rounded = f"contains({text}, '+') AND regexp_full_match({text}, {literal(ROUNDED_ID)})"
    return (
        f"CASE WHEN {is_rounded} THEN NULL WHEN length({text}) <= {LARGEST_ID_LENGTH}"
        f" AND regexp_full_match({text}, {literal(_VISIBLE)}) AND lower({text}) NOT IN ({missing})"
        f" THEN {_without_point(text)} END"
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


def comparable(column: Column, source: str, source_type: str, form: Format) -> str:
    """SQL that is equal for two rows whose canonical values are; ids are not checked, which makes it cheap."""
    if column.kind == "id" and _family(source_type) == "text":
        return f"nullif({_without_point(f'trim({source})')}, '')"
    return cast(column, source, source_type, form).value


def _in_range(instant: str) -> str:
    """Years 1 to 9999: what every reader of Parquet can hold; it also leaves out `infinity`."""
    bounds = "'0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'"
    return f"CASE WHEN {instant} BETWEEN {bounds} THEN {instant} END"


def money_type(form: Format) -> str:
    """The exact type of an amount in whole units of the currency; a cast to it rounds halves away from zero."""
    return f"DECIMAL({LARGEST_MONEY_DIGITS}, {form.minor_digits})"


def minor_units(amount: str, form: Format) -> str:
    """SQL of an amount of `money_type` in minor units."""
    return f"({amount} * {10**form.minor_digits})::BIGINT"


def _rounded_money(source: str, minor_digits: int) -> str:
    units = f"round({source} * {10**minor_digits})"
    return f"CASE WHEN abs({source}) < 1e{LARGEST_MONEY_DIGITS - minor_digits} THEN {units}::BIGINT END"


def _finite(number: str) -> str:
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def whole(number: str) -> str:
    """SQL of a DOUBLE as a whole number of 64 bits, NULL where it is none or a double cannot tell."""
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
    valid = f"json_valid({text}) AND NOT ({_is_loose_json(text)})"
    value = f"CASE WHEN {valid} AND json_type({text}) IN ('ARRAY', 'OBJECT') THEN {text} END"
    if not column.items:
        return value
    keys = " AND ".join(f"json_exists(item, '$.{key}')" for key in column.items)
    poor = f"len(list_filter(json_extract({text}, '$[*]'), lambda item: NOT ({keys})))"
    is_list = f"CASE WHEN json_type({text}) = 'ARRAY' AND {poor} = 0 THEN {text} END"
    return f"CASE WHEN {valid} THEN {is_list} END"


def _is_loose_json(text: str) -> str:
    """SQL of what DuckDB reads as JSON and others do not: NaN, Infinity, a comma at the end."""
    loose, quoted = literal(r"(?i)nan|inf|,\s*[\]}]"), literal(r'"(\\.|[^"\\])*"')
    found = f"regexp_matches({text}, {loose})"
    return f"{found} AND regexp_matches(regexp_replace({text}, {quoted}, '0', 'g'), {loose})"
