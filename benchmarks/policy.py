"""What a policy earns that was learned from 20,000 logged decisions, beside an oracle that knows every effect.

    python -m benchmarks.policy

A shop of two years is simulated (`datasets/simulator`, default difficulty), whose campaigns drew offers with known
probabilities. Models of churn and loyalty type see the first year. Effects are learned from the newest 20,000
decisions, all of the second year. Judged is by the truth: the margin above no offer that each policy would earn in
the 28 days after the extract, from every customer who could be contacted. The doubly robust estimate is judged on 200
logs that are drawn anew from the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.figures import Benchmark, arguments, table
from datasets.simulator.catalogue import CATALOGUE, CONTACT_COST, offer_id
from datasets.simulator.policies import margin_effects, policy_values
from datasets.simulator.shop import Logging
from datasets.simulator.simulate import simulate
from features.catalogue import available
from features.feeders.embedded import Feeder, feature_matrix, open_feeder
from features.matrix import FeatureMatrix
from features.settings import ChurnSettings, ConsentSettings, Settings, SourceSettings
from features.tables.report import load_report
from features.tables.validate import validate
from features.workspace import Workspace
from models.artifact import Model
from models.offer_effects import Context, OfferEffects, best_offer
from training import metrics
from training.decision_log import DecisionLog, read_decisions
from training.effects import fit_effects
from training.fit import fit_model, folds_by_customer, folds_by_time
from training.loyalty import TYPES
from training.movement import types_before
from training.offpolicy import Logged, evaluate
from training.policies import context_of
from training.rows import TrainingRows, aligned, training_rows
from training.suited import suited_parameters
from training.takings import Takings
from training.tasks import Churn, LoyaltyType, Task
from training.within import days_to_next_order

CUSTOMERS, QUICK_CUSTOMERS = 11_000, 1_500
MONTHS, SEED = 24, 1
DECISIONS, HORIZON_DAYS, CONTACTED_DAYS, TYPE_DAYS = 20_000, 28, 112, 182
REPEATS = 200
POLICIES = ("policy", "propensity", "best_single", "random")

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Measure and print."""
    options = arguments("policy", ["simulated"])
    customers = QUICK_CUSTOMERS if options.quick else CUSTOMERS
    benchmark = Benchmark(
        "policy", {"customers": customers, "months": MONTHS, "seed": SEED, "quick": options.quick}
    )
    with shop(customers, "randomised") as (settings, workspace, truth):
        benchmark.figures |= measure(settings, workspace, truth)
    with shop(QUICK_CUSTOMERS, "targeted") as (_, workspace, _):
        benchmark.figures["confounded_refused"] = float(refuses(workspace))
    figures = benchmark.figures
    rows = [
        (name, f"{figures['share_of_oracle' if name == 'policy' else name + '_share']:.1%}")
        for name in POLICIES
    ]
    print(table(("policy", "of the oracle"), rows))
    print(
        f"\n{figures['decisions']:,.0f} decisions; the interval of the doubly robust estimate held the truth in "
        f"{figures['dr_coverage']:.1%} of {REPEATS} logs; loyalty types are told with a macro-F1 of "
        f"{figures['loyalty_type_macro_f1']:.3f}; without propensities the log is "
        f"{'refused' if figures['confounded_refused'] else 'NOT refused'}"
    )
    print(benchmark.line())


@contextmanager
def shop(customers: int, logging: Logging) -> Iterator[tuple[Settings, Workspace, Path]]:
    """Settings and workspace of a validated simulated shop, and the folder of its truth."""
    with TemporaryDirectory(prefix="regulars-policy-") as name:
        folder = Path(name)
        simulate(
            folder / "data", folder / "truth", customers=customers, months=MONTHS, seed=SEED, logging=logging
        )
        settings = Settings(
            root=folder,
            source=SourceSettings(path=Path("data"), currency="EUR"),
            consent=ConsentSettings(basis="contract"),
            churn=ChurnSettings(horizon_days=HORIZON_DAYS, active_days=CONTACTED_DAYS),
        )
        workspace = Workspace(folder / "workspace")
        validate(settings, workspace).raise_for_errors()
        yield settings, workspace, folder / "truth"


def refuses(workspace: Workspace) -> bool:
    """Whether a log whose offers were chosen by habit is refused."""
    try:
        read_decisions(workspace.tables)
    except ValueError:
        return True
    return False


def measure(settings: Settings, workspace: Workspace, truth: Path) -> dict[str, float]:
    """Every figure of the randomised shop."""
    as_of = load_report(workspace.tables).as_of
    if as_of is None:
        raise ValueError("the simulated shop holds no order")
    middle = as_of - timedelta(days=365)
    log = read_decisions(workspace.tables, HORIZON_DAYS)
    log = log.where(log.decided_at >= np.datetime64(middle.replace(tzinfo=None)))
    log = log.where(np.arange(len(log)) >= len(log) - DECISIONS)
    with open_feeder(settings, workspace) as feeder:
        models = first_year(feeder, middle)
        log, before = with_features(feeder, log)
        ordered = (
            days_to_next_order(feeder, TrainingRows(before, np.zeros(len(before), np.int64))) < HORIZON_DAYS
        )
        now = feature_matrix(feeder, available(feeder.present), [as_of])
        takings = Takings.read(feeder, settings.value.margin_rate)
        types_f1 = told_types(feeder, settings, now, truth)
    effects = fit_effects(
        context_of(models, before),
        log.outcomes(ordered.astype(np.int64)),
        [_mechanism(offer) for offer in log.offers],
        margin_share=float(takings.margins.sum() / takings.amounts.sum()),
    )
    world = Truth.read(truth, log.offers, now)
    context = context_of(models, world.matrix)
    learned = best_offer(effects.margin(context, CONTACT_COST), world.able)
    likeliest = np.where(world.able, effects.redemption(context), -1.0).argmax(axis=1)
    simple = policy_values(truth)
    return {
        "decisions": float(len(log)),
        "share_of_oracle": world.earned(learned) / world.oracle,
        "propensity_share": world.earned(likeliest) / world.oracle,
        "best_single_share": simple.best_single_share,
        "random_share": simple.random_share,
        "no_offer_share": float((learned < 0).mean()),
        "dr_coverage": coverage(world, learned, context, effects),
        "loyalty_type_macro_f1": types_f1,
    }


def first_year(feeder: Feeder, middle: datetime) -> tuple[Model, Model]:
    """Models of churn and loyalty type that saw nothing after the first year."""
    features = available(feeder.present)
    churn = Churn(HORIZON_DAYS, CONTACTED_DAYS)
    kinds = LoyaltyType(TYPE_DAYS, 2, 0.5)
    months = [middle - timedelta(days=HORIZON_DAYS * back) for back in range(8, 0, -1)]
    half = middle - timedelta(days=TYPE_DAYS)
    return (
        fitted(churn, training_rows(churn, feeder, features, months)),
        fitted(kinds, training_rows(kinds, feeder, features, [half])),
    )


def fitted(task: Task, rows: TrainingRows) -> Model:
    """A model of these rows."""
    folds = folds_by_time(rows, task.horizon_days) or folds_by_customer(rows)
    return fit_model(task, rows, folds, seed=SEED, chosen=suited_parameters(task, rows, folds, seed=SEED))


def with_features(feeder: Feeder, log: DecisionLog) -> tuple[DecisionLog, FeatureMatrix]:
    """Decisions about customers with an order that was known then, and their features at that instant."""
    cutoffs = [at.astype("datetime64[us]").item().replace(tzinfo=UTC) for at in np.unique(log.decided_at)]
    matrix = feature_matrix(feeder, available(feeder.present), cutoffs)
    known = set(zip(matrix.customer_ids, matrix.cutoffs.tolist(), strict=True))
    kept = [key in known for key in zip(log.customer_ids, log.decided_at.tolist(), strict=True)]
    log = log.where(np.array(kept))
    none = np.empty((len(log), 0), np.float32)
    return log, aligned(matrix, FeatureMatrix(log.customer_ids, log.decided_at, (), none))


def told_types(feeder: Feeder, settings: Settings, now: FeatureMatrix, truth: Path) -> float:
    """Macro-F1 of the types that the rule tells from one year of history, of customers who still order."""
    loyalty = settings.loyalty.model_copy(update={"window_days": 365})
    active = now.where(now.column("days_since_last_order") <= CONTACTED_DAYS)
    told = types_before(feeder, active, loyalty)
    known = pd.read_parquet(truth / "customers.parquet").set_index("customer_id")["loyalty_type"]
    place = {name: number for number, name in enumerate(TYPES)}
    true, said = (
        np.array([place[name] for name in names]) for names in (known.loc[active.customer_ids].tolist(), told)
    )
    return metrics.macro_f1(true, said)


@dataclass(frozen=True)
class Truth:
    """What is true of the customers who could be contacted on the first day after the extract.

    Attributes:
        matrix: their features.
        margin: (n, k) what each offer would change, minor units.
        able: (n, k) who may have it.
        repurchase: (n,) chance of an order with no offer.
    """

    matrix: FeatureMatrix
    margin: Floats
    able: npt.NDArray[np.bool_]
    repurchase: Floats

    @classmethod
    def read(cls, truth: Path, offers: tuple[str, ...], now: FeatureMatrix) -> Truth:
        """For the offers that were logged."""
        people = pd.read_parquet(truth / "customers.parquet")
        people = people[people["contactable"]]
        place = {customer: row for row, customer in enumerate(now.customer_ids)}
        has = people["customer_id"].isin(place).to_numpy()
        rows = np.array([place[customer] for customer in people["customer_id"][has]])
        matrix = FeatureMatrix(now.customer_ids[rows], now.cutoffs[rows], now.names, now.values[rows])
        ids = [offer_id(kind) for kind in CATALOGUE]
        effect = 100 * margin_effects(truth)[has][:, [ids.index(offer) for offer in offers]]
        able = ~np.isnan(effect)
        return cls(matrix, np.where(able, effect, 0.0), able, people["repurchase_28d"].to_numpy()[has])

    @property
    def oracle(self) -> float:
        """What the best eligible offer, or none, earns a customer."""
        return float(np.maximum(np.where(self.able, self.margin, -np.inf).max(axis=1), 0).mean())

    def earned(self, choice: npt.NDArray[np.int64]) -> float:
        """What a choice (n,) of offers earns a customer; below 0 is no offer."""
        rows = np.arange(len(choice))
        return float(np.where(choice >= 0, self.margin[rows, choice], 0.0).mean())


def coverage(world: Truth, choice: npt.NDArray[np.int64], context: Context, effects: OfferEffects) -> float:
    """Share of REPEATS logs, drawn from the truth, in which the interval holds what the policy would earn.

    A log makes no offer with probability 0.2, else any eligible one; the reward of a decision is what its offer
    changes on average, and what the customer does by chance.
    """
    n, k = world.margin.shape
    rewards = np.column_stack([world.margin, np.zeros(n)])
    policy = np.zeros((n, k + 1))
    policy[np.arange(n), np.where(choice >= 0, choice, k)] = 1.0
    expected = np.column_stack([effects.margin(context, CONTACT_COST), np.zeros(n)])
    propensity = np.column_stack([0.8 * world.able / world.able.sum(axis=1, keepdims=True), np.full(n, 0.2)])
    true = float((policy * rewards).sum(axis=1).mean())
    random = np.random.default_rng(SEED)
    order = context.spend.sum() / max(context.orders.sum(), 1)
    held = 0
    for _ in range(REPEATS):
        drawn = (propensity.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)
        luck = order * effects.margin_share * ((random.random(n) < world.repurchase) - world.repurchase)
        reward = rewards[np.arange(n), drawn] + luck
        logged = Logged(world.matrix.customer_ids, drawn, propensity, reward)
        found = evaluate(logged, policy, expected).doubly_robust
        held += found.low <= true <= found.high
    return held / REPEATS


def _mechanism(offer: str) -> int:
    """Index of the loyalty type that an offer speaks to, -1 for any."""
    kind = next(kind for kind in CATALOGUE if offer_id(kind) == offer)
    return TYPES.index(kind.mechanism) if kind.mechanism in TYPES else -1


if __name__ == "__main__":
    main()
