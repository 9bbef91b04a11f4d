import numpy as np
import pytest

from features.settings import LoyaltySettings, Settings
from tests.training.readiness.conftest import FIRST
from training.loyalty import TYPES
from training.readiness.features import count_features
from training.readiness.loyalty import assess_loyalty
from training.tasks import RARE

WINDOW = Settings(loyalty=LoyaltySettings(window_days=20, min_orders=2))


def everybody(ids):
    return np.ones(len(ids), bool)


def assessed(tables, opened, settings=WINDOW):
    lines = opened(tables)
    return assess_loyalty(lines, settings, FIRST, tables.as_of, count_features(lines), everybody)


def regulars(tables, customers=60, days=50, **columns):
    day = np.repeat(np.arange(0, days, 4), customers) + 0.5
    names = [f"c{number}" for number in range(customers)] * (len(day) // customers)
    return tables.order_lines(day, customer_id=names, **columns)


def of(task, name):
    return next(one for one in task.requirements if one.name == name)


def test_the_small_shop_shows_every_type_and_its_customers_are_counted(readiness):
    task = readiness.tasks["loyalty_type"]
    assert tuple(task.labels) == TYPES
    assert sum(task.labels.values()) == task.population
    assert task.rule == {"min_orders": 3, "min_past_orders": 1, "threshold": 0.5}
    assert [of(task, f"customers_{name}").found for name in TYPES] == list(task.labels.values())


def test_types_that_no_column_can_show_make_it_weak_and_name_the_columns(tables, opened):
    day = np.repeat(np.arange(0, 50, 4), 60) + 0.5
    customers = np.tile(np.arange(60), len(day) // 60)
    kept = (customers % 2 == 0) | (day < 25)
    tables.order_lines(day[kept], customer_id=[f"c{one}" for one in customers[kept]])
    task, types = assessed(tables, opened)
    shown = of(task, "mechanisms")
    assert (shown.found, shown.grade) == (0, "weak")
    assert "reward needs coupon_amount or points_redeemed" in shown.lift
    assert {name for name, count in types.counts.items() if count} == {"value", "occasional"}


def test_types_too_rare_to_learn_are_named(readiness):
    kept = of(readiness.tasks["loyalty_type"], "mechanisms_kept")
    rare = [name for name in TYPES[1:4] if readiness.types.learned[name] < RARE]
    assert kept.found == 3 - len(rare)
    assert all(f"{name} has {readiness.types.learned[name]}" in kept.lift for name in rare)


def test_few_customers_to_judge_a_type_on_leave_the_task_usable(readiness):
    task = readiness.tasks["loyalty_type"]
    few = [one for one in task.requirements if one.name.startswith("customers_") and one.found < one.usable]
    assert few
    assert {one.grade for one in few} == {"usable"}


def test_two_windows_are_needed_and_the_sentence_is_that_of_training(tables, opened):
    task, types = assessed(regulars(tables, days=30), opened)
    assert (task.grade, types) == ("not possible", None)
    assert "a horizon of 20 days needs 40 days of history" in task.why[0]


def test_where_all_are_of_one_type_there_is_nothing_to_tell_apart(tables, opened):
    task, _ = assessed(regulars(tables), opened)
    assert task.grade == "not possible"
    assert task.why[0] == "all 60 customers of the newest window are value: nothing to tell apart"


@pytest.mark.parametrize("customer", [None, "once"])
def test_without_a_population_the_reason_is_said(tables, opened, customer):
    day = [0.5, *np.arange(1, 50)]
    task, _ = assessed(tables.order_lines(day, customer_id=[customer] + [None] * 49), opened)
    assert task.grade == "not possible"
    assert task.why[0].startswith(("nobody is in the population of loyalty_type", "no customer has an order"))
