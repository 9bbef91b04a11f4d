import pytest

from training.clv import TextbookCLV


def test_the_full_form_counts_orders_and_the_short_form_takes_one_a_period():
    clv = TextbookCLV.of_period(revenue=60_000, orders=2_000, customers=500, churned_share=0.25)
    assert (clv.average_order_value, clv.orders_per_period, clv.lifetime_periods) == (30, 4, 4)
    assert (clv.short_form, clv.full_form) == (120, 480)


def test_both_forms_agree_where_everybody_orders_once_a_period():
    clv = TextbookCLV.of_period(revenue=900, orders=30, customers=30, churned_share=0.5)
    assert clv.short_form == clv.full_form


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"orders": 0}, "0 orders of 10 customers"),
        ({"churned_share": 0.0}, "a lifetime is its reciprocal"),
        ({"revenue": -5.0}, "average_order_value is -0.5"),
    ],
)
def test_a_period_that_has_no_lifetime_value_is_refused(change, match):
    usual = {"revenue": 100.0, "orders": 10, "customers": 10, "churned_share": 0.5}
    with pytest.raises(ValueError, match=match):
        TextbookCLV.of_period(**(usual | change))
