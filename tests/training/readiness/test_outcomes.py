from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from features.feeders.embedded import Feeder
from features.orders.catalogue import CATALOGUE
from tests.training.readiness.conftest import FIRST
from training.cutoffs import plan_cutoffs
from training.job import with_enough_of_each
from training.readiness import outcomes
from training.readiness.lines import open_lines
from training.readiness.outcomes import apart, churn_outcome, loyalty_outcome
from training.readiness.people import create_permitted
from training.rows import training_rows
from training.tasks import RARE, Churn, LoyaltyType

WHATEVER = [CATALOGUE.features["days_since_last_order"]]


def everybody(ids):
    return np.ones(len(ids), bool)


def counted(lines, task, cutoff, permit=everybody):
    create_permitted(lines, permit)
    return churn_outcome(lines, task, cutoff)


def test_churners_are_those_that_training_would_count(shop_lines, churn_rows, plan):
    for cutoff in plan.all:
        rows = churn_rows.at([cutoff])
        found = counted(shop_lines, Churn(28, 60), cutoff)
        assert (found.population, found.churners) == (len(rows), rows.labels.sum())


@pytest.fixture
def type_plan(shop):
    return plan_cutoffs(shop.first, shop.as_of, 90, every_days=30, most=7)


def test_loyalty_types_are_those_that_training_would_count(shop, shop_lines, type_rows, type_plan):
    task = LoyaltyType(90, 3, 0.5)
    found = loyalty_outcome(shop_lines, task, type_plan, everybody, shop.settings.source)
    newest, train = type_rows.at(type_plan.all[-1:]), type_rows.at(type_plan.train)
    assert list(found.counts.values()) == np.bincount(newest.labels, minlength=5).tolist()
    assert (found.population, found.sampled) == (len(newest), 1)
    for label, count in enumerate(found.learned.values()):
        assert count == len(set(train.matrix.customer_ids[train.labels == label]))


def test_types_that_training_leaves_out_are_those_learned_from_too_few(
    shop, shop_lines, type_rows, type_plan
):
    task = LoyaltyType(90, 3, 0.5)
    found = loyalty_outcome(shop_lines, task, type_plan, everybody, shop.settings.source)
    fewer, _ = with_enough_of_each(task, type_rows, type_plan)
    kept = [name for name, count in found.learned.items() if count >= RARE or name in ("value", "occasional")]
    assert fewer.labels == tuple(kept)


def test_of_a_shop_of_many_lines_some_customers_are_labelled(
    shop, shop_lines, type_rows, type_plan, monkeypatch
):
    monkeypatch.setattr(outcomes, "LABELLED_LINES", 1_000)
    monkeypatch.setattr(outcomes, "LABELLED_CUSTOMERS", 100)
    found = loyalty_outcome(shop_lines, LoyaltyType(90, 3, 0.5), type_plan, everybody, shop.settings.source)
    assert found.sampled > 1
    assert found.population == pytest.approx(len(type_rows.at(type_plan.all[-1:])), rel=0.3)


@pytest.mark.parametrize("seed", range(4))
def test_late_rows_returns_and_ties_count_as_they_do_in_training(tables, seed):
    """Orders on a grid of instants that the cutoff and both window edges lie on, some known late."""
    random = np.random.default_rng(seed)
    rows = 400
    day = random.integers(0, 40, rows) / 2
    known = [FIRST + timedelta(days=one) for one in (day + random.choice([0, 0.5, 4], rows)).tolist()]
    customers = [f"c{one}" for one in random.integers(0, 60, rows)]
    amounts = random.choice([900, -900, 0], rows, p=[0.7, 0.2, 0.1])
    tables.order_lines(day, customer_id=customers, amount=amounts, ingested_at=known)
    task, cutoff = Churn(5, 6), FIRST + timedelta(days=10)
    with Feeder(tables.workspace.tables) as feeder:
        expected = training_rows(task, feeder, WHATEVER, [cutoff])
    with open_lines(tables.settings, tables.workspace) as lines:
        found = counted(lines, task, cutoff)
    assert (found.population, found.churners) == (len(expected), expected.labels.sum())


def test_who_may_not_be_profiled_is_not_counted(shop_lines, plan):
    cutoff, task = plan.all[-1], Churn(28, 60)
    some = counted(shop_lines, task, cutoff, lambda ids: np.array([one < "c0100" for one in ids]))
    assert 0 < some.population < counted(shop_lines, task, cutoff).population


def test_windows_of_cutoffs_apart_do_not_overlap_and_the_newest_stays():
    cutoffs = [FIRST + timedelta(days=7 * number) for number in range(20)]
    chosen = apart(cutoffs, 28)
    assert chosen[-1] == cutoffs[-1]
    assert {later - one for one, later in pairwise(chosen)} == {timedelta(days=28)}


def test_nobody_has_no_share_of_churners():
    assert outcomes.Outcome(FIRST, 0, 0).share == 0.0
