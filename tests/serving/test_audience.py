"""Claims about audience rules."""

import math

import pytest
from pydantic import ValidationError

from serving.audience import AudienceRule, bind

INDEX = {"days_since_last_order": 0, "order_count_90d": 1, "discount_share_90d": 2}
TYPES = ("value", "price", "reward", "discount", "occasional")


def _bound(*triple):
    return bind(AudienceRule.model_validate(triple), INDEX, TYPES)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (("order_count_90d", ">=", 3), True),
        (("order_count_90d", ">", 3), False),
        (("order_count_90d", "<=", 3), True),
        (("order_count_90d", "<", 3), False),
        (("order_count_90d", "==", 3), True),
        (("order_count_90d", "!=", 3), False),
        (("order_count_90d", "in", [1, 3]), True),
        (("order_count_90d", "not_in", [1, 3]), False),
        (("churn_probability", ">=", 0.5), True),
        (("band", "==", "medium"), True),
        (("loyalty_type", "in", ["reward", "price"]), True),
        (("loyalty_type", "!=", "reward"), False),
    ],
)
def test_a_rule_holds_for_whom_it_describes(a_customer, rule, holds):
    assert _bound(*rule).holds(a_customer(features=(9, 3, 0.1))) is holds


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_an_unknown_number_meets_no_rule(a_customer, operator):
    assert not _bound("order_count_90d", operator, 3).holds(a_customer(features=(9, math.nan, 0.1)))


def test_an_unknown_number_is_in_no_list_and_out_of_none(a_customer):
    customer = a_customer(features=(9, math.nan, 0.1))
    assert not _bound("order_count_90d", "in", [3]).holds(customer)
    assert not _bound("order_count_90d", "not_in", [3]).holds(customer)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("age", ">", 3), "audience field 'age' is no feature of this generation"),
        (("__class__", "==", "x"), "audience field '__class__' is no feature"),
        (("order_count_90d", ">", "3"), "order_count_90d is a number"),
        (("loyalty_type", "==", "platinum"), "loyalty_type is one of value, price"),
        (("loyalty_type", "==", 3), "loyalty_type is one of"),
        (("band", ">", "low"), "band has no order; use == or in"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_an_error_at_load(rule, message):
    with pytest.raises(ValueError, match=message):
        _bound(*rule)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("a", "=="), "this one has 2 parts"),
        (("a", "is", 3), "Input should be"),
        (("a", "in", 3), "a in: needs a list, found 3"),
        (("a", "==", [3]), "a ==: needs one value"),
        (("a", ">", math.nan), "finite"),
    ],
)
def test_a_rule_of_another_form_is_an_error(rule, message):
    with pytest.raises(ValidationError, match=message):
        AudienceRule.model_validate(rule)


def test_a_rule_may_be_written_as_names_and_values():
    written = {"field": "band", "operator": "==", "value": "high"}
    assert AudienceRule.model_validate(written) == AudienceRule.model_validate(("band", "==", "high"))
