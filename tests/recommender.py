"""A recommender that was fitted in a moment: on made-up labels that follow the purchases of the last weeks."""

import lightgbm as lgb
import numpy as np

from features.pairs.snapshot import Snapshot
from models.candidates import FEATURES, Limits, Shelf
from models.recommender import Recommender
from tests.purchases import CUTOFF, random_purchases


def quick_recommender() -> Recommender:
    """Fit on candidates of random purchases."""
    random = np.random.default_rng(7)
    shelves = [Shelf.of(Snapshot.at(random_purchases(seed, rows=600), CUTOFF, least=5)) for seed in range(4)]
    values = np.concatenate([shelf.candidates(np.arange(12)).values for shelf in shelves])
    lately = values[:, FEATURES.index("decayed_60d")]
    label = (lately + random.normal(0, 0.3, len(lately)) > 1).astype(float)
    parameters = {"objective": "binary", "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 7}
    booster = lgb.train(parameters, lgb.Dataset(values, label, params={"verbose": -1}), 12)
    return Recommender(
        "product", booster.model_to_string(), 28, Limits(), FEATURES, "1", {"rows": len(label)}
    )
