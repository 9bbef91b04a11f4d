from datetime import UTC, datetime

import numpy as np
import pytest

from models.offer_effects import OfferEffects
from training.offpolicy import Estimate, Evaluation
from training.policies import LEARNED, Judged, PolicyReport


def report(low=5.0, effective=500.0, supported=1.0):
    nothing = Estimate(0.0, 0.0, 0.0)
    evaluation = Evaluation(nothing, nothing, nothing, nothing, effective, supported, 2.0, 1000)
    effects = OfferEffects.prior([0], [100.0], 2, order_value=2000.0, margin_share=0.3)
    judged = Judged(LEARNED, evaluation, Estimate(20.0, low, 35.0))
    return PolicyReport(datetime(2026, 1, 1, tzinfo=UTC), 600, (judged,), ("o",), ("value", "price"), effects)


def test_a_lead_beyond_doubt_on_enough_decisions_is_promoted():
    assert report().refusals == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"low": -3.0}, "is +20 minor units a decision, but may be -3"),
        ({"effective": 80.0}, "only 80 decisions tell of it, 200 are needed"),
        ({"supported": 0.9}, "10.0% of its choices could never have been logged"),
    ],
)
def test_each_doubt_refuses_with_its_reason(fields, said):
    (refusal,) = report(**fields).refusals
    assert said in refusal


def test_the_document_holds_every_estimate():
    document = report().to_json()
    assert document["policies"][0]["lead"] == {"value": 20.0, "low": 5.0, "high": 35.0}
    assert document["policies"][0]["doubly_robust"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert np.isfinite(document["policies"][0]["effective_decisions"])
