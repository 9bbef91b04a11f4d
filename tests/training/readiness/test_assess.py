import json

import duckdb
import numpy as np
import pytest

from features.settings import Settings
from features.tables.report import Report, load_report
from tests.shop import make_shop, validated
from training.readiness.assess import CAPS, assess, task_findings, verdict, with_readiness
from training.readiness.grades import GRADES, TaskReadiness

TASKS = ("churn", "loyalty_type")


def steady_shop(days=140, customers=60):
    """Everybody orders once a week until a day of their own."""
    random = np.random.default_rng(4)
    leaves = random.uniform(20, 2 * days, customers)
    orders = [
        (day, name) for name in range(customers) for day in np.arange(name % 7, min(leaves[name], days), 7)
    ]
    day, customer = zip(*orders, strict=True)
    names = [f"c{one}" for one in customer]
    return {"day": [*(one + 0.5 for one in day), days - 0.1], "customer_id": [*names, None]}


def test_the_small_shop_is_assessed_whole(readiness):
    assert tuple(readiness.tasks) == TASKS
    assert all(task.grade != "not possible" for task in readiness.tasks.values())
    assert readiness.history_days == 454
    assert readiness.sampled == 1


def test_every_finding_is_of_the_step_and_says_what_would_mend_it(readiness):
    assert {one.step for one in readiness.findings} == {"readiness"}
    assert all(one.mend for one in readiness.findings)
    assert "error" not in {one.state for one in readiness.findings}


def test_it_is_json(readiness):
    document = json.loads(json.dumps(readiness.to_json(), allow_nan=False))
    assert document["tasks"]["churn"]["grade"] in GRADES
    assert document["verdict"] == readiness.verdict
    assert len(document["weeks"]["lines"]) == len(readiness.weeks)


def test_a_doubled_export_makes_everything_weak(tables):
    columns = steady_shop()
    twice = {name: [*values, *values] for name, values in columns.items()}
    orders = [*range(len(columns["day"]))] * 2
    once = tables.order_lines(**columns).assess(churn={"horizon_days": 10})
    doubled = tables.order_lines(**twice, order_id=orders).assess(churn={"horizon_days": 10})
    assert "doubled_lines" not in {one.name for one in once.findings}
    assert doubled.tasks["churn"].grade == "weak"
    assert "doubled lines" in doubled.tasks["churn"].why


def test_a_problem_that_one_task_does_not_feel_leaves_its_grade():
    assert "churn" not in CAPS["quantity_slip"]
    assert all(grade in GRADES for caps in CAPS.values() for grade in caps.values())


@pytest.mark.parametrize("days", [1, 2, 9])
def test_a_shop_of_a_few_days_is_told_why_not(tables, days):
    found = tables.order_lines(range(days), customer_id="a").assess()
    assert found.verdict == "Churn and loyalty types cannot be trained yet."
    assert {one.name for one in found.findings} >= {"churn_not_possible", "loyalty_type_not_possible"}
    assert json.dumps(found.to_json(), allow_nan=False)


def test_a_shop_where_nobody_comes_twice_is_told_why_not(tables):
    found = tables.order_lines(range(400), customer_id=[f"c{one}" for one in range(400)]).assess()
    assert "no customer ordered on two days" in found.tasks["churn"].why[0]
    assert found.within_horizon is None


def test_a_shop_of_guests_is_told_why_not(tables):
    found = tables.order_lines(range(400), customer_id=[None] * 400).assess()
    assert all(task.grade == "not possible" for task in found.tasks.values())
    assert found.people.customers == 0


def test_returns_alone_are_no_reason_to_stop(tables):
    found = tables.order_lines(range(40), amount=-100, customer_id="a").assess()
    assert all(task.grade == "not possible" for task in found.tasks.values())


def test_a_verdict_names_each_task_under_its_grade():
    tasks = {
        name: TaskReadiness(name, grade, ()) for name, grade in zip(TASKS, ("good", "weak"), strict=True)
    }
    assert verdict(tasks) == (
        "Ready to train churn. Loyalty types can be trained, but should not be relied on yet."
    )


def test_a_task_that_is_good_has_no_finding():
    assert task_findings(TaskReadiness("churn", "good", ("every requirement is met",))) == []


def test_findings_of_both_are_in_one_report(readiness, shop_report):
    both = with_readiness(shop_report, readiness)
    assert set(both.findings) == {*shop_report.findings, *readiness.findings}
    states = [one.state for one in both.findings]
    assert states == sorted(states, key=["error", "warning", "recommendation"].index)


def test_tables_without_an_order_are_refused(tables):
    with pytest.raises(ValueError, match="hold no order; bring order_lines"):
        assess(Settings(), tables.workspace, Report((), {}))


def test_too_little_memory_is_said(tables, monkeypatch):
    def full(*_):
        raise duckdb.OutOfMemoryException("Out of Memory Error")

    monkeypatch.setattr("training.readiness.assess.open_lines", full)
    tables.order_lines([0, 1])
    with pytest.raises(
        ValueError, match=r"source.memory_limit = '2GB' is too little for the readiness report"
    ):
        tables.assess()


def test_the_same_tables_give_the_same_answer(tmp_path):
    settings, workspace = validated(make_shop(tmp_path / "shop", customers=60))
    found = [assess(settings, workspace, load_report(workspace.tables)) for _ in range(2)]
    assert found[0].to_json() == found[1].to_json()
