"""Every feature of the streams beside order lines, for one customer and one cutoff, in plain loops.

Written from the feature dictionary and the table contract. It shares nothing with the kernel: no arrays, no prefix
sums, no declared measures, no moments.
"""

import math
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from features.contract import ASPECTS

Row = dict[str, Any]
Values = dict[str, float]
NAN = float("nan")
EVER = datetime.min.replace(tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WINDOWS = (30, 90, 365)
ON_PAGES = ("view", "search", "cart")
ORDER = {
    "order_lines": ("ordered_at", "order_id", "line_id"),
    "customers": ("valid_from",),
    "interactions": ("opened_at", "interaction_id"),
    "feedback": ("given_at", "feedback_id"),
    "loyalty_events": ("occurred_at", "event_id"),
    "visits": ("occurred_at", "visit_id"),
    "offer_events": ("occurred_at", "decision_id", "offer_id", "event"),
}
"""By table, its time and then what orders rows of one instant."""


@dataclass(frozen=True)
class Shop:
    """What features are told of the shop.

    Attributes:
        first_orders: of customers whom others recommended, when their first order was known.
    """

    zone: str = "UTC"
    complaint_topics: tuple[str, ...] = ()
    tier_points: dict[str, int] = field(default_factory=dict)
    first_orders: dict[str, datetime | None] = field(default_factory=dict)


def features_at(tables: dict[str, list[Row]], cutoff: datetime, shop: Shop) -> Values | None:
    """All features by name; None where no order line of the customer was known before the cutoff."""
    past = Past(tables, cutoff)
    if not past.rows["order_lines"]:
        return None
    return {
        **of_customers(past, shop),
        **of_interactions(past, shop),
        **of_feedback(past),
        **of_loyalty_events(past, shop),
        **of_visits(past),
        **of_offer_events(past),
    }


class Past:
    """What was known of a customer before a cutoff: by table, rows in order."""

    def __init__(self, tables: dict[str, list[Row]], cutoff: datetime) -> None:
        self.cutoff = cutoff
        self.rows = {}
        for name, (time, *key) in ORDER.items():
            known = [row for row in tables.get(name, []) if self.knows(row, time)]
            self.rows[name] = sorted(known, key=lambda row: (row[time] or EVER, *(row[k] for k in key)))

    def knows(self, row: Row, time: str) -> bool:
        ingested = row.get("ingested_at")
        return (row[time] or EVER) < self.cutoff and (ingested is None or ingested < self.cutoff)

    def inside(self, at: datetime | None, days: int) -> bool:
        return at is not None and self.cutoff - days * DAY <= at < self.cutoff

    def since(self, instants: list[datetime]) -> float:
        return (self.cutoff - max(instants)) / DAY if instants else NAN

    def purchases(self) -> list[Row]:
        return [line for line in self.rows["order_lines"] if line["amount"] > 0]


def over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else NAN


def thousandths(number: float | None) -> int:
    return math.floor((number or 0.0) * 1000 + 0.5)


def mean(numbers: list[int]) -> float:
    """Mean of thousandths."""
    return over(sum(numbers), len(numbers)) / 1000


# --- customers ------------------------------------------------------------------------------------------------


def of_customers(past: Past, shop: Shop) -> Values:
    columns = ("tier", "membership", "programme", "country", "language")
    found = {"days_since_joined": NAN, "months_to_birthday": NAN, "is_recommended": NAN}
    found |= {f"{column}_key": NAN for column in columns}
    if not past.rows["customers"]:
        return found
    row = past.rows["customers"][-1]  # the one that holds
    joined, month = row["joined_at"], row["birth_month"]
    if joined is not None and joined < past.cutoff:
        found["days_since_joined"] = (past.cutoff - joined) / DAY
    if month is not None and 1 <= month <= 12:
        found["months_to_birthday"] = (month - past.cutoff.astimezone(ZoneInfo(shop.zone)).month) % 12
    found["is_recommended"] = 0 if row["referred_by"] is None else 1
    for column in columns:
        if row[column] is not None:
            found[f"{column}_key"] = zlib.crc32(row[column].encode()) % 65536
    return found


# --- interactions ---------------------------------------------------------------------------------------------


class Contact:
    """A contact as it stood at the cutoff: what has not happened by then is None."""

    def __init__(self, row: Row, past: Past) -> None:
        self.row, self.opened, self.cutoff = row, row["opened_at"], past.cutoff
        self.answered = self.when(row["first_response_at"])
        self.due = self.when(row["due_at"])
        self.resolved = self.when(row["resolved_at"])
        was_resolved = self.resolved is not None and row["reopened_at"] is not None
        again = was_resolved and row["reopened_at"] >= row["resolved_at"]
        self.reopened = self.when(row["reopened_at"]) if again else None
        rated = row["csat_at"] or row.get("ingested_at")
        self.rated = None if row["csat"] is None else self.when(rated)
        self.is_open = self.resolved is None or self.reopened is not None

    def when(self, at: datetime | None) -> datetime | None:
        moved = None if at is None else max(at, self.opened)
        return None if moved is None or moved >= self.cutoff else moved

    def kept_its_promise(self) -> bool:
        return self.resolved <= max(self.row["due_at"], self.opened)


def of_interactions(past: Past, shop: Shop) -> Values:
    contacts = [Contact(row, past) for row in past.rows["interactions"]]
    complaints = [c for c in contacts if str(c.row["topic"]).lower() in shop.complaint_topics]
    rated = sorted(
        [c for c in contacts if c.rated], key=lambda c: (c.rated, c.opened, c.row["interaction_id"])
    )
    found: Values = {
        "days_since_last_contact": past.since([c.opened for c in contacts]),
        "open_case_count": sum(1 for c in contacts if c.is_open),
        "overdue_case_count": sum(1 for c in contacts if c.is_open and c.due),
        "last_contact_csat": thousandths(rated[-1].row["csat"]) / 1000 if rated else NAN,
        "days_since_last_complaint": past.since([c.opened for c in complaints]),
        "days_silent_since_complaint": _silent(past, complaints),
    }
    for days in WINDOWS:
        window = _contacts_over(past, contacts, complaints, days)
        found |= {f"{name}_{days}d": value for name, value in window.items()}
    found["contact_csat_trend_90_365"] = found["mean_contact_csat_90d"] - found["mean_contact_csat_365d"]
    return found | _written(past, "interactions", "opened_at", "contact_")


def _silent(past: Past, complaints: list[Contact]) -> float:
    if not complaints:
        return 0
    started: dict[str, datetime] = {}  # an order starts at its first line with an amount
    for line in past.purchases():
        started.setdefault(line["order_id"], line["ordered_at"])
    last = max(complaint.opened for complaint in complaints)
    return 0 if any(at >= last for at in started.values()) else (past.cutoff - last) / DAY


def _contacts_over(past: Past, contacts: list[Contact], complaints: list[Contact], days: int) -> Values:
    begun = [c for c in contacts if past.inside(c.opened, days)]
    answered = [c for c in contacts if past.inside(c.answered, days)]
    resolved = [c for c in contacts if past.inside(c.resolved, days)]
    promised = [c for c in resolved if c.row["due_at"] is not None]
    minutes = [(c.answered - c.opened) // MINUTE for c in answered]
    until_resolved = [(c.resolved - c.opened) // MINUTE for c in resolved]
    ratings = [thousandths(c.row["csat"]) for c in contacts if past.inside(c.rated, days)]
    prompt = [c for c in answered if c.answered - c.opened <= HOUR]
    kept = [c for c in promised if c.kept_its_promise()]
    channels = ("ticket", "chat", "call", "social")
    return {
        **{f"{channel}_count": sum(1 for c in begun if c.row["channel"] == channel) for channel in channels},
        "contact_count": len(begun),
        "reopened_count": sum(1 for c in contacts if past.inside(c.reopened, days)),
        "mean_first_response": over(sum(minutes), len(minutes)) / 60,
        "answered_within_hour_share": over(len(prompt), len(answered)),
        "mean_resolution": over(sum(until_resolved), len(resolved)) / 60,
        "resolved_as_promised_share": over(len(kept), len(promised)),
        "mean_contact_csat": mean(ratings),
        "complaint_count": sum(1 for c in complaints if past.inside(c.opened, days)),
    }


# --- feedback -------------------------------------------------------------------------------------------------


def of_feedback(past: Past) -> Values:
    rows = past.rows["feedback"]
    found = {"days_since_last_feedback": past.since([row["given_at"] for row in rows])}
    for kind, low, high in (("nps", 0, 10), ("csat", 1, 5), ("cli", 1, 6)):
        found |= _answers(past, kind, low, high)
    last = found["last_nps"]
    found["nps_state"] = NAN if math.isnan(last) else 1 if last >= 9 else 0 if last >= 7 else -1
    for days in WINDOWS:
        kinds = [row["kind"] for row in rows if past.inside(row["given_at"], days)]
        found[f"survey_answer_count_{days}d"] = sum(1 for k in kinds if k in ("nps", "csat", "cli", "survey"))
        found[f"review_count_{days}d"] = kinds.count("review")
        found[f"mention_count_{days}d"] = kinds.count("mention")
    return found | _written(past, "feedback", "given_at", "")


def _answers(past: Past, kind: str, low: int, high: int) -> Values:
    rows = [row for row in past.rows["feedback"] if row["kind"] == kind and row["score"] is not None]
    answers = [(row["given_at"], on_usual_scale(row, low, high)) for row in rows]
    year = [answer for at, answer in answers if past.inside(at, 365)]
    quarter = [answer for at, answer in answers if past.inside(at, 90)]
    last = answers[-1][1] / 1000 if answers else NAN
    return {
        f"last_{kind}": last,
        f"mean_{kind}_90d": mean(quarter),
        f"mean_{kind}_365d": mean(year),
        f"lowest_{kind}_365d": min(year) / 1000 if year else NAN,
        f"{kind}_trend": last - mean([answer for _, answer in answers]),
    }


def on_usual_scale(row: Row, low: int, high: int) -> int:
    """Thousandths, rounded down; an answer outside its own scale is at its end."""
    least = thousandths(low if row["scale_min"] is None else row["scale_min"])
    most = thousandths(high if row["scale_max"] is None else row["scale_max"])
    width = max(most - least, 1)
    above = min(max(thousandths(row["score"]) - least, 0), width)
    return 1000 * low + above * 1000 * (high - low) // width


def _written(past: Past, table: str, time: str, prefix: str) -> Values:
    rows = [row for row in past.rows[table] if row["polarity"] is not None]
    texts = [(row[time], min(max(thousandths(row["polarity"]), -1000), 1000)) for row in rows]
    found = {f"last_{prefix}polarity": texts[-1][1] / 1000 if texts else NAN}
    for days in (90, 365):
        window = [polarity for at, polarity in texts if past.inside(at, days)]
        found[f"mean_{prefix}polarity_{days}d"] = mean(window)
        negative = [polarity for polarity in window if polarity < 0]
        found[f"negative_{prefix}text_share_{days}d"] = over(len(negative), len(window))
    found[f"lowest_{prefix}polarity_365d"] = min(window) / 1000 if window else NAN
    short, long = (found[f"mean_{prefix}polarity_{days}d"] for days in (90, 365))
    found[f"{prefix}polarity_trend_90_365"] = short - long
    for aspect in ASPECTS:
        found[f"unhappy_{prefix}about_{aspect}_count_365d"] = sum(
            past.inside(at, 365)
            and polarity < 0
            and aspect in (row["aspects"] or "").replace(" ", "").split(",")
            for row, (at, polarity) in zip(rows, texts, strict=True)
        )
    return found


# --- loyalty events -------------------------------------------------------------------------------------------


def of_loyalty_events(past: Past, shop: Shop) -> Values:
    events = past.rows["loyalty_events"]
    times = {kind: [e["occurred_at"] for e in events if e["type"] == kind] for kind in ("redeem", "enrol")}
    earned = [e["occurred_at"] for e in events if e["type"] == "earn" and thousandths(e["points"]) > 0]
    recommended = [event for event in events if event["type"] == "referral"]
    ordered = [shop.first_orders.get(event["referred_customer_id"]) for event in recommended]
    found: Values = {
        "days_since_last_redemption": past.since(times["redeem"]),
        "days_since_points_earned": past.since(earned),
        "days_since_enrolment": past.since(times["enrol"]),
        "referral_count": len(recommended),
        "converted_referral_count": sum(1 for at in ordered if at is not None and at < past.cutoff),
        "tier_change_count_365d": _count(past, "tier_change", 365),
        "points_balance": (_moved(past, "earn") + _moved(past, "adjust") - _used(past)) / 1000,
        "points_about_to_lapse": _about_to_lapse(past) / 1000,
        "redemption_rate_365d": over(_used(past, ("redeem",), 365), _moved(past, "earn", 365)),
    }
    for days in WINDOWS:
        found[f"points_earned_{days}d"] = _moved(past, "earn", days) / 1000
        found[f"points_spent_{days}d"] = _used(past, ("redeem",), days) / 1000
        found[f"points_lapsed_{days}d"] = _used(past, ("expire",), days) / 1000
        found[f"redemption_count_{days}d"] = _count(past, "redeem", days)
    return found | _tier(past, shop) | _membership(past)


def _events(past: Past, kind: str, days: int | None) -> list[Row]:
    of_kind = [event for event in past.rows["loyalty_events"] if event["type"] == kind]
    return [event for event in of_kind if days is None or past.inside(event["occurred_at"], days)]


def _count(past: Past, kind: str, days: int) -> int:
    return len(_events(past, kind, days))


def _moved(past: Past, kind: str, days: int | None = None) -> int:
    """Points with their sign."""
    return sum(thousandths(event["points"]) for event in _events(past, kind, days))


def _used(past: Past, kinds: tuple[str, ...] = ("redeem", "expire"), days: int | None = None) -> int:
    """Points that left, whatever sign they were booked with."""
    return sum(abs(thousandths(e["points"])) for kind in kinds for e in _events(past, kind, days))


def _about_to_lapse(past: Past) -> int:
    used, gone, soon = _used(past), 0, 0
    for event in past.rows["loyalty_events"]:
        points, lapse = thousandths(event["points"]), event["expires_at"]
        if event["type"] in ("earn", "adjust") and points < 0:
            used -= points
        if event["type"] == "earn" and points > 0 and lapse is not None:
            gone += points if lapse < past.cutoff else 0
            soon += points if lapse < past.cutoff + 30 * DAY else 0
    return max(soon - max(used, gone), 0)


def _tier(past: Past, shop: Shop) -> Values:
    named = [e for e in past.rows["loyalty_events"] if e["type"] in ("enrol", "tier_change") and e["tier"]]
    level = shop.tier_points.get(named[-1]["tier"]) if named else None
    found = {"days_in_tier": past.since([event["occurred_at"] for event in named])}
    found |= {"tier_points": NAN if level is None else level, "points_to_next_tier": NAN}
    above = [points for points in shop.tier_points.values() if level is not None and points > level]
    if above:
        found["points_to_next_tier"] = max(min(above) - _moved(past, "earn", 365) / 1000, 0)
    return found


def _membership(past: Past) -> Values:
    kinds = ("membership_start", "membership_end")
    events = [event for event in past.rows["loyalty_events"] if event["type"] in kinds]
    if not events:
        return {"membership_state": 0, "days_to_membership_end": NAN}
    if events[-1]["type"] == "membership_end":
        return {"membership_state": -1, "days_to_membership_end": NAN}
    end = events[-1]["expires_at"]
    if end is None:
        return {"membership_state": 1, "days_to_membership_end": NAN}
    if end <= past.cutoff:
        return {"membership_state": -1, "days_to_membership_end": NAN}
    return {"membership_state": 1, "days_to_membership_end": (end - past.cutoff) / DAY}


# --- visits ---------------------------------------------------------------------------------------------------


def of_visits(past: Past) -> Values:
    visits = past.rows["visits"]
    on_pages = [visit["occurred_at"] for visit in visits if visit["kind"] in ON_PAGES]
    mails = [visit["occurred_at"] for visit in visits if visit["kind"] in ("email_open", "email_click")]
    found = {
        "days_since_last_visit": past.since(on_pages),
        "days_since_last_email_reaction": past.since(mails),
    }
    for days in WINDOWS:
        found |= {f"{name}_{days}d": value for name, value in _visits_over(past, days).items()}
    for days in (30, 90):
        found[f"seen_not_bought_count_{days}d"] = _seen_not_bought(past, days)
    for days in (90, 365):
        opened, followed = found[f"email_open_count_{days}d"], found[f"email_click_count_{days}d"]
        found[f"email_click_rate_{days}d"] = over(followed, opened)
    found["visit_trend_30_90"] = over(3 * found["page_view_count_30d"], found["page_view_count_90d"])
    return found


def _visits_over(past: Past, days: int) -> Values:
    visits = [visit for visit in past.rows["visits"] if past.inside(visit["occurred_at"], days)]
    kinds = [visit["kind"] for visit in visits]
    on_pages = [visit for visit in visits if visit["kind"] in ON_PAGES]
    return {
        "page_view_count": kinds.count("view"),
        "search_count": kinds.count("search"),
        "basket_addition_count": kinds.count("cart"),
        "email_open_count": kinds.count("email_open"),
        "email_click_count": kinds.count("email_click"),
        "session_count": len({visit["session_id"] for visit in on_pages} - {None}),
        "topic_count": len({visit["topic"] for visit in on_pages} - {None}),
        "page_minutes": sum(max(thousandths(visit["duration_s"]), 0) for visit in on_pages) / 60_000,
        "abandoned_basket_count": _abandoned(past, days),
    }


def _abandoned(past: Past, days: int) -> int:
    baskets = [visit["occurred_at"] for visit in past.rows["visits"] if visit["kind"] == "cart"]
    bought = [line["ordered_at"] for line in past.purchases()]
    left = [at for at in baskets if not any(at <= order < at + DAY for order in bought)]
    return sum(1 for at in left if past.inside(at + DAY, days))


def _seen_not_bought(past: Past, days: int) -> int:
    seen: dict[str, datetime] = {}  # when each product was looked at last
    for visit in past.rows["visits"]:
        if visit["kind"] == "view" and visit["product_id"] is not None:
            seen[visit["product_id"]] = visit["occurred_at"]
    for line in past.purchases():
        if line["product_id"] in seen and line["ordered_at"] >= seen[line["product_id"]]:
            del seen[line["product_id"]]
    return sum(1 for at in seen.values() if past.inside(at, days))


# --- offer events ---------------------------------------------------------------------------------------------


def of_offer_events(past: Past) -> Values:
    events = past.rows["offer_events"]
    shown = [event["occurred_at"] for event in events if event["event"] == "shown"]
    taken: dict[tuple[str, str], datetime] = {}  # when each offer was first accepted or redeemed
    for event in events:
        if event["event"] in ("accepted", "redeemed"):
            taken.setdefault((event["decision_id"], event["offer_id"]), event["occurred_at"])
    last = max(taken.values(), default=EVER)
    found: Values = {
        "offer_fatigue": sum(1 for at in shown if at > last),
        "days_since_last_offer": past.since(shown),
        "days_since_offer_taken": past.since(list(taken.values())),
    }
    for days in WINDOWS:
        window = [event for event in events if past.inside(event["occurred_at"], days)]
        found[f"offers_shown_{days}d"] = sum(1 for event in window if event["event"] == "shown")
        found[f"offers_taken_{days}d"] = sum(1 for at in taken.values() if past.inside(at, days))
        found[f"offers_dismissed_{days}d"] = sum(1 for event in window if event["event"] == "dismissed")
        found[f"offers_ignored_{days}d"] = _ignored(past, days)
    found["offer_take_rate_365d"] = over(found["offers_taken_365d"], found["offers_shown_365d"])
    found["offer_value_365d"] = sum(event["value"] or 0 for event in window if event["event"] == "redeemed")
    return found


def _ignored(past: Past, days: int) -> int:
    count = 0
    for shown in past.rows["offer_events"]:
        waited = shown["occurred_at"] + 14 * DAY
        if shown["event"] == "shown" and past.inside(waited, days):
            count += not any(_answers_it(event, shown, waited) for event in past.rows["offer_events"])
    return count


def _answers_it(event: Row, shown: Row, until: datetime) -> bool:
    answer = event["event"] in ("accepted", "redeemed", "dismissed") and event["occurred_at"] <= until
    return answer and all(event[name] == shown[name] for name in ("decision_id", "offer_id"))
