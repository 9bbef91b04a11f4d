import numpy as np

from models.population import in_population, population_feature

VALUES = {
    "days_since_last_order": np.array([1.0, 30.0, 31.0, np.nan]),
    "membership_state": np.array([1.0, -1.0, 0.0, np.nan]),
}


def test_who_ordered_within_the_active_days_is_scored():
    rule = {"active_days": 30}
    assert population_feature(rule) == "days_since_last_order"
    assert in_population(rule, VALUES.__getitem__).tolist() == [True, True, False, False]


def test_of_contracts_whose_membership_is_running_is_scored():
    rule = {"kind": "contractual", "active_days": 30}
    assert population_feature(rule) == "membership_state"
    assert in_population(rule, VALUES.__getitem__).tolist() == [True, False, False, False]
