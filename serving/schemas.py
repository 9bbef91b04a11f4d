"""What is asked and what is answered, as the OpenAPI document shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from features.tables.casting import LARGEST_MONEY_DIGITS
from serving.recommendations import RECENT_DAYS, Wanted

MAX_LIST = 1000
MAX_OFFERS = 20
MAX_RECOMMENDATIONS, MAX_BASKET = 20, 200
LARGEST_VALUE = 10**LARGEST_MONEY_DIGITS
"""An event beyond it would not be read back from the export."""
_AS_OF = "End of the data."
_CUTOFF = "The instant of the scores: churn is no order in the horizon after it."
_PLAIN = r"^[^\x00-\x1f\x7f]+$"

CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=_PLAIN)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
DecisionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
RecommendationKind = Literal["buy_again", "new_kind", "upsell", "complement", "popular", "new"]
EventKind = Literal["shown", "accepted", "redeemed", "delivered", "dismissed", "expired"]


class _Asked(BaseModel):
    """Unknown fields are errors, numbers are finite, and errors never repeat what was sent."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, coerce_numbers_to_str=True
    )


class AtRiskQuery(_Asked):
    """Which part of the at-risk list."""

    limit: int = Field(50, ge=1, le=MAX_LIST, description="Customers a page.")
    cursor: str | None = Field(
        None, max_length=200, description="`next_cursor` of the page before; stays with its generation."
    )
    min_risk: float | None = Field(None, ge=0, le=1, description="Lowest churn probability to list.")
    loyalty_type: str | None = Field(None, max_length=64, description="Only customers of this type.")
    sort: Literal["value_at_risk", "churn_probability"] | None = Field(
        None,
        description="What comes first; not given: the value at risk where it is known. A cursor has its own.",
    )


class RecommendationsQuery(_Asked):
    """Which recommendations."""

    count: int = Field(10, ge=1, le=MAX_RECOMMENDATIONS, description="How many at most.")
    kind: RecommendationKind | None = Field(None, description="Only this kind.")
    category: str | None = Field(
        None, min_length=1, max_length=256, description="Only products of this category or subcategory."
    )
    exclude_recent_days: float | None = Field(
        None,
        ge=0,
        le=RECENT_DAYS,
        description="Nothing that the customer has bought in so many days before the cutoff.",
    )
    basket: str | None = Field(
        None,
        max_length=4096,
        description="Ids of products in hand, parted by commas: what goes with them comes first.",
    )

    def wanted(self) -> Wanted:
        """The same as the generation is asked."""
        held = () if self.basket is None else tuple(part for part in self.basket.split(",") if part)
        return Wanted(self.count, self.kind, self.category, self.exclude_recent_days, held[:MAX_BASKET])


class OffersAsked(_Asked):
    """A storefront asks what to offer to a customer."""

    customer_id: CustomerId
    count: int = Field(1, ge=1, le=MAX_OFFERS, description="How many offers there is room for.")
    channel: Token | None = Field(
        None, description="Where it will be shown; offers bound to channels need it."
    )
    request_id: Token | None = Field(
        None, description="Asked again with the same id, the same decision is answered."
    )


class EventReported(_Asked):
    """What became of an offer. The same event reported twice is one event."""

    offer_id: Token
    event: EventKind
    occurred_at: AwareDatetime | None = Field(
        None, description="With time zone; left out: now, at most once."
    )
    value: int | None = Field(
        None,
        gt=-LARGEST_VALUE,
        lt=LARGEST_VALUE,
        description="What the redemption was worth, in minor units.",
    )


class PredictAsked(_Asked):
    """Either ids of known customers, or raw feature rows: feature name to number, null where unknown."""

    ids: list[CustomerId] | None = Field(None, min_length=1, max_length=MAX_LIST)
    rows: list[dict[str, float | None]] | None = Field(None, min_length=1, max_length=MAX_LIST)

    @model_validator(mode="after")
    def _one_of_both(self) -> PredictAsked:
        if (self.ids is None) == (self.rows is None):
            raise ValueError("send either ids or rows")
        return self


class EvidenceShown(BaseModel):
    """A number behind a reason, null where it is not known, and the log-odds that it adds."""

    feature: str
    value: float | None
    contribution: float


class ReasonShown(BaseModel):
    """A driver of the churn probability; a positive effect (log-odds) speaks for churn, a negative one against."""

    driver: str
    text: str
    effect: float
    features: dict[str, float | None]
    against: bool
    evidence: list[EvidenceShown] = Field(description="The features that weigh most, the heaviest first.")


class Margin(BaseModel):
    """Margin of twelve months in minor units; four in five such customers lie in an interval."""

    model_config = ConfigDict(populate_by_name=True)

    if_staying: int
    if_staying_interval: tuple[int, int]
    expected: int = Field(description="Churn is in it; what is at risk is taken from `if_staying`.")
    expected_interval: tuple[int, int]
    from_: str = Field(
        alias="from", description="`unit_cost` of the products, or `rate`: `[value] margin_rate`."
    )


class NextCategory(BaseModel):
    """The category that the customer likeliest buys from."""

    category: str
    probability: float = Field(description="Of a purchase from it within the horizon of the recommender.")


class CustomerScores(BaseModel):
    """One customer's prediction; `percentile` in (0, 100) is the rank among all who were scored."""

    customer_id: str
    churn_probability: float
    churn_interval: list[float] | None = Field(
        description="The true probability lies between them 19 times out of 20; null where it was not measured."
    )
    order_within: dict[str, float] = Field(
        description="Probability of an order within so many days, never falling."
    )
    percentile: float
    band: str
    loyalty_type: str = Field(description="The likeliest; `unclear` where none is probable enough.")
    lifecycle_stage: str | None = Field(
        description="new, evaluating, active, slipping, lapsed or won_back; null where it was not told."
    )
    next_order_on: str | None = Field(description="Day on which an order is expected; null where none is.")
    next_category: NextCategory | None = Field(description="Null where nothing was recommended.")
    loyalty_probabilities: dict[str, float]
    reasons: list[ReasonShown] | None = Field(
        description="Three at most; null in lists beyond the stored ones."
    )
    value_at_risk: int | None = Field(
        description="Churn probability times the margin of twelve months if the customer stays, in minor units."
    )
    margin: Margin | None = Field(description="Null where no model of value was scored.")


class CustomerAnswer(CustomerScores):
    """One customer's prediction, and what it was made from."""

    reasons_against: list[ReasonShown] = Field(
        description="What speaks against leaving, the strongest first; three at most, and there may be none."
    )
    generation: str
    as_of: str = Field(description=_AS_OF)
    cutoff: str = Field(description=_CUTOFF)
    horizon_days: int


class AtRiskCustomer(CustomerScores):
    """One line of the at-risk list; rank 1 is the customer with the most at risk, in the order asked for."""

    rank: int


class AtRiskAnswer(BaseModel):
    """A page of the at-risk list."""

    customers: list[AtRiskCustomer]
    sort: str
    next_cursor: str | None
    generation: str
    as_of: str = Field(description=_AS_OF)
    cutoff: str = Field(description=_CUTOFF)
    horizon_days: int


class Recommended(BaseModel):
    """One product to show, and why."""

    item_id: str
    kind: RecommendationKind
    category: str | None
    probability: float | None = Field(
        description="Of a purchase within the horizon; null for what is shown to everybody or goes with the basket."
    )
    expected_on: str | None = Field(
        description="Day on which it is bought again, by its rhythm; null for what was never bought."
    )
    price: int | None = Field(description="Mean of what customers pay for a unit, in minor units.")


class RecommendationsAnswer(BaseModel):
    """Recommendations, the best first. To a stranger: what is popular, and what is new."""

    is_stranger: bool = Field(
        description="Nothing is known of the customer, or nothing may be used: suppressed, or without consent."
    )
    recommendations: list[Recommended]
    generation: str
    as_of: str = Field(description=_AS_OF)
    cutoff: str = Field(description=_CUTOFF)
    horizon_days: int


class OffersExplainedQuery(_Asked):
    """Where the offers would be shown."""

    channel: Token | None = Field(None, description="Offers bound to channels are made only on theirs.")


class OfferEffect(BaseModel):
    """What an offer is expected to do to the customer within the horizon."""

    order_without: float = Field(description="Chance of an order without it.")
    order_with: float = Field(description="Chance of an order with it.")
    expected_margin: float | None = Field(description="That it adds after its costs, in minor units.")
    verdict: str = Field(
        description="persuadable, sure thing, lost cause, do not disturb, or undecided: assumed, or maybe none."
    )
    measured: bool = Field(description="Whether logged decisions tell of the offer; else it is assumed.")


class OfferExplained(BaseModel):
    """One offer of the catalogue: what it would do, or the first stage that keeps it out."""

    offer_id: str
    name: str
    type: str
    mechanism: str
    eligible: bool
    stage: str | None
    reason: str | None
    effect: OfferEffect | None = Field(description="Null without consent to personalisation.")


class OffersExplained(BaseModel):
    """Every offer, the best first, then those that are not made. Nothing is decided, recorded or reserved."""

    arm: str = Field(description="policy, random or holdout: always the same for a customer.")
    offers: list[OfferExplained]
    generation: str
    as_of: str = Field(description=_AS_OF)
    cutoff: str = Field(description=_CUTOFF)
    horizon_days: int


class OfferMade(BaseModel):
    """One offer with the terms that were promised."""

    slot: int
    offer_id: str
    name: str
    type: str
    mechanism: str
    value: int | None
    product_id: str | None
    category: str | None
    ends_at: str | None
    terms: str | None


class OffersAnswer(BaseModel):
    """A decision, on disk before it is answered. No offer is a valid answer; `excluded` counts by stage."""

    decision_id: str
    customer_id: str
    decided_at: str
    generation: str
    policy: str
    offers: list[OfferMade]
    excluded: dict[str, int]


class EventAnswer(BaseModel):
    """The event is on disk; `recorded` is false where it was known already."""

    decision_id: str
    offer_id: str
    event: str
    recorded: bool


class Prediction(BaseModel):
    """Predicted probabilities of one row, in the order of the request."""

    customer_id: str | None
    churn_probability: float
    churn_interval: list[float] | None = Field(
        description="The true probability lies between them 19 times out of 20; null where it was not measured."
    )
    order_within: dict[str, float] = Field(
        description="Probability of an order within so many days, never falling."
    )
    band: str
    loyalty_type: str
    loyalty_probabilities: dict[str, float]


class PredictAnswer(BaseModel):
    """Predictions, the generation they come from and the versions of its models."""

    predictions: list[Prediction]
    generation: str
    models: dict[str, str]


Json = dict[str, Any]
