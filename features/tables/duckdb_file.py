"""A DuckDB file as the retailer's database, attached read-only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from features.tables.casting import identifier, literal
from features.tables.database import Name, known_since

_RESERVED = ("system", "temp", "memory")
_KEPT = re.compile(
    r"U?(TINYINT|SMALLINT|INTEGER|BIGINT)|DECIMAL\(.*\)|DOUBLE|FLOAT|BOOLEAN|VARCHAR|DATE"
    r"|TIMESTAMP( WITH TIME ZONE)?|(?!MAP|UNION).*\]|STRUCT\(.*\)",
    re.DOTALL,
)
_CAST = {"TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_NS": "TIMESTAMP"}
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")


class DuckDBFile:
    """Tables and views of a file, in the connection that reads them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        """Attach the file.

        Raises:
            ValueError: it is no DuckDB file, damaged, of a newer release, or another process writes to it.
        """
        self.address = str(file.resolve())
        self._connection = connection
        # its own name, since its views may be written with it
        self._alias = file.stem + "_" if file.stem.lower() in _RESERVED else file.stem
        try:
            connection.execute(f"ATTACH {literal(self.address)} AS {identifier(self._alias)} (READ_ONLY)")
        except duckdb.Error as error:
            raise ValueError(
                f"{file.name} cannot be opened as a DuckDB file ({_line(error)}); close the program that writes to"
                " it, or write it again with this release of DuckDB, " + duckdb.__version__
            ) from error

    def names(self) -> list[Name]:
        """Every table and view of the file."""
        found = self._connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1"
            " UNION ALL SELECT schema_name, view_name FROM duckdb_views()"
            " WHERE database_name = $1 AND NOT internal",
            [self._alias],
        ).fetchall()
        return [Name(str(schema), str(table)) for schema, table in found]

    def columns(self, name: Name) -> dict[str, str]:
        """The columns, in types that Parquet keeps."""
        return {column: self._kept(kind)[0] for column, kind in self._types(name).items()}

    def is_ordered(self, name: Name, column: str) -> bool:
        """Whether it is a date or a timestamp."""
        return self.columns(name)[column] in _TIMES

    def rows(self, name: Name, columns: Sequence[str], known: str | None, since: datetime | None) -> str:
        """SQL of the rows."""
        types = self._types(name)
        parts = [self._kept(types[column])[1].format(identifier(column)) for column in columns]
        # after the casts, as the copy of a column is compared too
        where = f" WHERE {known_since(known, since)}" if known is not None and since is not None else ""
        return f"SELECT * FROM (SELECT {', '.join(parts)} FROM {self._quoted(name)}){where}"

    def close(self) -> None:
        """Detach the file."""
        self._connection.execute(f"DETACH {identifier(self._alias)}")

    def _quoted(self, name: Name) -> str:
        return ".".join(identifier(part) for part in (self._alias, *name))

    def _types(self, name: Name) -> dict[str, str]:
        try:
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {self._quoted(name)}").fetchall()
        except duckdb.Error as error:
            raise ValueError(
                f"{name} of {Path(self.address).name} is not readable: {_line(error)}"
            ) from error
        return {str(row[0]): str(row[1]) for row in described}

    @staticmethod
    def _kept(kind: str) -> tuple[str, str]:
        """The type in which a column is copied, and a template of the SQL that brings it there."""
        if _KEPT.fullmatch(kind):
            return kind, "{0}"
        if kind.startswith(("MAP", "UNION")):
            return "VARCHAR", "to_json({0})::VARCHAR AS {0}"
        return (cast := _CAST.get(kind, "VARCHAR")), f"{{0}}::{cast} AS {{0}}"


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
