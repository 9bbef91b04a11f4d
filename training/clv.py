"""Customer lifetime value as textbooks have it, under its own names; not a forecast per customer.

The forecast is `models.value`. The two are not to be mixed: this one is a product of averages over customers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextbookCLV:
    """Averages over the customers of a period.

    Attributes:
        average_order_value: money an order, in one unit.
        orders_per_period: orders a customer and period, 0 or more.
        lifetime_periods: periods that a customer stays on average, 0 or more.

    Raises:
        ValueError: a number is negative or not finite.
    """

    average_order_value: float
    orders_per_period: float
    lifetime_periods: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value < float("inf"):
                raise ValueError(f"{name} is {value}; give a number of 0 or more")

    @classmethod
    def of_period(cls, revenue: float, orders: int, customers: int, churned_share: float) -> TextbookCLV:
        """From what a shop knows of one period.

        Args:
            revenue: net amount of all orders.
            orders: how many.
            customers: who ordered.
            churned_share: of the customers at the start of the period, in (0, 1]; its reciprocal is the lifetime.

        Raises:
            ValueError: nobody ordered, or nobody churned, so that a lifetime has no end.
        """
        if orders < 1 or customers < 1:
            raise ValueError(f"{orders} orders of {customers} customers; a CLV needs at least one of each")
        if not 0 < churned_share <= 1:
            raise ValueError(
                f"churned_share is {churned_share}; a lifetime is its reciprocal, so it lies in (0, 1]"
            )
        return cls(revenue / orders, orders / customers, 1 / churned_share)

    @property
    def short_form(self) -> float:
        """Average order value times average lifetime: right only where a customer orders once a period."""
        return self.average_order_value * self.lifetime_periods

    @property
    def full_form(self) -> float:
        """Average order value times orders per period times average lifetime."""
        return self.short_form * self.orders_per_period
