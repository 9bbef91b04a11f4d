"""A generation: the immutable folder of scored customers, models and catalogue that answers come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from features.consent import Consents
from features.feeders.history import History
from features.feeders.live import LiveFeatures
from features.kernel.reference import Reference
from models.artifact import Model
from models.lifecycle import STAGES
from models.named_effects import NamedEffects
from models.numbers import Money
from models.reasons import explain
from serving.manifest import (
    UNCLEAR,
    UNCLEAR_CODE,
    GenerationError,
    Manifest,
    check_hashes,
    check_sizes,
    read_manifest,
)
from serving.offers import Catalogue, read_catalogue
from serving.recommendations import FOLDER as RECOMMENDATIONS
from serving.recommendations import Recommendations

ARRAYS = (
    "ids",
    "features",
    "churn_probability",
    "churn_interval",
    "order_within",
    "percentile",
    "band",
    "loyalty_probability",
    "loyalty_type",
    "lifecycle",
    "next_order_days",
    "margin",
    "value_at_risk",
    "most_cost",
    "at_risk",
    "at_risk_by_value",
    "reason_rows",
    "reason_offsets",
)
BY_CUSTOMER = ARRAYS[: ARRAYS.index("reason_rows")]
REASONS = "reasons.jsonl"
OFFERS = "offers.json"
EFFECTS = "effects.json"
POLICY = "policy.json"
MODELS = "models"
LIVE = "live"

Explained = dict[str, list[dict[str, Any]]]
"""The main `reasons` of a row, and what speaks `against` leaving."""


@dataclass(frozen=True)
class Generation:
    """Rows are customers sorted by the UTF-8 bytes of their id; arrays are memory-mapped, read only.

    Shapes, for n customers, f features, t loyalty types and r rows with stored reasons:
    `ids` (n,) bytes; `features` (n, f) float32, NaN where unknown; `churn_probability` (n,) in [0, 1];
    `churn_interval` (n, 2) lower and upper bound, NaN where the model does not know how sure it is; `order_within`
    (n, h) probability of an order within each of `manifest.horizons_days`; `percentile` (n,) in (0, 100); `band`
    (n,) code into `manifest.bands`; `loyalty_probability` (n, t), rows sum to 1; `loyalty_type` (n,) code into
    `manifest.loyalty_types`, UNCLEAR_CODE where none is probable enough; `lifecycle` (n,) code into STAGES, 255
    where it was not told; `next_order_days` (n,) from the cutoff, NaN where none is expected; `margin` (n, 6) over
    twelve months in minor units, in the order of `ValueForecast`, and `value_at_risk` (n,), NaN without a model of
    value; `most_cost` (n,) what an offer may cost, in minor units, NaN without such a model; `at_risk` (n,) rows from
    the highest churn probability to the lowest, by id where equal;
    `at_risk_by_value` (n,) rows from the highest value at risk, by churn where equal; `reason_rows` (r,) ascending;
    `reason_offsets` (r + 1,).
    """

    folder: Path
    manifest: Manifest
    ids: NDArray[np.bytes_]
    features: NDArray[np.float32]
    churn_probability: NDArray[np.float64]
    churn_interval: NDArray[np.float64]
    order_within: NDArray[np.float64]
    percentile: NDArray[np.float64]
    band: NDArray[np.uint8]
    loyalty_probability: NDArray[np.float64]
    loyalty_type: NDArray[np.uint8]
    lifecycle: NDArray[np.uint8]
    next_order_days: NDArray[np.float64]
    margin: NDArray[np.float64]
    value_at_risk: NDArray[np.float64]
    most_cost: NDArray[np.float64]
    at_risk: NDArray[np.int32]
    at_risk_by_value: NDArray[np.int32]
    reason_rows: NDArray[np.int32]
    reason_offsets: NDArray[np.int64]

    @classmethod
    def open(cls, folder: Path) -> Generation:
        """Map a generation after checking that every file of its manifest is there in its size.

        Raises:
            GenerationError: incomplete, unreadable, or made for another program version.
        """
        manifest = read_manifest(folder)
        if manifest.generation != folder.name:
            raise GenerationError(
                f"{folder.name} holds the manifest of {manifest.generation}; build it again"
            )
        check_sizes(folder, manifest)
        arrays = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
        for name in BY_CUSTOMER:
            if len(arrays[name]) != manifest.rows:
                raise GenerationError(
                    f"{folder.name}/{name}.npy has {len(arrays[name])} rows instead of {manifest.rows}"
                )
        return cls(folder=folder, manifest=manifest, **arrays)

    def verify(self) -> None:
        """Read every file and compare its hash with the manifest.

        Raises:
            GenerationError: a file is not what was written.
        """
        check_hashes(self.folder, self.manifest)

    def warm(self) -> None:
        """Read what requests share, so that the first one need not, and none needs the folder any more.

        Raises:
            ValueError: one of them cannot be used; such a generation must not be served.
        """
        _ = self.catalogue, self.effects, self.consents, self._reason_bytes, self.recommendations
        self.columns_for(self.churn_model)
        self.columns_for(self.loyalty_model)

    @property
    def id(self) -> str:
        """The folder's name: UTC time of the build and the start of a hash of its files."""
        return self.manifest.generation

    def row(self, customer_id: str) -> int | None:
        """The row of a customer, or None; binary search, a few microseconds among a million."""
        key = customer_id.encode("utf-8", "surrogatepass")
        if len(key) > self.ids.itemsize or key.endswith(b"\0"):
            return None
        found = int(np.searchsorted(self.ids, np.array(key, dtype=self.ids.dtype)))
        return found if found < len(self.ids) and self.ids[found] == key else None

    def customer_id(self, row: int) -> str:
        """The id of a row."""
        return bytes(self.ids[row]).decode()

    def band_of(self, row: int) -> str:
        """The risk band of a row."""
        return self.manifest.bands[int(self.band[row])]

    def loyalty_type_of(self, row: int) -> str:
        """The most probable loyalty type of a row, UNCLEAR where none is probable enough."""
        code = int(self.loyalty_type[row])
        return UNCLEAR if code == UNCLEAR_CODE else self.manifest.loyalty_types[code]

    @property
    def type_codes(self) -> dict[str, int]:
        """Code of each loyalty type, and of UNCLEAR."""
        return {name: code for code, name in enumerate(self.manifest.loyalty_types)} | {UNCLEAR: UNCLEAR_CODE}

    def lifecycle_of(self, row: int) -> str | None:
        """The stage of the buying cycle of a row; None where it was not told."""
        code = int(self.lifecycle[row])
        return STAGES[code] if code < len(STAGES) else None

    def next_order_on(self, row: int) -> str | None:
        """The day (UTC) on which the next order is expected; None where none is."""
        days = float(self.next_order_days[row])
        return None if np.isnan(days) else (self.manifest.cutoff + timedelta(days=days)).date().isoformat()

    def next_category_of(self, row: int) -> dict[str, Any] | None:
        """The category that a customer likeliest buys from next, and its probability; None without a recommender."""
        found = self.recommendations.next_category(row) if self.recommendations else None
        return None if found is None else {"category": found[0], "probability": round(found[1], 6)}

    def loyalty_probabilities(self, row: int) -> dict[str, float]:
        """Probability of each loyalty type, summing to 1."""
        return dict(zip(self.manifest.loyalty_types, self.loyalty_probability[row].tolist(), strict=True))

    def stored_reasons(self, row: int) -> list[dict[str, Any]] | None:
        """The main reasons computed with the generation, or None for a row further down the list."""
        stored = self.stored_explanation(row)
        return None if stored is None else stored["reasons"]

    def stored_explanation(self, row: int) -> Explained | None:
        """The explanation computed with the generation, or None for a row further down the list."""
        at = int(np.searchsorted(self.reason_rows, row))
        if at == len(self.reason_rows) or self.reason_rows[at] != row:
            return None
        start, end = self.reason_offsets[at : at + 2].tolist()
        found: Explained | list[dict[str, Any]] = json.loads(self._reason_bytes[start:end].tobytes())
        # a generation of an earlier release holds the reasons alone
        return {"reasons": found, "against": []} if isinstance(found, list) else found

    def reasons(self, row: int) -> list[dict[str, Any]]:
        """The three main reasons for a row's churn probability: stored, else computed now (milliseconds)."""
        return self.explanation(row)["reasons"]

    def explanation(self, row: int) -> Explained:
        """The main `reasons` and what speaks `against` leaving: stored, else computed now (milliseconds)."""
        stored = self.stored_explanation(row)
        if stored is not None:
            return stored
        values = self.features[row : row + 1, self.columns_for(self.churn_model)]
        money = Money(self.policy["currency"], self.policy["minor_digits"])
        found = explain(self.churn_model, values, money=money, language=self.policy.get("language", "en"))
        return found[0].to_json()

    @cached_property
    def _reason_bytes(self) -> NDArray[np.uint8]:
        file = self.folder / REASONS
        return np.asarray(np.memmap(file, np.uint8, "r")) if file.stat().st_size else np.empty(0, np.uint8)

    @cached_property
    def live(self) -> LiveFeatures | None:
        """Features of a customer at any instant since; None where the generation was built without history."""
        folder = self.folder / LIVE
        if not folder.is_dir():
            return None
        features = [FEATURES[name] for name in self.manifest.features if name in FEATURES]
        if len(features) < len(self.manifest.features):
            raise GenerationError(f"{self.id} holds features that this program does not know; build it again")
        reference = Reference.read(folder / "reference")
        return LiveFeatures(features, History(folder / "history"), reference, zone=self.policy["timezone"])

    @cached_property
    def feature_index(self) -> dict[str, int]:
        """Column of each feature."""
        return {name: column for column, name in enumerate(self.manifest.features)}

    @cached_property
    def churn_model(self) -> Model:
        """The churn model that made these probabilities."""
        return Model.load(self.folder / MODELS / "churn")

    @cached_property
    def loyalty_model(self) -> Model:
        """The loyalty-type model that made these probabilities."""
        return Model.load(self.folder / MODELS / "loyalty_type")

    @cached_property
    def recommendations(self) -> Recommendations | None:
        """What is recommended to customers and strangers; None where no recommender was scored."""
        folder = self.folder / RECOMMENDATIONS
        return Recommendations.open(folder, len(self.ids)) if folder.is_dir() else None

    @cached_property
    def policy(self) -> dict[str, Any]:
        """The settings that the offer policy was given when the generation was built."""
        found: dict[str, Any] = json.loads((self.folder / POLICY).read_bytes())
        return found

    @cached_property
    def catalogue(self) -> Catalogue:
        """The offers, with their audience rules bound to this generation's features."""
        return Catalogue(
            read_catalogue(self.folder / OFFERS), self.manifest.features, self.manifest.loyalty_types
        )

    @cached_property
    def effects(self) -> NamedEffects:
        """What the offers of the catalogue change, in its order."""
        return NamedEffects.read(self.folder / EFFECTS)

    @cached_property
    def consents(self) -> Consents:
        """The consents as they were when the generation was built."""
        return Consents.load(self.folder, self.policy["consent_basis"])

    def columns_for(self, model: Model) -> NDArray[np.intp]:
        """Columns of `features` in the order that a model wants them.

        Raises:
            GenerationError: the model needs a feature that the generation does not hold.
        """
        missing = [name for name in model.features if name not in self.feature_index]
        if missing:
            raise GenerationError(f"{self.id} lacks feature {missing[0]!r} of the {model.task} model")
        return np.array([self.feature_index[name] for name in model.features], dtype=np.intp)


def _mapped(file: Path) -> NDArray[Any]:
    try:
        # a plain view: indexing a memmap object costs five times as much
        return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise GenerationError(f"{file} is not a readable array; build the generation again") from error
