from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import available
from features.feeders.embedded import Feeder
from features.kernel.declare import Feature, Trace
from features.kernel.stream import DAY_US
from features.orders.measures import ORDERS
from features.tables.report import load_report
from features.workspace import Workspace
from tests.shop import make_shop, validated
from training import evaluation
from training.baselines import churn_baselines
from training.cutoffs import CutoffPlan, plan_cutoffs
from training.job import train
from training.rows import TrainingRows, training_rows
from training.tasks import Churn, LoyaltyType

INSTANT = pa.timestamp("us", "UTC")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The small shop: settings, a workspace with validated tables (not to be written to) and its clock."""
    settings, workspace = validated(make_shop(tmp_path_factory.mktemp("shop") / "folder"))
    report = load_report(workspace.tables)
    return SimpleNamespace(
        settings=settings, workspace=workspace, as_of=report.as_of, first=report.first_order
    )


@pytest.fixture(scope="session")
def feeder(shop: SimpleNamespace) -> Iterator[Feeder]:
    with Feeder(shop.workspace.tables) as opened:
        yield opened


@pytest.fixture(scope="session")
def plan(shop: SimpleNamespace) -> CutoffPlan:
    """Cutoffs of the churn task."""
    return plan_cutoffs(shop.first, shop.as_of, 28, every_days=30, most=7)


@pytest.fixture(scope="session")
def churn_rows(feeder: Feeder, plan: CutoffPlan) -> TrainingRows:
    return training_rows(Churn(28, 60), feeder, available(feeder.present), plan.all)


@pytest.fixture(scope="session")
def type_rows(shop: SimpleNamespace, feeder: Feeder) -> TrainingRows:
    cutoffs = plan_cutoffs(shop.first, shop.as_of, 90, every_days=30, most=7).all
    return training_rows(LoyaltyType(90, 3, 0.5), feeder, available(feeder.present), cutoffs)


@pytest.fixture(scope="session")
def copy_workspace(
    shop: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Workspace]:
    """A workspace of one's own with the shop's validated tables."""

    def copy() -> Workspace:
        workspace = Workspace(tmp_path_factory.mktemp("copy") / "workspace")
        copytree(shop.workspace.tables, workspace.tables)
        return workspace

    return copy


@pytest.fixture(scope="session")
def trained(shop: SimpleNamespace, copy_workspace: Callable[[], Workspace]) -> SimpleNamespace:
    """A workspace in which churn was trained twice and the loyalty type once, in one process."""
    workspace = copy_workspace()
    first = train("churn", shop.settings, workspace)
    types = train("loyalty_type", shop.settings, workspace)
    second = train("churn", shop.settings, workspace)
    return SimpleNamespace(workspace=workspace, first=first, second=second, types=types)


def _peek(window: Any) -> Any:
    """Days from the cutoff to the customer's next line: what no feature may know."""
    if isinstance(window, Trace):
        return window.sum("lines_sold")
    frame, pairs = window._frame, window._frame.pairs
    following = np.minimum(frame.end, frame.rows.size - 1)
    same = (frame.end < frame.rows.size) & (frame.rows.customer[following] == pairs.customer)
    ahead = (frame.rows.time[following] - pairs.instants) / DAY_US
    return np.where(same, ahead, np.nan)[None]


@pytest.fixture(scope="session")
def peeking() -> Feature:
    """A feature that looks past its cutoff."""
    return Feature("days_to_next_line", ORDERS, None, "days", np.nan, "leak", "Not to be known.", _peek)


@pytest.fixture
def tables(tmp_path: Path) -> Callable[..., Path]:
    """Write validated order lines of (customer, instant, minor units), each an order of one line."""

    def write(*orders: tuple[str, str, int]) -> Path:
        customers, instants, amounts = zip(*orders, strict=True)
        columns = {
            "order_id": pa.array([f"o{number}" for number in range(len(orders))]),
            "line_id": pa.array(["1"] * len(orders)),
            "customer_id": pa.array(customers),
            "ordered_at": pa.array([datetime.fromisoformat(f"{at}+00:00") for at in instants], INSTANT),
            "amount": pa.array(amounts, pa.int64()),
        }
        pq.write_table(pa.table(columns), tmp_path / "order_lines.parquet")
        return tmp_path

    return write


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the buy-till-you-die models out: they take seconds and read no outcome."""
    monkeypatch.setattr(evaluation, "churn_baselines", lambda horizon: churn_baselines(horizon)[:3])
