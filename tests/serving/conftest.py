"""A small real generation: two tiny LightGBM models, a dozen customers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from features.matrix import FeatureMatrix
from features.settings import Settings
from features.workspace import Workspace
from models.artifact import Model
from models.calibration import Calibration
from models.quantiles import Quantiles
from models.spread import Spread
from models.value import Amount, ValueModel
from serving.audience import Customer
from serving.decisions import new_decision_id
from serving.generation import Generation
from serving.offers import Offer, default_catalogue
from serving.policy import Situation
from serving.record import Decision
from serving.scoring import build_generation
from serving.store import Store

NAMES = ("days_since_last_order", "order_count_90d", "discount_share_90d")
TYPES = ("value", "price", "reward", "discount", "occasional")
# ids that a URL, a spreadsheet or a page could trip over are among them
IDS = ("=1+1", "anna", "ben/2", "carl", "dora", "emil", "fay", "gus", "hal", "ida", "<jo>", "zoë 1")
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def _booster(objective: dict[str, object], outcome: np.ndarray, inputs: np.ndarray) -> str:
    parameters = objective | {
        "num_leaves": 4,
        "min_data_in_leaf": 5,
        "verbose": -1,
        "num_threads": 1,
        "seed": 7,
    }
    data = lgb.Dataset(inputs, outcome, feature_name=list(NAMES), params={"verbose": -1})
    return lgb.train(parameters, data, num_boost_round=8).model_to_string()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Folders of a churn model (days since the last order decide) and a loyalty-type model."""
    random = np.random.default_rng(7)
    inputs = np.column_stack(
        [random.uniform(0, 100, 400), random.integers(0, 20, 400), random.uniform(0, 1, 400)]
    )
    churned = (inputs[:, 0] + random.normal(0, 15, 400) > 50).astype(int)
    types = np.where(inputs[:, 1] < 4, 4, np.digitize(inputs[:, 2], [0.25, 0.5, 0.75]))
    folder = tmp_path_factory.mktemp("models")
    churn = _booster({"objective": "binary"}, churned, inputs)
    loyalty = _booster({"objective": "multiclass", "num_class": 5}, types, inputs)
    two = ("retained", "churned")
    leaving = Model("churn", two, NAMES, churn, Calibration.identity(2), 28, "1")
    week = replace(leaving, horizon_days=7, calibration=Calibration(1.0, (0.0, 1.5)))
    replace(leaving, spread=Spread((0.0,), (0.4,)), within=(week,)).save(folder / "churn")
    Model("loyalty_type", TYPES, NAMES, loyalty, Calibration.identity(5), 28, "1").save(
        folder / "loyalty_type"
    )
    margin = 100 * inputs[:, 1] * random.gamma(3, 1 / 3, 400)
    text = _booster({"objective": "poisson"}, margin / margin.mean(), inputs)
    said = lgb.Booster(model_str=text).predict(inputs) * margin.mean()
    amount = Amount(text, float(margin.mean()), 4.0)
    value = ValueModel(NAMES, amount, None, Quantiles.fit(said, margin), 91, "unit_cost", "1")
    value.save(folder / "value")
    names = {"churn": "churn", "loyalty": "loyalty_type", "value": "value"}
    return SimpleNamespace(**{name: folder / task for name, task in names.items()})


@pytest.fixture(scope="session")
def matrix() -> FeatureMatrix:
    """One row a customer: the further down, the longer ago the last order."""
    count = len(IDS)
    values = np.column_stack([np.linspace(1, 99, count), np.arange(count) % 15, np.arange(count) / count])
    cutoffs = np.full(count, np.datetime64("2026-03-01", "us"))
    return FeatureMatrix(np.array(IDS, dtype=object), cutoffs, NAMES, values.astype(np.float32))


@pytest.fixture
def settings() -> Settings:
    """Without arms, chance and reservations, which have tests of their own."""
    plain = {"holdout": 0, "random": 0, "explore": 0, "reserve_minutes": 0}
    return Settings(consent={"basis": "contract"}, bands={"medium": 0.3, "high": 0.6}, offers=plain)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def build(
    workspace: Workspace, settings: Settings, matrix: FeatureMatrix, models: SimpleNamespace
) -> Callable:
    """Build and publish a generation; keyword arguments replace the usual parts."""

    def made(**other: object) -> Path:
        parts = {"workspace": workspace, "settings": settings, "matrix": matrix, "churn": models.churn}
        parts |= {
            "loyalty": models.loyalty,
            "value": models.value,
            "offers": default_catalogue(),
            "as_of": AS_OF,
            "reason_rows": 4,
        }
        return build_generation(**(parts | other))

    return made


@pytest.fixture
def generation(build: Callable) -> Generation:
    return Generation.open(build())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def write_consents(workspace: Workspace) -> Callable:
    """Write a validated consents table of (customer, purpose, status) granted before the data ends."""

    def write(*rows: tuple[str, str, str], expires_at: datetime | None = None) -> None:
        workspace.tables.mkdir(parents=True, exist_ok=True)
        names = ("customer_id", "purpose", "status")
        columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        instant = pa.timestamp("us", tz="UTC")
        columns["changed_at"] = pa.array([AS_OF - timedelta(days=9)] * len(rows), instant)
        columns["expires_at"] = pa.array([expires_at] * len(rows), instant)
        parquet.write_table(pa.table(columns), workspace.tables / "consents.parquet")

    return write


@pytest.fixture
def an_offer() -> Callable[..., Offer]:
    def make(offer_id: str = "o", **fields: object) -> Offer:
        usual = {"offer_id": offer_id, "name": "A thing", "type": "points", "mechanism": "reward"}
        return Offer.model_validate(usual | fields)

    return make


@pytest.fixture
def a_customer() -> Callable[..., Customer]:
    def make(
        loyalty_type: str = "reward", churn: float = 0.5, band: str = "medium", features: tuple = (9, 3, 0.1)
    ) -> Customer:
        probabilities = {name: 0.6 if name == loyalty_type else 0.1 for name in TYPES}
        return Customer("anna", churn, band, loyalty_type, probabilities, np.array(features, np.float32))

    return make


@pytest.fixture
def a_situation(a_customer: Callable[..., Customer]) -> Callable[..., Situation]:
    def make(**fields: object) -> Situation:
        usual = {"customer": a_customer(), "now": AS_OF, "channel": None, "shown": {}, "taken": {}}
        usual["granted"] = frozenset({"profiling", "marketing", "personalisation"})
        return Situation(**(usual | fields))

    return make


@pytest.fixture
def a_decision() -> Callable[..., Decision]:
    def make(slot: int = 0, **fields: object) -> Decision:
        usual = {
            "decision_id": new_decision_id(AS_OF),
            "slot": slot,
            "customer_id": "anna",
            "decided_at": AS_OF,
        }
        usual |= {"offer_id": "o", "propensity": 1.0, "arm": "ranked", "policy": "p@1", "generation": "g"}
        usual |= {"eligible": [{"offer_id": "o", "propensity": 1.0}], "excluded": [], "terms": {"name": "A"}}
        usual |= {"seed": 0, "counters": {}, "channel": "web", "request_id": None}
        return Decision(**(usual | fields))

    return make


@pytest.fixture
def client(
    workspace: Workspace, settings: Settings, build: Callable, monkeypatch: pytest.MonkeyPatch
) -> Iterator:
    """The whole BentoML service in this process, with a published generation."""
    build()
    yield from _client(workspace, settings, monkeypatch)


@pytest.fixture
def empty_client(workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """The service before anything was scored."""
    yield from _client(workspace, settings, monkeypatch)


def _client(workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    from starlette.testclient import TestClient

    from serving.service import Regulars
    from serving.state import environment

    for name, value in environment(settings, workspace).items():
        monkeypatch.setenv(name, value)
    with TestClient(Regulars.to_asgi(), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def problem() -> Callable:
    """Check that an answer is problem details of a status, and return them."""

    def check(answer: object, status: int, kind: str | None = None) -> dict:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        details = json.loads(answer.content)
        assert details["status"] == status
        assert kind is None or details["type"] == f"urn:problem-type:regulars:{kind}"
        return details

    return check
