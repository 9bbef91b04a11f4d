"""The tables that a retailer brings: one declaration, from which reading, checks and documentation follow.

Another table is another entry of `TABLES`; nothing else has to be written for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "time", "money", "number", "integer", "flag", "text", "list"]

KINDS: dict[Kind, str] = {
    "id": "text or whole number, read as text of 1 to 128 visible characters; `12345.0` is read as `12345`",
    "time": "date or timestamp, kept as an instant (UTC); without a zone it is read in `source.timezone`",
    "money": "decimal number in `source.currency`, kept as 64-bit integer minor units, halves away from zero",
    "number": "finite decimal number",
    "integer": "whole number",
    "flag": "true or false (also yes/no, 1/0)",
    "text": "text",
    "list": "JSON list or object, or a nested Parquet column",
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: the canonical name, `snake_case`.
        kind: how its values are read, see `KINDS`.
        required: the table is refused without this column.
        doc: its meaning, one sentence.
        filled: an empty value quarantines its row.
        filled_for: an empty value quarantines its row where that column holds a value.
        values: the only values allowed, lower case; empty where any text goes.
        items: the keys that each object of a JSON list must have; empty where the list is free.
        person: its values name customers, so that the suppression list applies to it.
    """

    name: str
    kind: Kind
    required: bool
    doc: str
    filled: bool = False
    values: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    person: bool = False
    filled_for: str = ""


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    Attributes:
        name: the canonical name, also the name of its file.
        key: columns whose values together occur once; of repeated rows the first in the file is used.
        columns: everything that is read; other columns are ignored unless `free_attributes`.
        doc: what one row is.
        event_time: the time judged by `as_of`; later rows are quarantined.
        free_attributes: columns beyond the contract are kept, as text.
        lossless: a row that cannot be read is an error, whatever the share that may be quarantined.
        mandatory: nothing can be built without this table.
        without: what is done where the table is not brought, for the report; empty where that goes without saying.
        positional: the key column that is numbered by position within the rest of the key where it is absent.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str
    event_time: str | None = None
    free_attributes: bool = False
    lossless: bool = False
    mandatory: bool = False
    positional: str | None = None
    without: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table is refused."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            ValueError: the contract knows no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns)
        raise ValueError(f"table {self.name!r} has no column {name!r} in the contract; it has {known}")


def _needed(name: str, kind: Kind, doc: str, values: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, required=True, doc=doc, filled=True, values=values)


def _person(name: str, doc: str, *, required: bool, filled: bool) -> Column:
    return Column(name, "id", required, doc, filled=filled, person=True)


def _optional(name: str, kind: Kind, doc: str, items: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, required=False, doc=doc, items=items)


INGESTED_AT = _optional(
    "ingested_at", "time", "When the row became known; it counts at a cutoff only if known before it."
)

ORDER_LINES = Table(
    "order_lines",
    ("order_id", "line_id"),
    (
        Column(
            "order_id",
            "id",
            True,
            "The order or ticket that the line belongs to; a guest sale may have none.",
            filled_for="customer_id",
        ),
        Column("line_id", "id", False, "The line within its order; without it, its position.", filled=True),
        _person("customer_id", "Who bought; empty is a guest sale.", required=True, filled=False),
        _needed("ordered_at", "time", "When the order was placed."),
        _needed("amount", "money", "Net paid for the line; negative is a return."),
        _optional("product_id", "id", "What was bought."),
        _optional("quantity", "number", "Units bought; negative on a return."),
        _optional("list_amount", "money", "The line at list price, before any discount."),
        _optional("coupon_amount", "money", "Part of the discount that came from coupons."),
        _optional("points_redeemed", "number", "Loyalty points spent on the line."),
        _optional("channel", "text", "Where it was sold, such as web or shop."),
        _optional("store_id", "id", "The shop."),
        _optional("promised_at", "time", "When delivery was promised."),
        _optional("delivered_at", "time", "When it was delivered."),
        INGESTED_AT,
    ),
    "One line of an order: what a customer paid for one product.",
    event_time="ordered_at",
    mandatory=True,
    positional="line_id",
)

PRODUCTS = Table(
    "products",
    ("product_id",),
    (
        _needed("product_id", "id", "The product."),
        _optional("category", "text", "The product type, within which prices and promotions are compared."),
        _optional("subcategory", "text", "A finer product type."),
        _optional("brand", "text", "The brand."),
        _optional("is_private_label", "flag", "The retailer's own brand."),
        _optional("list_price", "money", "Price of one unit before any discount."),
        _optional("unit_cost", "money", "Cost of one unit."),
    ),
    "One product of the assortment.",
    without="features of product types, brands, prices and promotions are left out",
)

CUSTOMERS = Table(
    "customers",
    ("customer_id", "valid_from"),
    (
        _person("customer_id", "The customer.", required=True, filled=True),
        _optional("valid_from", "time", "From when the row holds, if history is kept; empty is from ever."),
        _optional("joined_at", "time", "When the customer became known."),
        _optional("birth_month", "integer", "Month of birth, 1 to 12."),
        _optional("country", "text", "Country of residence."),
        _optional("language", "text", "Language to write in."),
        _optional("tier", "text", "Tier in the loyalty programme."),
        _optional("membership", "text", "Kind of paid membership."),
        _optional("programme", "text", "The loyalty programme."),
        _person("referred_by", "The customer who recommended the shop.", required=False, filled=False),
    ),
    "One customer, or one period of a customer if history is kept. Columns beyond these are free attributes"
    " for segments.",
    event_time="valid_from",
    free_attributes=True,
)

OFFER_TYPES = (
    "discount",
    "price_match",
    "price_drop",
    "bundle",
    "free_product",
    "points",
    "tier_boost",
    "expiring_points",
    "membership_trial",
    "referral",
    "donation",
    "birthday",
    "early_access",
    "experience",
    "welcome",
    "enrolment",
    "second_purchase",
    "win_back",
    "post_purchase",
    "product",
    "service_recovery",
    "chat_invitation",
    "feedback_request",
)
MECHANISMS = ("value", "price", "reward", "discount", "any")
OFFER_EVENTS = ("shown", "accepted", "redeemed", "delivered", "dismissed", "expired")
PURPOSES = ("profiling", "marketing", "personalisation")
CONSENT_STATES = ("granted", "denied", "revoked")

OFFERS = Table(
    "offers",
    ("offer_id",),
    (
        _needed("offer_id", "id", "The offer."),
        _needed("name", "text", "What the customer reads."),
        _needed("type", "text", "Kind of offer.", OFFER_TYPES),
        _needed("mechanism", "text", "The loyalty type that it speaks to.", MECHANISMS),
        _optional("value", "money", "Worth to the customer."),
        _optional("cost", "money", "Cost to the retailer when redeemed."),
        _optional("margin", "money", "Margin that a redemption brings, before the cost."),
        _optional("starts_at", "time", "First instant of validity."),
        _optional("ends_at", "time", "First instant after validity."),
        _optional("channels", "list", "Channels in which it may be shown."),
        _optional(
            "audience",
            "list",
            "Who may have it: a list of conditions, all of which hold; data, never evaluated code.",
            ("field", "operator", "value"),
        ),
        _optional("capacity", "integer", "How often it can be given in all."),
        _optional("budget", "money", "What it may cost in all."),
        _optional("cooldown_days", "integer", "Days between two showings to one customer."),
        _optional("max_per_customer", "integer", "How often one customer may have it."),
        _optional("product_id", "id", "The product that it promotes."),
        _optional("category", "text", "The product type that it promotes."),
        Column("purpose", "text", False, "The consent that it needs.", values=PURPOSES),
        _optional("terms", "text", "The conditions as they were promised."),
    ),
    "One offer that can be made.",
    without="the shipped catalogue is offered",
)

OFFER_EVENTS_TABLE = Table(
    "offer_events",
    ("decision_id", "offer_id", "event", "occurred_at"),
    (
        _needed("decision_id", "id", "The decision that the event answers."),
        _needed("offer_id", "id", "The offer."),
        _needed("event", "text", "What happened.", OFFER_EVENTS),
        _needed("occurred_at", "time", "When it happened."),
        _person("customer_id", "To whom.", required=True, filled=True),
        _optional("value", "money", "What the redemption was worth."),
        INGESTED_AT,
    ),
    "One thing that happened to an offer; the same event twice is one event.",
    event_time="occurred_at",
)

DECISIONS = Table(
    "decisions",
    ("decision_id", "slot"),
    (
        _needed("decision_id", "id", "The decision."),
        _needed("slot", "integer", "Position in the answer, from 0."),
        _person("customer_id", "For whom; empty is a stranger.", required=True, filled=False),
        _needed("decided_at", "time", "When it was decided."),
        Column("offer_id", "id", True, "The offer chosen; empty is no offer."),
        _needed("propensity", "number", "Probability of that offer in that slot; 1 if deterministic."),
        _optional("arm", "text", "Arm of the experiment."),
        _optional("policy", "text", "Name of the policy."),
        _optional("generation", "text", "The generation that answered."),
        _optional("eligible", "list", "Ids that could have been chosen, with their propensities."),
        _optional("excluded", "list", "Ids that could not: id, stage, reason."),
        _optional("terms", "text", "The terms as they were shown."),
        _optional("seed", "text", "Seed of the draw."),
        _optional("counters", "list", "Counters that were read: capacity, budget, contact caps."),
        _optional("channel", "text", "Where it was shown."),
        _optional("request_id", "id", "The request that asked."),
        INGESTED_AT,
    ),
    "One slot of one decision, written by the product itself.",
    event_time="decided_at",
)

CONSENTS = Table(
    "consents",
    ("customer_id", "purpose", "changed_at", "status"),
    (
        _person("customer_id", "The customer.", required=True, filled=True),
        _needed("purpose", "text", "What the data may be used for.", PURPOSES),
        _needed("status", "text", "What the customer said.", CONSENT_STATES),
        _needed("changed_at", "time", "When it was said; the latest wins, on a tie the refusal."),
        _optional("expires_at", "time", "From when a grant no longer holds."),
        INGESTED_AT,
    ),
    "One answer of a customer about one purpose. Not cut at `as_of`: a refusal counts from the moment it is"
    " made. A row that cannot be read is an error, since it might be a refusal.",
    lossless=True,
)

INTERACTION_CHANNELS = ("ticket", "chat", "call", "social")
ASPECTS = (
    "delivery",
    "price",
    "promotions_and_rewards",
    "quality",
    "service",
    "returns",
    "privacy",
    "assortment",
)
"""What texts can be about."""
FEEDBACK_KINDS = ("nps", "csat", "cli", "review", "mention", "survey")
LOYALTY_EVENT_TYPES = (
    "enrol",
    "earn",
    "redeem",
    "expire",
    "adjust",
    "tier_change",
    "referral",
    "membership_start",
    "membership_end",
)
VISIT_KINDS = ("view", "search", "cart", "email_open", "email_click")

_JUDGED = (
    _optional("polarity", "number", "Polarity of the text, -1 to 1, where something has judged it."),
    _optional("aspects", "text", f"What the text is about, with commas between: {', '.join(ASPECTS)}."),
)

INTERACTIONS = Table(
    "interactions",
    ("interaction_id",),
    (
        _needed("interaction_id", "id", "The contact."),
        _person("customer_id", "Who got in touch.", required=True, filled=True),
        _needed("opened_at", "time", "When it began."),
        Column("channel", "text", False, "How the customer got in touch.", values=INTERACTION_CHANNELS),
        _optional("topic", "text", "What it was about."),
        _optional("first_response_at", "time", "When it was first answered."),
        _optional("resolved_at", "time", "When it was solved; empty is unresolved."),
        _optional("due_at", "time", "By when it was promised to be solved."),
        _optional("reopened_at", "time", "When it was opened again."),
        _optional("csat", "number", "Satisfaction with the contact, as answered."),
        _optional("csat_at", "time", "When that was answered; it counts from then on."),
        _optional("agent_id", "id", "Who answered."),
        _optional("text", "text", "What the customer wrote."),
        _optional("language", "text", "Language of the text."),
        *_JUDGED,
        INGESTED_AT,
    ),
    "One contact of a customer with the service.",
    event_time="opened_at",
)

FEEDBACK = Table(
    "feedback",
    ("feedback_id",),
    (
        _needed("feedback_id", "id", "The answer, review or mention."),
        _needed("given_at", "time", "When it was given."),
        _needed("kind", "text", "What was asked, or volunteered.", FEEDBACK_KINDS),
        _person("customer_id", "By whom; a mention may have nobody.", required=False, filled=False),
        _optional("question", "text", "The question, where a kind has several."),
        _optional("score", "number", "The answer on its scale."),
        _optional("scale_min", "number", "Worst answer possible."),
        _optional("scale_max", "number", "Best answer possible."),
        _optional("text", "text", "What was written."),
        _optional("language", "text", "Language of the text."),
        _optional("channel", "text", "Where it was given."),
        *_JUDGED,
        INGESTED_AT,
    ),
    "One answer to a survey, review or mention of the brand.",
    event_time="given_at",
)

LOYALTY_EVENTS = Table(
    "loyalty_events",
    ("event_id",),
    (
        _needed("event_id", "id", "The event."),
        _person("customer_id", "The member.", required=True, filled=True),
        _needed("occurred_at", "time", "When it happened."),
        _needed("type", "text", "What happened.", LOYALTY_EVENT_TYPES),
        _optional("points", "number", "Points moved; negative where they leave the balance."),
        _optional("value", "money", "What they are worth, or what was paid."),
        _optional("tier", "text", "The tier from then on."),
        _optional("programme", "text", "The programme."),
        _optional("expires_at", "time", "When points earned lapse, or a membership ends."),
        _optional("order_id", "id", "The order that it belongs to."),
        _person("referred_customer_id", "Whom the member recommended.", required=False, filled=False),
        INGESTED_AT,
    ),
    "One event of a loyalty programme.",
    event_time="occurred_at",
)

VISITS = Table(
    "visits",
    ("visit_id",),
    (
        _needed("visit_id", "id", "The visit, or the e-mail that was opened."),
        _person("customer_id", "Who came.", required=True, filled=True),
        _needed("occurred_at", "time", "When."),
        _needed("kind", "text", "What the customer did.", VISIT_KINDS),
        _optional("session_id", "id", "The session that it belongs to."),
        _optional("duration_s", "number", "How long, in seconds."),
        _optional("topic", "text", "What was looked for."),
        _optional("product_id", "id", "The product looked at."),
        _optional("category", "text", "The product type looked at."),
        _optional("campaign_id", "id", "The campaign that brought it about."),
        INGESTED_AT,
    ),
    "One visit to the shop's pages, or one reaction to an e-mail.",
    event_time="occurred_at",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ORDER_LINES,
        PRODUCTS,
        CUSTOMERS,
        INTERACTIONS,
        FEEDBACK,
        LOYALTY_EVENTS,
        VISITS,
        OFFERS,
        OFFER_EVENTS_TABLE,
        DECISIONS,
        CONSENTS,
    )
}
