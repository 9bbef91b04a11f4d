from datetime import timedelta

import numpy as np
import pytest

from features.suppression import Suppression
from tests.training.readiness.conftest import FIRST
from training.readiness.people import count_people, create_permitted, people_findings


def counted(tables, opened):
    return count_people(opened(tables), tables.settings, tables.workspace, tables.report())


def said(tables, *answers):
    customers, statuses = zip(*answers, strict=True)
    at = [FIRST - timedelta(days=1)] * len(answers)
    return tables.write(
        "consents", customer_id=customers, purpose=["profiling"] * len(at), status=statuses, changed_at=at
    )


def test_guests_and_customers_are_counted_apart(tables, opened):
    people = counted(tables.order_lines([0, 1, 2, 3], customer_id=["a", "b", "b", None]), opened)
    assert (people.customers, people.orders, people.one_order) == (2, 3, 1)
    assert (people.guest_lines, people.guest_share) == (1, 0.25)
    assert people.orders_per_customer_median == 1.5


def test_every_customer_is_in_one_bin_of_orders(tables, opened):
    customers = [name for name, orders in (("a", 1), ("b", 5), ("c", 20), ("d", 60)) for _ in range(orders)]
    people = counted(tables.order_lines(range(len(customers)), customer_id=customers), opened)
    assert {name for name, count in people.orders_per_customer.items() if count} == {
        "1",
        "4-5",
        "11-20",
        "51+",
    }
    assert sum(people.orders_per_customer.values()) == people.customers == 4


def test_with_a_basis_everybody_may_be_profiled(tables, opened):
    people = counted(tables.order_lines([0, 1], customer_id=["a", "b"]), opened)
    assert (people.profiled, people.consent) == (2, "contract")


def test_with_a_table_of_consents_only_who_granted_may(tables, opened):
    tables.order_lines([0, 1, 2], customer_id=["a", "b", "c"])
    people = counted(said(tables, ("a", "granted"), ("b", "denied")), opened)
    assert (people.profiled, people.consent) == (1, "table")
    (finding,) = people_findings(people)
    assert (finding.name, finding.rows) == ("few_profiled", 2)
    assert finding.mend.startswith("2 of 3 customers may not be profiled")


def test_who_is_on_the_suppression_list_may_not(tables, opened):
    tables.order_lines([0, 1], customer_id=["a", "b"])
    Suppression.open(tables.workspace.suppression).add("a")
    people = counted(tables, opened)
    assert (people.profiled, people.suppression_list) == (1, 1)


def test_a_permit_is_asked_for_every_customer_once(tables, opened):
    customers = [f"c{number}" for number in range(500)] * 2
    lines = opened(tables.order_lines(range(1_000), customer_id=customers))
    asked = []

    def permit(ids):
        asked.extend(ids)
        return np.array([one.endswith("7") for one in ids])

    assert create_permitted(lines, permit) == 50
    assert sorted(asked) == sorted(set(customers))


def test_a_shop_of_guests_has_no_customers(tables, opened):
    people = counted(tables.order_lines([0, 1], customer_id=[None, None]), opened)
    assert (people.customers, people.profiled, people.orders_per_customer_median) == (0, 0, None)
    assert [one.name for one in people_findings(people)] == ["many_guests"]


@pytest.mark.parametrize(("guests", "told"), [(4, False), (6, True)])
def test_many_guests_are_told_from_half_of_the_lines_on(tables, opened, guests, told):
    customers = [None] * guests + ["a"] * (10 - guests)
    people = counted(tables.order_lines(range(10), customer_id=customers), opened)
    assert bool(people_findings(people)) == told
