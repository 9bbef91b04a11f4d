"""Off-policy estimates on logs of a real shop, each beside what the other policy's own log says.

    python -m benchmarks.open_bandit --data DIR

`open_bandit_random_all.parquet` and `open_bandit_bts_all.parquet` in DIR: samples of the Open Bandit Dataset (ZOZO
Research, 2020), 10,000 recommendations each by a uniformly random policy and by Bernoulli Thompson sampling, with the
probability of what was shown. From the log of either, the click rate of the other is estimated and held against its
own mean. Some forty clicks a log say little: this shows the estimators at work, not which policy is better.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.figures import Benchmark, arguments, table
from training.offpolicy import Estimate, Logged, evaluate

Floats = npt.NDArray[np.float64]
NAMES = ("random", "bts")
ESTIMATES = ("ips", "snips", "direct", "doubly_robust")
PRIOR_SHOWN = 200.0
"""The click rate of an item is drawn to that of all as if that had been seen on so many showings."""
QUICK_ROWS = 2_000


def main() -> None:
    """Measure and print."""
    options = arguments("open_bandit", ["open_bandit"])
    benchmark = Benchmark("open_bandit", {"quick": options.quick})
    logs = {name: read(options.data, name) for name in NAMES}
    if options.quick:
        logs = {name: log.head(QUICK_ROWS) for name, log in logs.items()}
    rows = []
    for name, other in (NAMES, NAMES[::-1]):
        found = judged(logs[name], logs[other])
        own = float(logs[other]["click"].mean())
        benchmark.figures[f"{other}_click_rate"] = own
        for key, estimate in found.items():
            prefix = f"{other}_from_{name}_{key}"
            bounds = {f"{prefix}_low": estimate.low, f"{prefix}_high": estimate.high}
            benchmark.figures |= {prefix: estimate.value} | bounds
        said = (f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})" for one in found.values())
        rows.append((f"{other} from the log of {name}", f"{own:.4f}", *said))
    print(table(("click rate", "its own log", *ESTIMATES), rows))
    print(benchmark.line())


def read(data: Path, name: str) -> pd.DataFrame:
    """A log by time: `item_id`, `position`, `click`, `propensity_score`.

    Raises:
        FileNotFoundError: the folder does not hold the data set.
    """
    file = data / f"open_bandit_{name}_all.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"no {file.name} in {data.resolve()}; name its folder with --data")
    columns = ["timestamp", "item_id", "position", "click", "propensity_score"]
    return pd.read_parquet(file, columns=columns).sort_values("timestamp", kind="stable")


def judged(log: pd.DataFrame, other: pd.DataFrame) -> dict[str, Estimate]:
    """What the policy of the other log would be clicked, from the later half of this one.

    The policy is the other log's share of each item at each place, in its first half; the model of clicks sees the
    first half of this one.
    """
    items = 1 + int(max(log["item_id"].max(), other["item_id"].max()))
    taught, later = log.iloc[: len(log) // 2], log.iloc[len(log) // 2 :]
    place = later["position"].to_numpy() - 1
    policy = shares(other.iloc[: len(other) // 2], items)[place]
    expected = np.tile(click_rates(taught, items), (len(later), 1))
    found = evaluate(logged(later, items), policy, expected)
    return {name: getattr(found, name) for name in ESTIMATES}


def logged(log: pd.DataFrame, items: int) -> Logged:
    """The log with a probability of every item; what the item shown leaves is even among the others."""
    own = log["propensity_score"].to_numpy(np.float64)
    propensity = np.repeat(((1 - own) / (items - 1))[:, None], items, axis=1)
    action = log["item_id"].to_numpy(np.int64)
    propensity[np.arange(len(log)), action] = own
    ids = np.arange(len(log)).astype(str).astype(object)  # who it was is not in the log
    return Logged(ids, action, propensity, log["click"].to_numpy(np.float64))


def shares(log: pd.DataFrame, items: int) -> Floats:
    """Share of each item at each place, (places, items), none of them 0."""
    counts = np.ones((int(log["position"].max()), items))
    np.add.at(counts, (log["position"].to_numpy() - 1, log["item_id"].to_numpy()), 1)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def click_rates(log: pd.DataFrame, items: int) -> Floats:
    """Click rate of each item, (items,), drawn to that of all."""
    shown = np.bincount(log["item_id"], minlength=items)
    clicked = np.bincount(log["item_id"], weights=log["click"], minlength=items)
    return np.asarray((clicked + PRIOR_SHOWN * log["click"].mean()) / (shown + PRIOR_SHOWN))


if __name__ == "__main__":
    main()
