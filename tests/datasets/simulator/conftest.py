from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from datasets.simulator import simulate
from datasets.simulator.shop import Shop
from datasets.simulator.world import Cell, World, draw_cell, make_world


@pytest.fixture(scope="session")
def world() -> World:
    """A year of a shop."""
    return make_world(Shop(customers=2_000, months=12, seed=7))


@pytest.fixture(scope="session")
def cell(world: World) -> Cell:
    """Its first 1,000 customers."""
    return draw_cell(world, 0)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A year of 1,300 customers as files: `data` and `truth`."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder / "data", folder / "truth", customers=1_300, months=12, seed=7)
    return SimpleNamespace(data=folder / "data", truth=folder / "truth")


@pytest.fixture(scope="session")
def ask(shop: SimpleNamespace) -> Callable[[str], list[tuple]]:
    """SQL over the tables, and over the truth under names that begin with `true_`."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for folder, prefix in ((shop.data, ""), (shop.truth, "true_")):
        for file in sorted(Path(folder).glob("*.parquet")):
            connection.read_parquet(str(file)).create_view(prefix + file.stem)
    return lambda query: connection.execute(query).fetchall()
