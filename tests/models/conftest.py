"""Small models: who leaves follows from days since the last order, the type from shares of two habits."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from models.artifact import Model
from models.calibration import Calibration
from models.linear import Linear, Scale

NAMES = ("days_since_last_order", "cadence_days", "total_spend_90d", "coupon_line_share_90d")
TYPES = ("value", "price", "reward", "discount", "occasional")


@pytest.fixture(scope="session")
def values() -> np.ndarray:
    """Features of 400 customers, of whom some have no cadence yet."""
    random = np.random.default_rng(3)
    columns = [random.uniform(0, 90, 400), random.uniform(3, 40, 400), random.integers(100, 90_000, 400)]
    table = np.column_stack([*columns, random.uniform(0, 1, 400)]).astype(np.float32)
    table[::7, 1] = np.nan
    return table


def _booster(values: np.ndarray, outcome: np.ndarray, **objective: object) -> str:
    parameters = {"num_leaves": 5, "min_data_in_leaf": 10, "verbose": -1, "num_threads": 1, "seed": 7}
    data = lgb.Dataset(values, outcome, feature_name=list(NAMES), params={"verbose": -1})
    return lgb.train(parameters | objective, data, num_boost_round=12).model_to_string()


@pytest.fixture(scope="session")
def churn_model(values: np.ndarray) -> Model:
    noise = np.random.default_rng(4).normal(0, 15, len(values))
    text = _booster(values, (values[:, 0] + noise > 45).astype(int), objective="binary")
    return Model("churn", ("retained", "churned"), NAMES, text, Calibration(1.3, (0.0, -0.4)), 28)


@pytest.fixture(scope="session")
def type_model(values: np.ndarray) -> Model:
    types = np.where(values[:, 0] > 60, 4, np.digitize(values[:, 3], [0.25, 0.5, 0.75]))
    text = _booster(values, types, objective="multiclass", num_class=5)
    return Model("loyalty_type", TYPES, NAMES, text, Calibration(0.8, (0.0, 0.1, -0.2, 0.3, 0.0)), 182)


@pytest.fixture(scope="session")
def lined_model(churn_model: Model, values: np.ndarray) -> Model:
    """The first, with a line beside the trees."""
    line = Linear(Scale.fit(values), (0.9, -0.2, 0.0, 0.1), -0.3, share=0.25)
    return replace(churn_model, linear=line)


@pytest.fixture(params=["churn_model", "lined_model", "type_model"])
def model(request: pytest.FixtureRequest) -> Model:
    """Each of them."""
    return request.getfixturevalue(request.param)
