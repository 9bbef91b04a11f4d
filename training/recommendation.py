"""Fit a recommender on cutoffs in the order of time, and judge it at a later one beside simple rules.

Everything that a row says comes from before its cutoff, the label from the horizon after it, and no label window of a
training cutoff reaches into that of the test cutoff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.pairs.purchases import Purchases
from features.pairs.snapshot import Snapshot
from models.candidates import FEATURES, Candidates, Limits, Shelf
from models.recommender import Recommender
from training.next_category import MODEL, category_hits
from training.ranking import PLACES, Ranking, judge_lists, mean_interval
from training.recommendation_baselines import BASELINES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ACTIVE_DAYS = 90
"""Customers with an order in so many days before a cutoff train."""
MOST_CUSTOMERS = 3000
"""More customers than this are sampled at each training cutoff: pairs are many, and a sample of them is enough."""
ROUNDS = 300
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 127,
    "verbosity": -1,
}
PARTS = ("all", "new")
"""Lists of everything, and lists of what the customer had never bought."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What customers bought in the horizon after a cutoff, of what may be recommended.

    Attributes:
        pairs: (pairs,) `customer * items + item`, ascending.
        new: (pairs,) whether the customer had never bought the item before.
        items: how many items there are.
    """

    pairs: Ints
    new: Mask
    items: int

    @classmethod
    def after(cls, snapshot: Snapshot, purchases: Purchases, horizon_days: int) -> Outcomes:
        """What followed the cutoff of a snapshot."""
        end = snapshot.cutoff + timedelta(days=horizon_days)
        following = purchases.between(snapshot.cutoff, end)
        pairs = np.unique(following.pair[snapshot.eligible[following.item]])
        return cls(pairs, ~np.isin(pairs, snapshot.purchases.pair), len(purchases.items))

    @property
    def customers(self) -> Ints:
        """Who bought anything, ascending."""
        return np.unique(self.pairs // self.items)

    def part(self, name: str) -> Ints:
        """The pairs of one of PARTS."""
        return self.pairs if name == "all" else self.pairs[self.new]

    def of(self, candidates: Candidates) -> Mask:
        """Whether each candidate was bought."""
        return np.isin(candidates.customer * self.items + candidates.item, self.pairs)


@dataclass(frozen=True, eq=False)
class RecommendationJudgement:
    """Lists at a later cutoff held against what was bought.

    Attributes:
        rankings: by part, then by name: "model" or a baseline.
        next_category: see `training.next_category`.
    """

    rankings: dict[str, dict[str, Ranking]]
    cutoff: datetime
    eligible: int
    next_category: dict[str, Floats] = field(default_factory=dict)

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names of the simple rules."""
        return tuple(name for name in self.rankings["all"] if name != "model")

    @cached_property
    def figures(self) -> dict[str, float]:
        """Flat figures with 95 % intervals by customer; those of a baseline carry its name as prefix."""
        found = {"eligible_items": float(self.eligible)}
        for name, hits in self.next_category.items():
            prefix = "" if name == MODEL else f"{name}_"
            bounds, own = mean_interval(hits), f"{prefix}next_category_hit"
            found |= {own: bounds.estimate, f"{own}_low": bounds.low, f"{own}_high": bounds.high}
        for part, by_name in self.rankings.items():
            found[f"{part}_customers"] = float(len(by_name["model"].customer))
            for name, ranking in by_name.items():
                prefix = "" if name == "model" else f"{name}_"
                for key, values in ((f"recall{PLACES}", ranking.recall), (f"ndcg{PLACES}", ranking.ndcg)):
                    bounds = mean_interval(values)
                    own = f"{prefix}{part}_{key}"
                    found |= {own: bounds.estimate, f"{own}_low": bounds.low, f"{own}_high": bounds.high}
        return found

    @property
    def beats_baselines(self) -> bool:
        """Whether the model's lists of everything are better than those of every rule."""
        own = self.figures[f"all_ndcg{PLACES}"]
        return all(own > self.figures[f"{name}_all_ndcg{PLACES}"] for name in self.baselines)

    @property
    def verdict(self) -> str:
        """One sentence."""
        key = f"all_ndcg{PLACES}"
        best = max(self.baselines, key=lambda name: self.figures[f"{name}_{key}"])
        own, other = self.figures[key], self.figures[f"{best}_{key}"]
        said = "ahead of every baseline" if own > other else "a simple rule is as good"
        return f"{said}: NDCG of {PLACES} places {own:.3f}, the best ({best}) {other:.3f}"


def fit_recommender(
    purchases: Purchases,
    cutoffs: Sequence[datetime],
    level: str,
    horizon_days: int,
    *,
    seed: int = 0,
    threads: int = 1,
    rounds: int = ROUNDS,
    limits: Limits | None = None,
    progress: Callable[[int], None] | None = None,
) -> Recommender:
    """Fit on what customers bought after each cutoff.

    Args:
        purchases: of any time; what lies after the last label window is not looked at.
        cutoffs: with a time zone, ascending.
        level: what an item is, kept with the model.
        horizon_days: length of the label windows.
        progress: told how many cutoffs are done.

    Raises:
        ValueError: nobody bought anything that could have been recommended.
    """
    limits = limits or Limits()
    values, labels = [], []
    for number, (candidates, bought) in enumerate(
        _examples(purchases, cutoffs, horizon_days, limits, seed), start=1
    ):
        values.append(candidates.values)
        labels.append(bought)
        if progress is not None:
            progress(number)
    if not labels or not np.concatenate(labels).any():
        raise ValueError("no customer bought an item after a cutoff that could have been recommended")
    parameters = PARAMETERS | {"seed": seed, "num_threads": threads}
    # a list of parts, since one table of all of them would double what memory holds
    data = lgb.Dataset(values, np.concatenate(labels).astype(np.float32), params=parameters).construct()
    values.clear()
    booster = lgb.train(parameters, data, num_boost_round=rounds)
    return Recommender(level, booster.model_to_string(), horizon_days, limits, FEATURES)


def _examples(
    purchases: Purchases, cutoffs: Sequence[datetime], horizon_days: int, limits: Limits, seed: int
) -> Iterator[tuple[Candidates, Mask]]:
    """Candidates of active customers at each cutoff, and whether they were bought."""
    random = np.random.default_rng(seed)
    for cutoff in cutoffs:
        snapshot = Snapshot.at(purchases, cutoff)
        if not snapshot.eligible.any():
            continue
        active = np.flatnonzero(snapshot.customers.days_since_last <= ACTIVE_DAYS)
        if len(active) > MOST_CUSTOMERS:
            active = np.sort(random.choice(active, MOST_CUSTOMERS, replace=False))
        candidates = Shelf.of(snapshot, limits).candidates(active)
        yield candidates, Outcomes.after(snapshot, purchases, horizon_days).of(candidates)


def judge_recommender(model: Recommender, purchases: Purchases, cutoff: datetime) -> RecommendationJudgement:
    """Judge lists at a cutoff for every customer who bought anything in the horizon after it.

    Raises:
        ValueError: nobody bought anything that could have been recommended.
    """
    snapshot = Snapshot.at(purchases, cutoff)
    outcomes = Outcomes.after(snapshot, purchases, model.horizon_days)
    shelf = Shelf.of(snapshot, model.limits)
    candidates = shelf.candidates(outcomes.customers)
    probability = model.score(candidates)
    rankings: dict[str, dict[str, Ranking]] = {}
    for part in PARTS:
        relevant = outcomes.part(part)
        if part != "all" and not len(relevant):
            continue
        mask = np.ones(len(candidates), bool) if part == "all" else ~candidates.bought
        own = sorted_lists(candidates.where(mask), probability[mask], outcomes.items)
        rankings[part] = {"model": judge_lists(own, relevant, outcomes.items)}
    for name, rule in BASELINES.items():
        for part, lists in rule(shelf, outcomes.customers).items():
            if part in rankings:
                rankings[part][name] = judge_lists(lists, outcomes.part(part), outcomes.items)
    following = purchases.between(cutoff, cutoff + timedelta(days=model.horizon_days))
    hits = category_hits(snapshot, candidates, probability, following)
    return RecommendationJudgement(rankings, cutoff, len(shelf.items), hits)


def sorted_lists(candidates: Candidates, score: Floats, items: int) -> Ints:
    """Pairs of each customer from the highest score to the lowest, by item where equal."""
    order = np.lexsort((candidates.item, -score, candidates.customer))
    return np.asarray(candidates.customer * items + candidates.item)[order]
