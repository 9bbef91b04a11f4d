"""What the models say of a simulated shop's customers, against what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import show_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from features.settings import Settings
    from features.workspace import Workspace
    from serving.generation import Generation

    Words = NDArray[np.object_]

HORIZON_DAYS = 28
"""The truth looks so far ahead, and a model that is set beside it must do the same."""


@dataclass(frozen=True)
class Agreement:
    """How near the models come to the truth; over the customers who were scored.

    Attributes:
        customers: how many were scored.
        auroc: chance that, of one who leaves and one who stays, the model says the higher probability for the first;
            each customer leaves with the true probability.
        auroc_of_truth: the same for the true probability itself, which no model can pass in the long run: it knows
            who has left already.
        auroc_of_recency: the same for the days since the last order.
        rank_correlation: of the model's probability and the true one (Spearman), from -1 to 1.
        mean_probability, mean_true: mean churn probabilities, in [0, 1]; equal where the model is right on the whole.
        gone: customers who had left for good before the cutoff, though they are scored.
        auroc_gone: how well the model's probability tells them from the others; None where there are none.
        type_accuracy: share of customers whose most probable loyalty type is their true one.
        type_accuracy_of_rule: the same for the type that the labelling rule measures in the window before the cutoff.
        type_commonest: share of the commonest true type, which one reaches by calling everybody that.
        type_macro_auroc: mean over the types of the AUROC of each type's probability.
    """

    customers: int
    auroc: float
    auroc_of_truth: float
    auroc_of_recency: float
    rank_correlation: float
    mean_probability: float
    mean_true: float
    gone: int
    auroc_gone: float | None
    type_accuracy: float
    type_accuracy_of_rule: float
    type_commonest: float
    type_macro_auroc: float


def compare(generation: Generation, truth: Path, by_rule: Words) -> Agreement:
    """Set a generation, scored at the end of a simulated extract, beside the truth folder of that shop.

    Args:
        by_rule: loyalty type (n,) of each row as the rule measures it before the cutoff, see `types_by_rule`.

    Raises:
        FileNotFoundError: the folder holds no truth of customers.
        ValueError: the churn model looks ahead for another time than the truth does, or it is that of another shop.
    """
    import numpy as np
    from scipy.stats import spearmanr

    if generation.manifest.horizon_days != HORIZON_DAYS:
        raise ValueError(
            f"the model foretells {generation.manifest.horizon_days} days and the truth knows {HORIZON_DAYS}; "
            f"set [churn] horizon_days = {HORIZON_DAYS} and train again"
        )
    facts = _facts(generation, truth)
    said = np.asarray(generation.churn_probability)
    leaves = 1 - facts["repurchase_28d"].to_numpy(np.float64)
    gone = facts["state"].to_numpy() == "gone"
    types = facts["loyalty_type"].to_numpy().astype(object)
    since = generation.features[:, generation.feature_index["days_since_last_order"]].astype(np.float64)
    return Agreement(
        customers=len(said),
        auroc=expected_auroc(leaves, said),
        auroc_of_truth=expected_auroc(leaves, leaves),
        auroc_of_recency=expected_auroc(leaves, since),
        rank_correlation=float(spearmanr(said, leaves).statistic),
        mean_probability=float(said.mean()),
        mean_true=float(leaves.mean()),
        gone=int(gone.sum()),
        auroc_gone=_auroc(gone, said),
        type_accuracy=float((_told(generation) == types).mean()),
        type_accuracy_of_rule=float((by_rule == types).mean()),
        type_commonest=float(facts["loyalty_type"].value_counts(normalize=True).max()),
        type_macro_auroc=_macro_auroc(generation, types),
    )


def types_by_rule(generation: Generation, settings: Settings, workspace: Workspace) -> Words:
    """The loyalty type (n,) of each scored customer, measured by the rule in the window before the cutoff."""
    import numpy as np

    from features.feeders.embedded import feature_matrix, open_feeder
    from training.job import make_task

    cutoff = generation.manifest.cutoff
    with open_feeder(settings, workspace) as feeder:
        task = make_task("loyalty_type", settings, feeder, generation.manifest.as_of)
        before = feature_matrix(feeder, task.past, [cutoff])
    place = {customer: row for row, customer in enumerate(before.customer_ids)}
    scored = np.zeros(len(before), bool)
    rows = [place[customer] for customer in _ids(generation)]
    scored[rows] = True
    labels = np.full(len(before), -1)
    labels[scored] = task.label(before.where(scored))
    names: Words = np.array(task.labels, object)[labels[rows]]
    return names


def expected_auroc(probability: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    """The AUROC (n,) scores are expected to have where each row is an event with its own probability (n,)."""
    import numpy as np

    from training.weighted import weighted_auroc

    outcome = np.repeat([1.0, 0.0], len(score))
    weights = np.concatenate([probability, 1 - probability])[None, :]
    return float(weighted_auroc(outcome, np.tile(score, 2), weights)[0])


def _facts(generation: Generation, truth: Path) -> pd.DataFrame:
    """The truth of the scored customers, in the generation's order."""
    import pandas as pd

    file = truth / "customers.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"no truth at {file}; simulate the shop with --truth")
    ids = _ids(generation)
    known = pd.read_parquet(file).set_index("customer_id")
    absent = [one for one in ids if one not in known.index]
    if absent:
        raise ValueError(f"{file} says nothing of customer {absent[0]!r}; it is the truth of another shop")
    return known.loc[ids]


def _ids(generation: Generation) -> list[str]:
    return [generation.customer_id(row) for row in range(generation.manifest.rows)]


def _told(generation: Generation) -> Words:
    """The most probable type (n,) of each customer."""
    import numpy as np

    return np.array(generation.manifest.loyalty_types, object)[np.asarray(generation.loyalty_type)]


def _macro_auroc(generation: Generation, true: Words) -> float:
    """Over the customers whose true type is one that the model knows."""
    import numpy as np

    from training.metrics import macro_auroc

    labels = generation.manifest.loyalty_types
    known = np.array([one in labels for one in true])
    codes = np.array([labels.index(one) for one in true[known]])
    return macro_auroc(codes, np.asarray(generation.loyalty_probability)[known])


def _auroc(event: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    from training.metrics import auroc

    return auroc(event.astype(int), score) if 0 < event.sum() < len(event) else None


def show_agreement(found: Agreement) -> None:
    """The comparison for people, with what the figures are to be measured by."""
    gone = "-" if found.auroc_gone is None else f"{found.auroc_gone:.3f}"
    rows = [
        (
            "who will not order in 28 days, AUROC",
            f"{found.auroc:.3f}",
            f"{found.auroc_of_truth:.3f} the true probability itself; {found.auroc_of_recency:.3f} days since "
            "the last order alone",
        ),
        ("mean probability of leaving", f"{found.mean_probability:.1%}", f"{found.mean_true:.1%} in truth"),
        ("rank correlation with the true probability", f"{found.rank_correlation:.3f}", "1 at best, 0 by chance"),
        (f"who of them has left already ({found.gone:,}), AUROC", gone, "0.5 by chance"),
        (
            "loyalty type told right",
            f"{found.type_accuracy:.1%}",
            f"{found.type_accuracy_of_rule:.1%} the type measured in the last window; {found.type_commonest:.1%} by "
            "calling everybody the commonest",
        ),
        ("loyalty types, macro AUROC", f"{found.type_macro_auroc:.3f}", "0.5 by chance"),
    ]  # fmt: skip
    title = f"What the models say against what is true, {found.customers:,} scored customers"
    show_table(title, ("question", "models", "to be measured by"), rows)
    click.echo(
        "True probabilities are of 28 days without any offer, and know what no model can see: who has left.\n"
        "True types are the latent ones; the model foretells what the rule will measure in the next window."
    )
