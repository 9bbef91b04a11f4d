"""A relational database as the retailer's, by an SQLAlchemy URL: rows stream through a cursor of the server.

Types are those that the database declares. What has no exact counterpart travels as text: decimal numbers, which
are read as such whatever `source.decimal` says, JSON, arrays (as JSON), UUIDs and everything that is not known here.
Postgres writes its times as text too, since `infinity` is one of them.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN, MONEY
from sqlalchemy.dialects.postgresql.base import PGInspector

from features.tables.casting import identifier, literal
from features.tables.database import Name
from features.tables.naming import shown

BATCH = 20_000
"""Rows held at a time."""

NUMERIC = "DECIMAL(38,18)"
_CONNECT_SECONDS = 15
_SYSTEM = {"information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys"}
_ADDRESS_PARAMETERS = ("host", "hostaddr", "port", "dbname", "service")
_NAIVE, _ZONED = "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class _Reading:
    """How a column is asked for, the type in which it arrives, and the DuckDB type by whose rules it is read."""

    asked: sa.ColumnElement[Any]
    arrives: pa.DataType
    read_as: str


class RelationalDatabase:
    """Tables and views of a database on a server, or of a SQLite file."""

    def __init__(self, url: str, root: Path, scratch: Path) -> None:
        """Connect.

        Args:
            url: as SQLAlchemy writes it.
            root: where a relative SQLite file is read from.
            scratch: an existing folder for rows on their way.

        Raises:
            ValueError: the text is no URL, its driver is not installed, or the database does not let us in.
        """
        self._url = _address(url, root)
        self.address = _shown(self._url)
        self._scratch = scratch
        self._types: dict[Name, dict[str, _Reading]] = {}
        engine = _engine(self._url, self.address)
        with self._said("cannot be reached"):
            self._connection = engine.connect().execution_options(
                postgresql_readonly=True, stream_results=True, yield_per=BATCH
            )
            self._inspector = sa.inspect(self._connection)
            self._connection.rollback()

    def names(self) -> list[Name]:
        """Every table and view, foreign and materialised ones too."""
        with self._said("does not list its tables"):
            found = [name for schema in self._inspector.get_schema_names() for name in self._names_in(schema)]
            self._connection.rollback()
        return found

    def _names_in(self, schema: str) -> list[Name]:
        if schema.lower() in _SYSTEM:
            return []
        inspector = self._inspector
        names = inspector.get_table_names(schema) + inspector.get_view_names(schema)
        if isinstance(inspector, PGInspector):
            names += inspector.get_materialized_view_names(schema) + inspector.get_foreign_table_names(schema)
        return [Name(schema, name) for name in names]

    def columns(self, name: Name) -> dict[str, str]:
        """The columns, from reflection."""
        return {column: reading.read_as for column, reading in self._readings(name).items()}

    def is_ordered(self, name: Name, column: str) -> bool:
        """Whether it is a date or a timestamp; SQLite keeps those as text or number, so never there."""
        return self.columns(name)[column] in ("DATE", _NAIVE, _ZONED)

    def rows(self, name: Name, columns: Sequence[str], known: str | None, since: datetime | None) -> str:
        """SQL of the rows, once they have been streamed into a file."""
        readings = self._readings(name)
        target = Path(tempfile.mkdtemp(dir=self._scratch)) / "rows.parquet"
        chosen = [readings[column].asked.label(column) for column in columns]
        query = sa.select(*chosen).select_from(sa.table(name.table, schema=name.schema))
        if known is not None and since is not None:
            time: sa.ColumnClause[Any] = sa.column(known)
            query = query.where(sa.or_(time >= since, time.is_(None)))
        schema = pa.schema([(column, readings[column].arrives) for column in columns])
        with self._said(f"does not give the rows of {name}"), pq.ParquetWriter(target, schema) as writer:
            self._prepare()
            for part in self._connection.execute(query).partitions():
                writer.write_table(_as_table(part, schema, name))
            self._connection.rollback()
        parts = [_back(column, readings[column]) for column in columns]
        return f"SELECT {', '.join(parts)} FROM read_parquet({literal(str(target))})"

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()
        self._connection.engine.dispose()

    def _prepare(self) -> None:
        if self._connection.dialect.name == "postgresql":
            settings = {"datestyle": "ISO, YMD", "timezone": "UTC", "extra_float_digits": "1"}
            self._connection.execute(
                sa.select(*(sa.func.set_config(name, value, True) for name, value in settings.items()))
            ).all()

    def _readings(self, name: Name) -> dict[str, _Reading]:
        if name not in self._types:
            with self._said(f"does not describe {name}"), warnings.catch_warnings():
                # a type that SQLAlchemy does not know travels as text
                warnings.simplefilter("ignore", sa.exc.SAWarning)
                found = self._inspector.get_columns(name.table, schema=name.schema)
                self._connection.rollback()
            dialect = self._connection.dialect.name
            self._types[name] = {
                str(column["name"]): _reading(str(column["name"]), column["type"], dialect)
                for column in found
            }
        return self._types[name]

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Errors of driver and server in one line, without the password."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, UnicodeError) as error:
            said = _scrubbed(_line(getattr(error, "orig", None) or error), self._url)
            raise ValueError(f"the database {self.address} {what}: {said}") from None


def _address(url: str, root: Path) -> sa.URL:
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # the cause would repeat parts of the text
        raise ValueError(
            "[source] url is not the address of a database; write postgresql+psycopg://user@host/shop, with"
            " special characters of a password as %XX"
        ) from None
    if address.drivername == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        return address
    file = root.resolve() / (address.database or "")
    if not file.is_file():
        raise ValueError(f"[source] url names the SQLite file {file}, which does not exist")
    return address.set(database=str(file))


def _shown(url: sa.URL) -> str:
    """The address without password, and of its parameters only those that tell one database from another."""
    kept = {name: value for name, value in url.query.items() if name in _ADDRESS_PARAMETERS}
    return sa.URL.create(
        url.drivername, url.username, None, url.host, url.port, url.database, kept
    ).render_as_string()


def _engine(url: sa.URL, shown: str) -> sa.Engine:
    is_postgres = url.get_backend_name() == "postgresql"
    waiting = (
        {"connect_timeout": _CONNECT_SECONDS} if is_postgres and "connect_timeout" not in url.query else {}
    )
    try:
        return sa.create_engine(url, hide_parameters=True, poolclass=sa.NullPool, connect_args=waiting)
    except ModuleNotFoundError as error:
        is_ours = error.name == "psycopg"
        mend = "pip install 'regulars[postgres]'" if is_ours else "install the package that brings it"
        raise ValueError(f"the database {shown} needs the driver {error.name!r}: {mend}") from error
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, TypeError, ValueError) as error:
        said = _scrubbed(_line(error), url)
        raise ValueError(f"[source] url, {shown}, is not one that SQLAlchemy can open: {said}") from None


def _reading(name: str, kind: sa.types.TypeEngine[Any], dialect: str) -> _Reading:
    if isinstance(kind, DOMAIN):
        return _reading(name, kind.data_type, dialect)
    column: sa.ColumnClause[Any] = sa.column(name, kind)
    text = sa.cast(column, sa.String)
    if isinstance(kind, sa.Boolean):
        return _Reading(column, pa.bool_(), "BOOLEAN")
    if isinstance(kind, sa.Integer):
        return _Reading(column, pa.int64(), "BIGINT")
    if isinstance(kind, sa.Float) or (isinstance(kind, sa.Numeric) and dialect == "sqlite"):
        return _Reading(sa.type_coerce(column, sa.Float), pa.float64(), "DOUBLE")
    if isinstance(kind, sa.Numeric):
        return _Reading(text, pa.string(), "VARCHAR" if kind.scale == 0 else NUMERIC)
    if isinstance(kind, (sa.DateTime, sa.Date)) and dialect != "sqlite":
        return _time(column, kind, dialect)
    if isinstance(kind, sa.String):
        return _Reading(column, pa.string(), "VARCHAR")
    if isinstance(kind, MONEY):
        return _Reading(sa.cast(sa.cast(column, sa.Numeric), sa.String), pa.string(), NUMERIC)
    if isinstance(kind, sa.ARRAY):
        return _Reading(sa.cast(sa.func.to_json(column), sa.String), pa.string(), "VARCHAR")
    return _Reading(text, pa.string(), "VARCHAR")


def _time(column: sa.ColumnClause[Any], kind: sa.DateTime | sa.Date, dialect: str) -> _Reading:
    is_day, zoned = isinstance(kind, sa.Date), getattr(kind, "timezone", False)
    read_as = "DATE" if is_day else _ZONED if zoned else _NAIVE
    if dialect == "postgresql":
        return _Reading(sa.cast(column, sa.String), pa.string(), read_as)
    return _Reading(column, pa.date32() if is_day else pa.timestamp("us", "UTC" if zoned else None), read_as)


def _back(column: str, reading: _Reading) -> str:
    """SQL that makes a time of the text as which it arrived."""
    name = identifier(column)
    is_time = reading.read_as in ("DATE", _NAIVE, _ZONED)
    return f"{name}::{reading.read_as} AS {name}" if is_time and reading.arrives == pa.string() else name


def _as_table(rows: Sequence[Any], schema: pa.Schema, name: Name) -> Any:
    arrays = []
    for field, values in zip(schema, zip(*rows, strict=True), strict=True):
        try:
            arrays.append(pa.array(_texts(values) if field.type == pa.string() else values, field.type))
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise ValueError(
                f"column {shown(field.name)!r} of {name} holds a value that is no {field.type}, as which it is"
                " declared; read the table through a view that casts it to text"
            ) from error
    return pa.table(arrays, schema=schema)


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else str(value) for value in values]


def _line(error: object) -> str:
    return " ".join(str(error).split())


def _scrubbed(text: str, url: sa.URL) -> str:
    """The text without password, and without the values of parameters, which can hold one too."""
    hidden = [str(url.password)] if url.password else []
    hidden += [str(value) for name, value in url.query.items() if name not in _ADDRESS_PARAMETERS]
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
