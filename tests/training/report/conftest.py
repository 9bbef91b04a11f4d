from datetime import UTC, datetime

import numpy as np
import pytest

from training.origins import Backtest, Origin
from training.report.evidence import gather
from training.segments import TENURE, TYPE


def _origin(month, auroc):
    figures = dict.fromkeys(("average_precision", "brier", "log_loss", "lift_at_10pct"), 0.3) | {
        "auroc": auroc
    }
    rules = {f"recency_{name}": value - 0.05 for name, value in figures.items()}
    return Origin(datetime(2025, month, 1, tzinfo=UTC), 5, ("recency",), figures | rules, True)


@pytest.fixture(scope="session")
def backtest():
    return Backtest(
        "churn", 28, "f" * 64, tuple(_origin(month, 0.7 + month / 100) for month in (3, 4, 5)), {}
    )


def _groups(judgement):
    """Two segmentations of the judged rows, by customer and not by outcome."""
    number = np.array([int(name[1:]) for name in judgement.customer_ids])
    return {
        TENURE: np.where(number % 2 == 0, "1 to 2 years", "below <90> days").astype(object),
        TYPE: np.where(number % 3 == 0, "price", "value").astype(object),
    }


@pytest.fixture(scope="session")
def evidence(shop, trained, backtest):
    """Of the churn model of the small shop."""
    model, judgement = trained.first.model, trained.first.judgement
    facts = {"as_of": "2026-03-01T00:00:00+00:00", "seed": 7}
    return gather(model, judgement, _groups(judgement), shop.settings, facts=facts, backtest=backtest)


@pytest.fixture(scope="session")
def type_evidence(shop, trained):
    """Of the loyalty-type model."""
    model, judgement = trained.types.model, trained.types.judgement
    return gather(model, judgement, _groups(judgement), shop.settings, facts={})
