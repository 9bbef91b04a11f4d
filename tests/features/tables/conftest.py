from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from features.settings import Settings
from features.tables.report import Report
from features.tables.validate import validate
from features.workspace import Workspace


class Shop:
    """A folder with `data/` and a workspace: write tables, validate, read what came out."""

    def __init__(self, root: Path) -> None:
        self.data = root / "data"
        self.data.mkdir()
        self.root = root
        self.workspace = Workspace(root / "workspace")

    def write(self, name: str, *lines: str) -> None:
        (self.data / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def settings(self, **sections: Any) -> Settings:
        sections.setdefault("consent", {"basis": "contract"})
        sections["source"] = {"max_quarantined_share": 1} | sections.get("source", {})
        return Settings.model_validate({"root": self.root, **sections})

    def validate(self, **sections: Any) -> Report:
        return validate(self.settings(**sections), self.workspace)

    def reasons(self, table: str = "order_lines", **sections: Any) -> dict[str, int]:
        return self.validate(**sections).tables[table].reasons

    def errors(self, **sections: Any) -> set[str]:
        return {finding.name for finding in self.validate(**sections).errors}

    def rows(self, table: str, *names: str) -> list[tuple[Any, ...]]:
        return read(self.workspace.tables / f"{table}.parquet", *names)

    def quarantine(self, table: str, *names: str) -> list[tuple[Any, ...]]:
        return read(self.workspace.tables / "quarantine" / f"{table}.parquet", *names)


def read(file: Path, *names: str) -> list[tuple[Any, ...]]:
    import pyarrow.parquet as pq

    columns = pq.read_table(file, columns=list(names)).to_pydict()
    return list(zip(*(columns[name] for name in names), strict=True))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def orders(shop: Shop) -> Callable[..., Shop]:
    """Write order lines `order_id,line_id,customer_id,ordered_at,amount` into the shop."""

    def write(*lines: str) -> Shop:
        shop.write("order_lines.csv", "order_id,line_id,customer_id,ordered_at,amount", *lines)
        return shop

    return write


class Postgres:
    """A database of its own on the server of the tests."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Postgres]:
    server, name = Postgres(postgres_url), f"shop_{uuid4().hex}"
    server.run(f"CREATE DATABASE {name}")
    address = urlsplit(postgres_url)
    yield Postgres(urlunsplit(address._replace(path=f"/{name}")))
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
