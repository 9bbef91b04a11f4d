"""Lists are kept beyond their generations, for as long as their outcomes are not known."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.workspace import Workspace
from serving.lists import forget, keep, matured

START = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
IDS = ("a", "b", "ü")


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def generation(day, model="1", churn=0.5):
    """What a list is made of, at a cutoff so many days after START."""
    manifest = SimpleNamespace(
        rows=len(IDS), models={"churn": model}, cutoff=START + timedelta(days=day), horizon_days=28
    )
    return SimpleNamespace(
        id=f"generation {day}",
        manifest=manifest,
        customer_id=IDS.__getitem__,
        churn_probability=np.full(len(IDS), churn),
    )


def test_the_newest_list_with_known_outcomes_comes_back_as_it_was_served(workspace):
    for day in (0, 7, 14):
        keep(workspace, generation(day, churn=day / 100))
    assert matured(workspace, START + timedelta(days=27), "1") is None
    found = matured(workspace, START + timedelta(days=36), "1")
    assert (found.generation, found.model, found.cutoff) == ("generation 7", "1", START + timedelta(days=7))
    assert found.customer_ids.tolist() == list(IDS)
    assert found.churn_probability.tolist() == [0.07] * 3


def test_a_list_of_the_champion_comes_before_a_newer_one_of_another(workspace):
    keep(workspace, generation(0, "1"))
    keep(workspace, generation(7, "2"))
    late = START + timedelta(days=60)
    assert matured(workspace, late, "1").cutoff == START
    assert matured(workspace, late, "3").cutoff == START + timedelta(days=7)


def test_of_a_day_the_last_list_stays_and_old_ones_go(workspace):
    for day in (0, 0.1, 20, 40, 57, 58):
        keep(workspace, generation(day))
    names = sorted(file.name for file in workspace.lists.iterdir())
    assert names == ["2026-01-21.parquet", "2026-02-10.parquet", "2026-02-27.parquet", "2026-02-28.parquet"]


def test_rare_lists_stay_until_there_are_newer_ones(workspace):
    for day in (0, 100, 200, 300):
        keep(workspace, generation(day))
    assert matured(workspace, START + timedelta(days=310), "1").cutoff == START + timedelta(days=200)


def test_who_is_forgotten_is_in_no_list(workspace):
    for day in (0, 7):
        keep(workspace, generation(day))
    forget(workspace, ["ü", "stranger"])
    for file in workspace.lists.iterdir():
        assert pq.read_table(file)["customer_id"].to_pylist() == ["a", "b"]
    assert matured(workspace, START + timedelta(days=60), "1").model == "1"
