"""What the baselines read of a customer at a cutoff: recency, frequency, money, and order days so far."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from training.outcomes import FloatArray


@dataclass(frozen=True)
class History:
    """What was known of customers at a cutoff, one row for each (customer, cutoff).

    Attributes:
        customer_ids: (n,) whose row it is.
        days_since_last_order: (n,) days, 0 or more.
        order_day_count_28d: (n,) days with an order among the last 28.
        order_day_count_90d: (n,) days with an order among the last 90.
        total_spend_90d: (n,) money in the last 90 days, in one unit; returns may make it negative.
        tenure_days: (n,) days since the customer is known, 0 or more.
        cadence_days: (n,) mean gap between the customer's own order days, NaN where there is no gap yet.
        repeat_order_days: (n,) order days after the first, x.
        recency_days: (n,) days from the first order to the last, t_x.
        age_days: (n,) days from the first order to the cutoff, T.

    Raises:
        ValueError: an array has another length, or a number other than `cadence_days` is missing.
    """

    customer_ids: npt.NDArray[np.object_]
    days_since_last_order: FloatArray
    order_day_count_28d: FloatArray
    order_day_count_90d: FloatArray
    total_spend_90d: FloatArray
    tenure_days: FloatArray
    cadence_days: FloatArray
    repeat_order_days: FloatArray
    recency_days: FloatArray
    age_days: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            column = np.asarray(getattr(self, field.name))
            if column.shape != (len(self),):
                raise ValueError(f"{field.name!r} has shape {column.shape}, customer_ids has ({len(self)},)")
            if field.name in ("customer_ids", "cadence_days"):
                continue
            if missing := int((~np.isfinite(column.astype(np.float64))).sum()):
                raise ValueError(
                    f"{field.name!r} is missing in {missing} of {len(self)} rows; fill or drop them"
                )

    def __len__(self) -> int:
        return len(self.customer_ids)

    def rows(self, index: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> History:
        """Return the rows that a mask (n,) or row numbers select."""
        return History(*(np.asarray(getattr(self, field.name))[index] for field in fields(self)))

    def latest(self) -> History:
        """Return one row for each customer: the one of the latest cutoff."""
        order = np.lexsort((self.age_days, self.customer_ids.astype(str)))
        ids = self.customer_ids.astype(str)[order]
        last = np.append(ids[1:] != ids[:-1], True)
        return self.rows(order[last])
