"""Scores of everybody in the population as partitioned Parquet, made where the rows are: on a Spark cluster.

The models travel as the plain files that they are, and each worker opens them once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalogue import available
from features.feeders.cluster import ClusterFeeder, build_on_cluster
from features.kernel.stream import CUSTOMER
from features.permission import Permit
from models.artifact import Model
from models.population import in_population, population_feature
from models.value import ValueForecast, ValueModel, value_at_risk
from serving.manifest import UNCLEAR, UNCLEAR_CODE
from serving.scoring import churn_interval, likeliest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Loaded = TypeVar("Loaded")
Files = tuple[tuple[str, bytes], ...]


def score_on_cluster(
    feeder: ClusterFeeder,
    churn: Path,
    loyalty: Path,
    at: datetime,
    *,
    value: Path | None = None,
    least_confidence: float = 0.0,
    permit: Permit | None = None,
) -> DataFrame:
    """Probabilities of everybody who ordered within the active days before a cutoff.

    Args:
        churn, loyalty, value: folders of the models, plain files; without that of value there is no money.
        least_confidence: a likeliest type that is less probable is called UNCLEAR.
        permit: mask of the customers who may be profiled; the others are in no row.

    Returns:
        `customer_id`, `cutoff`, `churn_probability` with `churn_low` and `churn_high` (null where the model does not
        know how sure it is), `order_within_DAYSd` for each horizon, `loyalty_type` and `loyalty_TYPE` for each type;
        with a model of value `value_at_risk` and `margin_` columns as in `ValueForecast`, in minor units.

    Raises:
        ValueError: the tables do not allow a feature that a model needs; on a worker, a probability is no number.
    """
    files = {"churn": _files(churn), "loyalty": _files(loyalty)}
    models = {task: Model.load(folder) for task, folder in (("churn", churn), ("loyalty", loyalty))}
    margins = ValueModel.load(value) if value else None
    wanted = {task: model.features for task, model in models.items()}
    wanted |= {margins.task: margins.features} if margins else {}
    allowed = available(feeder.present)
    _check(wanted, {feature.name for feature in allowed})
    rule = models["churn"].metadata
    needed = {population_feature(rule)}.union(*wanted.values())
    features = [feature for feature in allowed if feature.name in needed]
    labels = models["loyalty"].labels
    shares = "".join(f", loyalty_{label} DOUBLE" for label in labels)
    curve = "".join(f", {_within(days)} DOUBLE" for days in models["churn"].horizons_days)
    schema = (
        f"{CUSTOMER} STRING, cutoff TIMESTAMP, churn_probability DOUBLE, churn_low DOUBLE, churn_high DOUBLE{curve}, "
        f"loyalty_type STRING{shares}" + "".join(f", {name} DOUBLE" for name in _money_columns(margins))
    )
    work = _scoring(files["churn"], files["loyalty"], _files(value) if value else None, at, least_confidence)
    return build_on_cluster(feeder, features, [at], permit=permit, work=work, schema=schema)


def _money_columns(margins: ValueModel | None) -> tuple[str, ...]:
    """Names of the columns of money, those of the forecast first."""
    return () if margins is None else (*(f"margin_{name}" for name in ValueForecast._fields), "value_at_risk")


def _check(wanted: dict[str, tuple[str, ...]], names: set[str]) -> None:
    for task, features in wanted.items():
        missing = [name for name in features if name not in names]
        if missing:
            raise ValueError(
                f"the {task} model needs {missing[0]!r} and {len(missing) - 1} more that these tables do not allow;"
                " bring the tables that it was trained on, or train again"
            )


def _files(folder: Path) -> Files:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)


@cache
def _opened(files: Files) -> Model:
    return _loaded(files, Model.load)


@cache
def _opened_value(files: Files) -> ValueModel:
    return _loaded(files, ValueModel.load)


def _loaded(files: Files, load: Callable[[Path], Loaded]) -> Loaded:
    with TemporaryDirectory(prefix="regulars-model-") as name:
        for file, content in files:
            target = Path(name) / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return load(Path(name))


def _scoring(
    churn: Files, loyalty: Files, value: Files | None, at: datetime, least_confidence: float
) -> Callable[[pa.Table], pa.Table]:
    """What a worker makes of the features of a chunk."""

    def work(features: pa.Table) -> pa.Table:
        leaving, kinds = _opened(churn).at(at), _opened(loyalty)
        rows = features.filter(
            pa.array(in_population(leaving.metadata, lambda name: features[name].to_numpy()))
        )
        inputs = _inputs(leaving, rows)
        probability = _predicted(leaving, inputs)[:, leaving.labels.index("churned")]
        low, high = churn_interval(leaving, probability).T
        curve = leaving.order_within(inputs, probability)
        shares = _predicted(kinds, _inputs(kinds, rows))
        codes = likeliest(shares, least_confidence) if rows.num_rows else np.empty(0, np.uint8)
        names = dict(enumerate(kinds.labels)) | {UNCLEAR_CODE: UNCLEAR}
        kind = pa.array([names[code] for code in codes.tolist()], "str")
        found = {
            CUSTOMER: rows[CUSTOMER],
            "cutoff": rows["cutoff"],
            "churn_probability": probability,
            "churn_low": pa.array(low, from_pandas=True),
            "churn_high": pa.array(high, from_pandas=True),
        }
        horizons = zip(leaving.horizons_days, curve.T, strict=True)
        found |= {_within(days): np.ascontiguousarray(values) for days, values in horizons}
        found |= {"loyalty_type": kind}
        columns = {f"loyalty_{label}": shares[:, place] for place, label in enumerate(kinds.labels)}
        if value is not None:
            margins = _opened_value(value)
            forecast = margins.predict(_inputs(margins, rows), probability)
            money = (*forecast, value_at_risk(probability, forecast))
            columns |= dict(zip(_money_columns(margins), money, strict=True))
        return pa.table(found | {name: np.ascontiguousarray(values) for name, values in columns.items()})

    return work


def _within(days: int) -> str:
    return f"order_within_{days}d"


def _inputs(model: Model | ValueModel, rows: pa.Table) -> NDArray[np.float32]:
    columns = [rows[name].to_numpy() for name in model.features]
    return np.column_stack(columns).astype(np.float32, copy=False)


def _predicted(model: Model, values: NDArray[np.float32]) -> NDArray[np.float64]:
    predicted = model.predict(values)
    if not np.isfinite(predicted).all():
        raise ValueError(f"the {model.task} model {model.version} gives probabilities that are no numbers")
    return predicted
