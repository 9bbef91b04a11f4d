"""A judged model without data: leavers and probabilities drawn, so that what is true of them is known."""

import numpy as np

from training.evaluation import Judgement

LABELS = ("retained", "churned")


def judged(rows: int = 2_000, *, seed: int = 3, probability=None, outcome=None) -> Judgement:
    """A calibrated model beside a baseline that knows nothing; each row another customer."""
    random = np.random.default_rng(seed)
    p = random.beta(1, 4, rows) if probability is None else np.asarray(probability, float)
    y = (random.random(len(p)) < p).astype(np.int64) if outcome is None else np.asarray(outcome, np.int64)
    guess = np.full(len(p), float(np.clip(y.mean(), 0.01, 0.99))) + random.normal(size=len(p)) * 1e-3
    both = [np.stack([1 - each, each], axis=1) for each in (p, guess)]
    ids = np.array([f"c{number}" for number in range(len(p))], object)
    return Judgement(
        LABELS, ids, y, both[0], {"recency": both[1]}, "later", np.zeros((len(p), 1), np.float32)
    )
