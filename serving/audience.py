"""Whom an offer is for: rules of field, operator and value, bound to a generation, never run as code."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from models.lifecycle import STAGES
from serving.manifest import BANDS, UNCLEAR

Value = str | float | tuple[str, ...] | tuple[float, ...]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda found, wanted: found in wanted,
    "not_in": lambda found, wanted: found not in wanted,
}
_NUMBERS = ("churn_probability", "value_at_risk")
_LISTS = ("in", "not_in")
_ORDERINGS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Customer:
    """What is known about the customer who is asked about.

    `churn_probability` in [0, 1]; `loyalty_probability` by type, summing to 1; `features` (f,) float32, NaN
    where unknown, in the order of the generation's feature names; `lifecycle_stage` None where it is not told;
    `value_at_risk` in minor units, NaN without a model of value; `unresolved`: a complaint is waiting.
    """

    customer_id: str
    churn_probability: float
    band: str
    loyalty_type: str
    loyalty_probability: Mapping[str, float]
    features: NDArray[np.float32]
    lifecycle_stage: str | None = None
    value_at_risk: float = float("nan")
    unresolved: bool = False


class AudienceRule(BaseModel):
    """One condition; all conditions of an offer must hold. An unknown (NaN) feature never meets one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    field: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in"]
    value: Value

    @model_validator(mode="before")
    @classmethod
    def _from_triple(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            if len(given) != 3:
                raise ValueError(f"a rule is [field, operator, value], this one has {len(given)} parts")
            return dict(zip(("field", "operator", "value"), given, strict=True))
        return given

    @model_validator(mode="after")
    def _value_fits_operator(self) -> AudienceRule:
        if isinstance(self.value, tuple) != (self.operator in _LISTS):
            wanted = "a list" if self.operator in _LISTS else "one value"
            raise ValueError(f"{self.field} {self.operator}: needs {wanted}, found {self.value!r}")
        return self

    def words(self) -> str:
        """The rule as a reader would say it."""
        return f"{self.field} {self.operator} {self.value}"


@dataclass(frozen=True)
class BoundRule:
    """A rule whose field has been found."""

    words: str
    read: Callable[[Customer], Any]
    compare: Callable[[Any, Any], bool]
    value: Value

    def holds(self, customer: Customer) -> bool:
        """Whether the customer meets the rule; an unknown number meets none."""
        found = self.read(customer)
        # NaN is the only value that differs from itself
        return bool(found == found and self.compare(found, self.value))


def bind(rule: AudienceRule, feature_index: Mapping[str, int], loyalty_types: tuple[str, ...]) -> BoundRule:
    """Find a rule's field among the features and scores.

    Raises:
        ValueError: the field does not exist, or its value has the wrong type or is not one of its labels.
    """
    labels = {
        "band": BANDS,
        "loyalty_type": (*loyalty_types, UNCLEAR),
        "lifecycle_stage": STAGES,
    }.get(rule.field)
    if labels is not None:
        _check_labels(rule, labels)
    elif rule.field not in _NUMBERS and rule.field not in feature_index:
        raise ValueError(
            f"audience field {rule.field!r} is no feature of this generation; use a feature name, "
            "churn_probability, value_at_risk, band, loyalty_type or lifecycle_stage"
        )
    elif any(isinstance(value, str) for value in _values(rule)):
        raise ValueError(f"audience rule {rule.words()!r}: {rule.field} is a number")
    return BoundRule(rule.words(), _reader(rule.field, feature_index), _COMPARE[rule.operator], rule.value)


def _values(rule: AudienceRule) -> tuple[str | float, ...]:
    return rule.value if isinstance(rule.value, tuple) else (rule.value,)


def _check_labels(rule: AudienceRule, labels: tuple[str, ...]) -> None:
    if rule.operator in _ORDERINGS:
        raise ValueError(f"audience rule {rule.words()!r}: {rule.field} has no order; use == or in")
    for value in _values(rule):
        if value not in labels:
            raise ValueError(f"audience rule {rule.words()!r}: {rule.field} is one of {', '.join(labels)}")


def _reader(field: str, feature_index: Mapping[str, int]) -> Callable[[Customer], Any]:
    if field in feature_index:
        column = feature_index[field]
        return lambda customer: float(customer.features[column])
    return operator.attrgetter(field)
