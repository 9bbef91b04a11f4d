import numpy as np
import pytest

from training.history import History


def history(**changes):
    """Return customer a at two cutoffs and customer b, who ordered once, at one."""
    columns = {
        "customer_ids": np.array(["a", "b", "a"], dtype=object),
        "days_since_last_order": [5.0, 20.0, 33.0],
        "order_day_count_28d": [2.0, 1.0, 0.0],
        "order_day_count_90d": [3.0, 1.0, 3.0],
        "total_spend_90d": [30.0, 12.0, 30.0],
        "tenure_days": [65.0, 20.0, 93.0],
        "cadence_days": [30.0, np.nan, 30.0],
        "repeat_order_days": [2.0, 0.0, 2.0],
        "recency_days": [60.0, 0.0, 60.0],
        "age_days": [65.0, 20.0, 93.0],
    }
    return History(**{name: np.asarray(column) for name, column in (columns | changes).items()})


def test_the_latest_row_of_a_customer_is_that_of_the_latest_cutoff():
    latest = history().latest()
    assert dict(zip(latest.customer_ids, latest.age_days, strict=True)) == {"a": 93.0, "b": 20.0}


def test_rows_are_chosen_by_mask_or_by_number():
    assert history().rows(np.array([False, True, False])).age_days.tolist() == [20.0]
    assert history().rows(np.array([2, 0])).age_days.tolist() == [93.0, 65.0]


def test_a_column_of_another_length_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'tenure_days' has shape \(2,\), customer_ids has \(3,\)"):
        history(tenure_days=[1.0, 2.0])


def test_only_a_cadence_may_be_unknown():
    with pytest.raises(ValueError, match="'total_spend_90d' is missing in 1 of 3 rows"):
        history(total_spend_90d=[1.0, np.nan, 2.0])
    assert len(history(cadence_days=[np.nan] * 3)) == 3
