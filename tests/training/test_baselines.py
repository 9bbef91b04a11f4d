import numpy as np
import pytest

from training.baselines import (
    BuyTillYouDie,
    CadenceRule,
    Persistence,
    RecencyRule,
    RFMLogistic,
    TransitionTable,
    churn_baselines,
)
from training.bgnbd import BGNBD
from training.history import History
from training.metrics import auroc, brier

HORIZON = 28.0
NAMES = ["recency", "cadence", "rfm_logistic", "bgnbd", "paretonbd"]


def shop(customers, seed):
    """Simulate shoppers who order at their own rate until they leave: History at the cutoff, and churn."""
    generator = np.random.default_rng(seed)
    rate, age = generator.gamma(2.0, 0.02, customers), generator.uniform(60, 300, customers)
    end = generator.exponential(400, customers)
    gaps = generator.exponential(1 / rate, size=(200, customers))
    orders = np.vstack([np.zeros(customers), np.cumsum(gaps, axis=0)])
    orders[orders >= end] = np.inf
    past, ahead = orders < age, (orders >= age) & (orders < age + HORIZON)
    return _history(np.where(past, orders, 0.0), past, age), (~ahead.any(axis=0)).astype(int)


def _history(orders, past, age):
    last, repeats = orders.max(axis=0), past.sum(axis=0) - 1.0
    within = {days: (past & (orders >= age - days)).sum(axis=0) * 1.0 for days in (28, 90)}
    return History(
        customer_ids=np.array([f"c{number}" for number in range(len(age))], dtype=object),
        days_since_last_order=age - last,
        order_day_count_28d=within[28],
        order_day_count_90d=within[90],
        total_spend_90d=10 * within[90],
        tenure_days=age,
        cadence_days=np.divide(last, repeats, out=np.full_like(age, np.nan), where=repeats > 0),
        repeat_order_days=repeats,
        recency_days=last,
        age_days=age,
    )


@pytest.fixture(scope="module")
def training():
    return shop(3000, seed=1)


@pytest.fixture(scope="module")
def unseen():
    return shop(3000, seed=2)


def test_every_baseline_of_the_model_card_is_there_under_its_name():
    assert [baseline.name for baseline in churn_baselines(HORIZON)] == NAMES


@pytest.mark.parametrize("number", range(5), ids=NAMES)
def test_a_baseline_beats_the_rate_and_foretells_it_on_rows_that_it_has_not_seen(number, training, unseen):
    history, churned = unseen
    probability = churn_baselines(HORIZON)[number].fit(*training).predict(history)
    assert auroc(churned, probability) > 0.65
    assert probability.mean() == pytest.approx(churned.mean(), abs=0.03)
    assert brier(churned, probability) < brier(churned, np.full(len(history), churned.mean()))


@pytest.mark.parametrize("number", range(5), ids=NAMES)
def test_a_prediction_does_not_depend_on_the_other_test_rows(number, training, unseen):
    baseline, history = churn_baselines(HORIZON)[number].fit(*training), unseen[0]
    few = np.arange(0, len(history), 300)
    assert baseline.predict(history.rows(few)) == pytest.approx(baseline.predict(history)[few])


@pytest.mark.parametrize("number", range(5), ids=NAMES)
def test_a_baseline_that_is_not_fitted_says_so(number, unseen):
    with pytest.raises(ValueError, match="is not fitted; call fit with training rows first"):
        churn_baselines(HORIZON)[number].predict(unseen[0])


@pytest.mark.parametrize("number", range(5), ids=NAMES)
def test_outcomes_of_one_kind_cannot_be_learnt_from(number, training):
    with pytest.raises(ValueError, match="rows of both outcomes are needed"):
        churn_baselines(HORIZON)[number].fit(training[0], np.ones(3000))


def test_the_recency_rule_ranks_by_days_since_the_last_order(training, unseen):
    history = unseen[0]
    by_rule = np.argsort(RecencyRule().fit(*training).predict(history), kind="stable")
    assert (np.diff(history.days_since_last_order[by_rule]) >= 0).all()


def test_few_gaps_draw_a_cadence_to_the_shops_and_many_leave_it(training):
    rule = CadenceRule(prior_gaps=3).fit(*training)
    base = training[0].rows(np.array([0, 0, 0]))
    own = {"cadence_days": np.array([2.0, 2.0, np.nan]), "repeat_order_days": np.array([1.0, 300.0, 0.0])}
    once, often, never = rule.cadence(History(**(vars(base) | own)))
    assert never == rule.shop_days
    assert 2.0 < often < 2.5 < once < rule.shop_days


def test_a_shop_without_any_cadence_is_refused(training):
    blank = History(**(vars(training[0]) | {"cadence_days": np.full(3000, np.nan)}))
    with pytest.raises(ValueError, match="none of 3000 customers has a cadence"):
        CadenceRule().fit(blank, training[1])


def test_a_prior_is_above_nought():
    with pytest.raises(ValueError, match="prior_gaps is 0"):
        CadenceRule(prior_gaps=0)


def test_returns_beyond_spend_count_as_no_spend(training, unseen):
    baseline, history = RFMLogistic().fit(*training), unseen[0].rows(np.arange(5))
    none, returned = (History(**(vars(history) | {"total_spend_90d": np.full(5, v)})) for v in (0.0, -40.0))
    assert baseline.predict(returned) == pytest.approx(baseline.predict(none))


def test_buy_till_you_die_is_fitted_on_the_latest_row_of_each_customer(training):
    history, churned = training
    earlier = History(**(vars(history) | {"age_days": history.age_days - history.days_since_last_order}))
    both = History(
        *(np.concatenate(pair) for pair in zip(*(vars(h).values() for h in (earlier, history)), strict=True))
    )
    fitted = BuyTillYouDie("bgnbd", BGNBD.fit, HORIZON).fit(both, np.concatenate([churned, churned]))
    once = BGNBD.fit(history.repeat_order_days, history.recency_days, history.age_days)
    assert vars(fitted.model) == pytest.approx(vars(once))


def test_buy_till_you_die_samples_a_large_shop_alike_every_time(training, monkeypatch):
    monkeypatch.setattr("training.baselines.FITTED_CUSTOMERS", 500)
    one, two = (BuyTillYouDie("bgnbd", BGNBD.fit, HORIZON).fit(*training).model for _ in range(2))
    assert one == two


def test_persistence_is_sure_of_the_same_type_and_of_the_commonest_where_none_is_known():
    baseline = Persistence(("value", "price", "reward")).fit([0, 1, 2, 0], [1, 1, 2, 1])
    assert baseline.predict([0, 2, -1]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_the_transition_table_is_the_smoothed_share_of_each_following_type():
    table = TransitionTable(("value", "price"), smoothing=1.0).fit([0, 0, 0, 1], [0, 0, 1, 1])
    assert table.predict([0])[0] == pytest.approx([3 / 5, 2 / 5])
    assert table.predict([1])[0] == pytest.approx([1 / 3, 2 / 3])
    assert table.predict([-1])[0] == pytest.approx([1 / 2, 1 / 2])


def test_an_unknown_past_gets_the_shares_of_all_rows_whether_or_not_it_was_seen():
    table = TransitionTable(("value", "price"), smoothing=1e-9).fit([-1, 0, 0, 1], [0, 1, 1, 1])
    assert table.predict([-1])[0] == pytest.approx([1 / 4, 3 / 4])


def test_no_type_is_impossible_and_rows_add_up_to_one():
    table = TransitionTable(("value", "price", "reward")).fit([0, 0], [0, 0])
    probability = table.predict([0, 1, 2, -1])
    assert probability.min() > 0
    assert probability.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("kind", [TransitionTable, Persistence])
def test_a_table_that_is_not_fitted_says_so(kind):
    with pytest.raises(ValueError, match="is not fitted"):
        kind(("value", "price")).predict([0])


def test_past_and_following_types_come_in_pairs():
    with pytest.raises(ValueError, match="2 past types and 1 following"):
        TransitionTable(("value", "price")).fit([0, 1], [0])


def test_smoothing_is_above_nought():
    with pytest.raises(ValueError, match="smoothing is 0"):
        TransitionTable(("value", "price"), smoothing=0)
