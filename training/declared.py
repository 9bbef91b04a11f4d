"""Tables of one's own that a file declares: the file, checked, and the table with the columns that it names."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Declared(BaseModel):
    """What every such file declares; `table` is Parquet or CSV."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    table: Path
    id: str | None = None
    leave_out: tuple[str, ...] = ()


Kind = TypeVar("Kind", bound=Declared)


def read_declaration(file: Path, kind: type[Kind]) -> Kind:
    """Read a file; a relative table is read from beside it.

    Raises:
        ValueError: it is not TOML, or a key is missing, unknown or wrong.
    """
    try:
        found = kind.model_validate(tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is not valid TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{file}: {wrong}") from error
    return found.model_copy(update={"table": file.parent / found.table})


def read_declared_table(declared: Declared, columns: Sequence[str]) -> tuple[pa.Table, tuple[str, ...]]:
    """The table, and every column that the file names, each once.

    Args:
        columns: that the kind of file names besides `id` and `leave_out`.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a column that is named is not there.
    """
    file = declared.table
    if not file.is_file():
        raise FileNotFoundError(
            f"no table {file}; name it in the file that declares it, relative to that file"
        )
    table = pq.read_table(file) if file.suffix == ".parquet" else csv.read_csv(file)
    own = (*columns, *((declared.id,) if declared.id else ()), *declared.leave_out)
    named = tuple(dict.fromkeys(own))
    missing = [name for name in named if name not in table.column_names]
    if missing:
        raise ValueError(f"{file} has no column {missing[0]!r}; it has: {', '.join(table.column_names)}")
    return table, named
