"""Offers: what can be promised to a customer, read from the offers table, JSON, TOML or YAML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from features.contract import MECHANISMS, OFFER_TYPES, PURPOSES
from serving.audience import AudienceRule, BoundRule, bind

DEFAULT_CATALOGUE = Path(__file__).with_name("catalogue.toml")


def _one_of(values: tuple[str, ...]) -> AfterValidator:
    """A word of the contract."""

    def check(found: str) -> str:
        if found not in values:
            raise ValueError(f"is {found!r}, not one of: {', '.join(values)}")
        return found

    return AfterValidator(check)


Mechanism = Annotated[str, _one_of(MECHANISMS)]
OfferType = Annotated[str, _one_of(OFFER_TYPES)]
Purpose = Annotated[str, _one_of(PURPOSES)]
_LIST_FIELDS = ("channels", "audience")


class Offer(BaseModel):
    """One offer of the catalogue; money (`value` to the customer, `cost`, `margin`) in minor units.

    `starts_at <= now < ends_at` is its validity; no channels means every channel; `capacity` counts customers
    who took it, `budget` what they cost in minor units; `max_per_customer` and `cooldown_days` count what was
    shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    offer_id: str = Field(min_length=1, max_length=256)
    name: str = Field(min_length=1)
    type: OfferType
    mechanism: Mechanism
    value: int | None = None
    cost: int | None = Field(None, ge=0)
    margin: int | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    channels: tuple[str, ...] = ()
    audience: tuple[AudienceRule, ...] = ()
    capacity: int | None = Field(None, ge=0)
    budget: int | None = Field(None, ge=0)
    cooldown_days: float | None = Field(None, ge=0)
    max_per_customer: int | None = Field(None, ge=0)
    product_id: str | None = None
    category: str | None = None
    purpose: Purpose = "marketing"
    terms: str | None = None

    @field_validator(*_LIST_FIELDS, mode="before")
    @classmethod
    def _list_from_json(cls, given: Any) -> Any:
        return json.loads(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Offer:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError(f"offer {self.offer_id!r} ends before it starts")
        if self.budget is not None and self.cost is None:
            raise ValueError(f"offer {self.offer_id!r} has a budget but no cost to count against it")
        return self

    @property
    def chooses_product(self) -> bool:
        """Whether it promises a product that is chosen for the customer."""
        return self.type == "product" and self.product_id is None

    @property
    def most(self) -> int | None:
        """How often it can be taken in all, by capacity and budget; None without a limit."""
        by_budget = None if self.budget is None or not self.cost else self.budget // self.cost
        limits = [limit for limit in (self.capacity, by_budget) if limit is not None]
        return min(limits, default=None)

    @property
    def is_counted(self) -> bool:
        """Whether showing it counts: it is limited over all customers, or for each."""
        return self.most is not None or self.cooldown_days is not None or self.max_per_customer is not None

    def is_valid_at(self, now: datetime) -> bool:
        """Whether the offer may be promised at an instant."""
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


_OFFERS = TypeAdapter(list[Offer])


class Catalogue:
    """Offers with their audience rules bound to the features and loyalty types of one generation."""

    def __init__(
        self, offers: Iterable[Offer], features: tuple[str, ...], loyalty_types: tuple[str, ...]
    ) -> None:
        """Bind every rule.

        Raises:
            ValueError: an offer id is there twice, or a rule names an unknown field or an impossible value.
        """
        self.offers = tuple(offers)
        self.audiences: dict[str, tuple[BoundRule, ...]] = {}
        index = {name: column for column, name in enumerate(features)}
        for offer in self.offers:
            if offer.offer_id in self.audiences:
                raise ValueError(f"offer {offer.offer_id!r} is in the catalogue twice")
            try:
                rules = tuple(bind(rule, index, loyalty_types) for rule in offer.audience)
            except ValueError as error:
                raise ValueError(f"offer {offer.offer_id!r}: {error}") from error
            self.audiences[offer.offer_id] = rules

    @cached_property
    def limited(self) -> tuple[str, ...]:
        """Offers that are limited in number or money over all customers."""
        return tuple(offer.offer_id for offer in self.offers if offer.most is not None)

    @cached_property
    def open_products(self) -> tuple[Offer, ...]:
        """Offers of a product that is chosen for the customer."""
        return tuple(offer for offer in self.offers if offer.chooses_product)


def read_catalogue(file: Path) -> list[Offer]:
    """Read offers from `.toml` (`[[offers]]`), `.yaml` (`offers:`), `.json` (a list) or `.parquet` (the table).

    Raises:
        ValueError: another kind of file, or an offer that breaks the contract (which, where and what was
            found).
    """
    try:
        return _OFFERS.validate_python(_records(file))
    except ValidationError as error:
        problems = "; ".join(
            f"offer {item['loc'][0]}, {'.'.join(map(str, item['loc'][1:]))}: {item['msg']}"
            for item in error.errors()
        )
        raise ValueError(f"{file}: {problems}") from error


def default_catalogue() -> list[Offer]:
    """The small catalogue that is shipped for trying the product."""
    return read_catalogue(DEFAULT_CATALOGUE)


def _records(file: Path) -> Any:
    match file.suffix:
        case ".toml":
            return tomllib.loads(file.read_text("utf-8")).get("offers", [])
        case ".json":
            return json.loads(file.read_bytes())
        case ".parquet":
            return _rows(file)
        case ".yaml" | ".yml":
            return _yaml(file)
    raise ValueError(f"{file}: offers are read from .toml, .yaml, .json or .parquet")


def _yaml(file: Path) -> Any:
    import yaml

    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML: {error}") from error
    return found.get("offers", []) if isinstance(found, dict) else found


def _rows(file: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet

    rows = parquet.read_table(file).to_pylist()
    return [{name: found for name, found in row.items() if found is not None} for row in rows]
