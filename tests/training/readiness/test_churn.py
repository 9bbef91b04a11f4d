from datetime import timedelta

import numpy as np
import pytest

from features.settings import ChurnSettings, Settings, TrainingSettings
from tests.training.readiness.conftest import FIRST
from training.cutoffs import plan_cutoffs
from training.readiness.churn import assess_churn
from training.readiness.outcomes import apart
from training.readiness.people import create_permitted

CHURN = ChurnSettings(horizon_days=10, active_days=30)


def everybody(ids):
    return np.ones(len(ids), bool)


def assessed(lines, tables, settings=None, features=60):
    create_permitted(lines, everybody)
    settings = settings or Settings(churn=CHURN)
    return assess_churn(lines, settings, FIRST, tables.as_of, features, everybody)


def random_shop(tables, customers=80, days=120, seed=1):
    """Everybody orders every five days; a tenth stops for good in each ten days."""
    random = np.random.default_rng(seed)
    leaves = np.minimum(random.exponential(100, customers), days)
    day, customer = [], []
    for number, end in enumerate(leaves):
        own = np.arange(random.uniform(0, 5), max(end, 1), 5)
        day.extend(own)
        customer.extend([f"c{number}"] * len(own))
    day.append(days - 0.5)
    customer.append("last")
    return tables.order_lines(day, customer_id=customer)


def of(task, name):
    return next(one for one in task.requirements if one.name == name)


def test_the_counts_are_those_of_the_newest_labelled_cutoff(shop, shop_lines, churn_rows, plan):
    create_permitted(shop_lines, everybody)
    task, figures = assess_churn(shop_lines, shop.settings, shop.first, shop.as_of, 60, everybody)
    newest = churn_rows.at(plan.test)
    assert task.cutoff == plan.test[0]
    assert task.labels == {"retained": int((newest.labels == 0).sum()), "churned": int(newest.labels.sum())}
    assert figures.series[-1].churners == newest.labels.sum()


def test_outcomes_to_learn_from_are_those_of_training_cutoffs_apart(shop, shop_lines, churn_rows, plan):
    create_permitted(shop_lines, everybody)
    _, figures = assess_churn(shop_lines, shop.settings, shop.first, shop.as_of, 60, everybody)
    learned = churn_rows.at(apart(plan.train, 28))
    assert (figures.learned_rows, figures.learned_churners) == (len(learned), learned.labels.sum())


def test_a_short_of_churners_says_how_many_more_and_how_much_longer(tables, opened):
    task, figures = assessed(opened(random_shop(tables)), tables)
    learn = of(task, "outcomes_to_learn")
    assert learn.found == figures.learned_churners < learn.usable
    more = int(learn.usable - learn.found)
    assert learn.lift.startswith(f"{more} more to be usable; at today's rate about ")
    assert "of history, or more customers" in learn.lift


def test_where_the_number_of_cutoffs_is_the_limit_the_setting_is_named(tables, opened):
    settings = Settings(churn=CHURN, training=TrainingSettings(cutoff_every_days=1, max_cutoffs=12))
    task, _ = assessed(opened(random_shop(tables, customers=400)), tables, settings, features=5)
    lift = of(task, "outcomes_to_learn").lift
    assert "raise training.max_cutoffs from 12 to" in lift
    assert "of history" not in lift


def test_where_both_are_short_both_are_named(tables, opened):
    settings = Settings(churn=CHURN, training=TrainingSettings(cutoff_every_days=1, max_cutoffs=12))
    task, _ = assessed(opened(random_shop(tables, customers=40)), tables, settings)
    lift = of(task, "outcomes_to_learn").lift
    assert "of history, or more customers; and raise training.max_cutoffs from 12 to" in lift


def test_too_few_to_judge_on_says_how_large_a_population_would_do(tables, opened):
    task, _ = assessed(opened(random_shop(tables)), tables)
    lift = of(task, "outcomes_to_judge").lift
    assert f"instead of {task.population:,} customers" in lift


def test_the_history_is_held_against_two_and_eight_horizons(tables, opened):
    task, _ = assessed(opened(random_shop(tables)), tables)
    history = of(task, "history_days")
    assert (history.found, history.usable, history.good) == (120, 48, 80)


@pytest.mark.parametrize("days", [15, 19])
def test_a_history_that_training_refuses_is_refused_with_its_sentence(tables, opened, days):
    lines = opened(tables.order_lines(range(days), customer_id="a"))
    with pytest.raises(ValueError, match="needs 20 days of history") as refused:
        plan_cutoffs(FIRST, tables.as_of, 10, every_days=7, most=26)
    task, _ = assessed(lines, tables)
    assert (task.grade, task.why) == ("not possible", (str(refused.value),))


def test_no_customer_twice_leaves_no_horizon_to_choose(tables, opened):
    customers = [f"c{number}" for number in range(200)]
    lines = opened(tables.order_lines(range(200), customer_id=customers))
    task, _ = assessed(lines, tables, Settings())
    assert task.grade == "not possible"
    assert "no customer ordered on two days" in task.why[0]


def test_a_shop_of_guests_is_told_that_nobody_can_be_predicted(tables, opened):
    lines = opened(tables.order_lines(range(60), customer_id=[None] * 60))
    task, _ = assessed(lines, tables)
    assert task.grade == "not possible"
    assert "nobody who may be profiled ordered in the 30 days" in task.why[0]


@pytest.mark.parametrize(
    ("stays", "word"), [(True, "0 of 9 customers left"), (False, "0 of 9 customers stayed")]
)
def test_where_all_do_the_same_there_is_nothing_to_learn(tables, opened, stays, word):
    day = np.repeat(np.arange(0, 60 if stays else 50, 2), 9)
    customer = [f"c{number}" for number in range(9)] * (len(day) // 9)
    tables.order_lines([*day, 59], customer_id=[*customer, None])
    task, _ = assessed(opened(tables), tables)
    assert task.grade == "not possible"
    assert word in task.why[0]


def test_the_series_reaches_back_to_the_first_cutoff_that_can_be_labelled(tables, opened):
    task, figures = assessed(opened(random_shop(tables)), tables)
    cutoffs = [one.cutoff for one in figures.series]
    assert cutoffs[-1] == task.cutoff
    assert cutoffs[0] - FIRST < timedelta(days=20)
    assert all((task.cutoff - one) % timedelta(days=10) == timedelta(0) for one in cutoffs)
