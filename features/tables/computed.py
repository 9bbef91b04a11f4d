"""Columns computed from others, such as `Quantity * UnitPrice`: a small arithmetic, as SQL.

An expression is made of numbers, columns of the source, `+ - * /`, a minus in front and brackets; a column whose
name is no word stands in quotation marks. It is arithmetic only: nothing of Python is run.

Sums, differences and products of parts with at most six decimals are computed in decimals, so that 3 * 1.1 is 3.3;
quotients and longer parts in double precision, which is rounded to eight decimals before it is rounded as money.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from features.contract import Column
from features.tables.casting import Cast, minor_units, money_type, whole
from features.tables.formats import Format
from features.tables.naming import listed, shown
from features.tables.numbers import number_from_text
from features.tables.quoting import identifier

KINDS = ("money", "number", "integer")
LONGEST = 500
_EXACT, _DECIMALS = "DECIMAL(19, 6)", 6
_SNAPPED = "DECIMAL(22, 8)"
_NOT_READ = ("DATE", "TIME", "BOOLEAN", "BLOB", "STRUCT", "MAP", "UNION", "INTERVAL")
_LARGEST = 10**12
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Expression:
    """An expression that can be computed.

    Attributes:
        text: as it was written.
        parts: the source columns in it, in their order, each once.
        tree: what `ast` makes of it.
    """

    text: str
    parts: tuple[str, ...]
    tree: ast.expr


def parse(text: str, columns: Mapping[str, str], *, headed: bool = True) -> Expression:
    """Read an expression.

    Args:
        text: such as `"Quantity * UnitPrice"`.
        columns: DuckDB type of each source column, by its name.
        headed: those are surely names, and no values, so that a message may show them.

    Raises:
        ValueError: it is no arithmetic, or names a column that the source does not have or that is no number.
    """
    tree = _parsed(text)
    parts = tuple(dict.fromkeys(_columns_of(tree, text)))
    if not parts:
        raise ValueError(f"{text!r} names no column of the source")
    for name in parts:
        if name not in columns:
            there = listed(columns, headed=headed)
            raise ValueError(f"{text!r} names {shown(name)!r}, which is no column; there are {there}")
        if columns[name].endswith("]") or columns[name].startswith(_NOT_READ):
            raise ValueError(f"{text!r} names {name!r}, which is {columns[name]} and no number")
    return Expression(text, parts, tree)


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"{text[:40]!r}... is longer than {LONGEST} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text!r} cannot be read: {error}; write {_GRAMMAR}") from error


_GRAMMAR = "numbers, columns, + - * / and brackets, with a column's name in quotation marks if it is no word"


def _columns_of(node: ast.expr, text: str) -> Iterator[str]:
    """The columns that a tree names, in their order."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            yield from _columns_of(left, text)
            yield from _columns_of(right, text)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _columns_of(operand, text)
        case ast.Name(id=name) | ast.Constant(value=str(name)):
            yield name
        case ast.Constant(value=int() | float() as number) if (
            not isinstance(number, bool) and number < _LARGEST
        ):
            return
        case _:
            found = ast.get_source_segment(text.strip(), node) or type(node).__name__
            raise ValueError(f"{text!r} has {found!r}, which is no arithmetic; write {_GRAMMAR}")


def number_columns(names: Iterable[str], columns: Mapping[str, str], form: Format) -> str:
    """SQL that adds to the columns of a source the numbers in some of them, so that each is read once.

    Args:
        names: the parts of all expressions.
        columns: DuckDB type of each source column, by its name.
        form: how the parts are written.
    """
    return "".join(
        f", {_number(name, columns[name], 'DOUBLE', form)} AS {_named('loose', name)}"
        f", {_number(name, columns[name], _EXACT, form)} AS {_named('exact', name)}"
        for name in dict.fromkeys(names)
    )


def computed(column: Column, expression: Expression, columns: Mapping[str, str], form: Format) -> Cast:
    """SQL of a computed column; without a part, or divided by zero, it is empty.

    Args:
        column: the column of the contract, of one of `KINDS`.
        expression: what is computed.
        columns: DuckDB type of each source column, by its name; `number_columns` has been added to them.
        form: the minor digits of the currency.
    """
    present = [_present(name, columns[name]) for name in expression.parts]
    present += [f"coalesce({divisor} <> 0, true)" for divisor in _divisors(expression.tree)]
    there = " AND ".join(present)
    return Cast(f"CASE WHEN {there} THEN {_value(column, expression.tree, form)} END", there)


def as_written(expression: Expression, shown: Mapping[str, str]) -> str:
    """SQL of the parts of a row as they came, `12 / abc`; `shown` has the SQL of each as text."""
    return " || ' / ' || ".join(f"coalesce({shown[name]}, '')" for name in expression.parts)


def _named(prefix: str, name: str) -> str:
    return identifier(f"__{prefix}_{name}")


def _number(name: str, source_type: str, sql_type: str, form: Format) -> str:
    source = identifier(name)
    if source_type == "VARCHAR":
        return number_from_text(f"trim({source})", form, sql_type, money=True)
    return f"TRY_CAST({source} AS {sql_type})"


def _present(name: str, source_type: str) -> str:
    source = identifier(name)
    return f"coalesce(trim({source}) <> '', false)" if source_type == "VARCHAR" else f"{source} IS NOT NULL"


def _divisors(node: ast.AST) -> list[str]:
    divided = [one for one in ast.walk(node) if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div)]
    return [_loose(one.right) for one in divided]


def _value(column: Column, tree: ast.expr, form: Format) -> str:
    if column.kind == "number":
        return f"CASE WHEN isfinite({_loose(tree)}) THEN {_loose(tree)} END"
    if column.kind == "integer":
        return whole(_loose(tree))
    amount = f"TRY_CAST({_exact(tree)} AS {money_type(form)})"
    snapped = f"TRY_CAST(TRY_CAST({_loose(tree)} AS {_SNAPPED}) AS {money_type(form)})"
    return minor_units(f"coalesce({amount}, {snapped})", form)


def _loose(node: ast.expr) -> str:
    """In double precision."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"({_loose(left)} / nullif({_loose(right)}, 0))"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_loose(left)} {_SIGNS[type(op)]} {_loose(right)})"
        case ast.UnaryOp(operand=operand):
            return f"(-{_loose(operand)})"
        case ast.Constant(value=int() | float() as number):
            return f"{Decimal(str(number)):f}::DOUBLE"
    return _named("loose", _name(node))


def _exact(node: ast.expr) -> str:
    """In decimals, NULL where a part or what comes of parts does not fit; a quotient never does."""
    match node:
        case ast.BinOp(op=ast.Div()):
            return f"NULL::{_EXACT}"
        case ast.BinOp(left=left, op=op, right=right):
            sides = (f"TRY_CAST({_exact(side)} AS {_EXACT})" for side in (left, right))
            return f"({_SIGNS[type(op)].join(sides)})"
        case ast.UnaryOp(operand=operand):
            return f"(-{_exact(operand)})"
        case ast.Constant(value=int() | float() as number):
            plain = Decimal(str(number))
            return f"{plain:f}::{_EXACT}" if plain == round(plain, _DECIMALS) else f"NULL::{_EXACT}"
    exact, loose = (_named(prefix, _name(node)) for prefix in ("exact", "loose"))
    return f"CASE WHEN {exact} = {loose} THEN {exact} END"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else str(ast.literal_eval(node))
