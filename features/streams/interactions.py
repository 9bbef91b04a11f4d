"""Features of contacts with the service. Each docstring is the feature's entry in the dictionary.

A contact says several things, each at its own time: it was opened, answered, due, resolved, opened again, rated.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import NEVER, Floats, Int, flags
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.stream import INGESTED_AT, Moment, Raw, Source, Stream
from features.kernel.windows import Window, ratio
from features.streams.texts import declare_texts

NAN = float("nan")
WINDOWS = (30, 90, 365)
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
RATINGS = "csat_at or ingested_at"


def _rated(raw: Raw) -> Int:
    """When the rating was known: at its own time, else with the row, else never."""
    at = raw.instant("csat_at")
    at = np.where(at == NEVER, raw.instant(INGESTED_AT), at)
    return np.where(raw.columns.filled("csat"), raw.not_before(at), NEVER)


def _reopened(raw: Raw) -> Int:
    """When a resolved contact was opened again; one opened again before its resolution was simply open."""
    at, resolved = raw.instant("reopened_at"), raw.instant("resolved_at")
    return np.where((resolved != NEVER) & (at >= resolved), raw.not_before(at), NEVER)


def _moment(name: str, column: str) -> Moment:
    return Moment(name, lambda raw: raw.not_before(raw.instant(column)), (column,))


INTERACTIONS = Stream(
    "interactions",
    (
        Source(
            "interactions",
            "opened_at",
            ("interaction_id",),
            (
                Moment("opened", lambda raw: raw.time),
                _moment("answered", "first_response_at"),
                _moment("due", "due_at"),
                _moment("resolved", "resolved_at"),
                Moment("reopened", _reopened, ("reopened_at", "resolved_at")),
                Moment("rated", _rated, ("csat", "csat_at")),
            ),
        ),
    ),
)
CATALOGUE = Catalogue(INTERACTIONS)
measure, feature = CATALOGUE.measure, CATALOGUE.feature


@measure()
def contacts(rows: Rows) -> Int:
    """1 where a contact begins."""
    return flags(rows.at("opened"))


@measure()
def contact_time(rows: Rows) -> Int:
    """Instant of the latest contact so far."""
    return rows.latest(rows.at("opened"))


def _declare_channel(channel: str) -> None:
    def begun(rows: Rows) -> Int:
        return flags(rows.at("opened") & rows.equals("channel", channel))

    begun.__name__ = f"{channel}s"
    measure("channel")(begun)

    def count(w: Window) -> Floats:
        return w.sum(f"{channel}s")

    count.__name__ = f"{channel}_count"
    count.__doc__ = f"Contacts with the service through the channel `{channel}`."
    feature(unit="contacts", when_empty=0, driver="service", windows=WINDOWS)(count)


@feature(unit="contacts", when_empty=0, driver="service", windows=WINDOWS)
def contact_count(w: Window) -> Floats:
    """Contacts with the service, by whatever channel."""
    return w.sum("contacts")


for _channel in ("ticket", "chat", "call", "social"):
    _declare_channel(_channel)


@feature(unit="days", when_empty=NAN, driver="service")
def days_since_last_contact(w: Window) -> Floats:
    """Days from the latest contact with the service to the cutoff."""
    return w.days_since("contact_time")


# --- open cases -----------------------------------------------------------------------------------------------


@measure("resolved_at")
def open_change(rows: Rows) -> Int:
    """Cases that open, less cases that are resolved."""
    return flags(rows.at("opened") | rows.at("reopened")) - flags(rows.at("resolved"))


@measure("reopened_at", "resolved_at")
def reopenings(rows: Rows) -> Int:
    """1 where a resolved case is opened again."""
    return flags(rows.at("reopened"))


@measure("due_at", "resolved_at", optional=("reopened_at",))
def overdue_change(rows: Rows) -> Int:
    """Open cases whose promised time passes, and cases opened again after it, less those resolved after it."""
    due, resolved, reopened = _due(rows), rows.instant("resolved_at"), rows.instant("reopened_at")
    is_open = (resolved == NEVER) | (resolved > due) | ((reopened >= resolved) & (reopened <= due))
    after = (rows.instant("due_at") != NEVER) & (rows.time > due)
    begins = (rows.at("due") & is_open) | (rows.at("reopened") & after)
    return flags(begins) - flags(rows.at("resolved") & after)


def _opened(rows: Rows) -> Int:
    return rows.instant("opened_at")


def _due(rows: Rows) -> Int:
    """The promised time, or the opening where that is later."""
    return np.maximum(rows.instant("due_at"), _opened(rows))


@feature(unit="cases", when_empty=0, driver="service")
def open_case_count(w: Window) -> Floats:
    """Contacts that are not resolved at the cutoff, those opened again included."""
    return w.sum("open_change")


@feature(unit="cases", when_empty=0, driver="service")
def overdue_case_count(w: Window) -> Floats:
    """Contacts whose promised time has passed and that are not resolved, those opened again included."""
    return w.sum("overdue_change")


@feature(unit="cases", when_empty=0, driver="service", windows=WINDOWS)
def reopened_count(w: Window) -> Floats:
    """Contacts that were opened again at or after their resolution."""
    return w.sum("reopenings")


# --- how soon -------------------------------------------------------------------------------------------------


@measure("first_response_at")
def answers(rows: Rows) -> Int:
    """1 where a contact is first answered."""
    return flags(rows.at("answered"))


@measure("first_response_at")
def answer_minutes(rows: Rows) -> Int:
    """Whole minutes from opening to first answer, begun minutes left out."""
    return np.where(rows.at("answered"), (rows.time - _opened(rows)) // MINUTE_US, 0)


@measure("first_response_at")
def prompt_answers(rows: Rows) -> Int:
    """1 for a first answer within the hour."""
    return flags(rows.at("answered") & (rows.time - _opened(rows) <= HOUR_US))


@measure("resolved_at")
def resolutions(rows: Rows) -> Int:
    """1 where a contact is resolved."""
    return flags(rows.at("resolved"))


@measure("resolved_at")
def resolution_minutes(rows: Rows) -> Int:
    """Whole minutes from opening to resolution, begun minutes left out."""
    return np.where(rows.at("resolved"), (rows.time - _opened(rows)) // MINUTE_US, 0)


@measure("due_at", "resolved_at")
def promised_resolutions(rows: Rows) -> Int:
    """1 for a resolution that had been promised by a time."""
    return flags(rows.at("resolved") & (rows.instant("due_at") != NEVER))


@measure("due_at", "resolved_at")
def kept_promises(rows: Rows) -> Int:
    """1 for a resolution by the promised time."""
    return rows.measure("promised_resolutions") * (rows.time <= _due(rows))


@feature(unit="hours", when_empty=NAN, driver="service", windows=WINDOWS)
def mean_first_response(w: Window) -> Floats:
    """Mean time to the first answer, in whole minutes each, of contacts first answered in the window."""
    return ratio(w.sum("answer_minutes"), w.sum("answers")) / 60


@feature(unit="share", when_empty=NAN, driver="service", windows=WINDOWS)
def answered_within_hour_share(w: Window) -> Floats:
    """Share answered within the hour, of contacts first answered in the window."""
    return ratio(w.sum("prompt_answers"), w.sum("answers"))


@feature(unit="hours", when_empty=NAN, driver="service", windows=WINDOWS)
def mean_resolution(w: Window) -> Floats:
    """Mean time to resolution, in whole minutes each, of contacts resolved in the window."""
    return ratio(w.sum("resolution_minutes"), w.sum("resolutions")) / 60


@feature(unit="share", when_empty=NAN, driver="service", windows=WINDOWS)
def resolved_as_promised_share(w: Window) -> Floats:
    """Share resolved by the promised time, of contacts with such a time that were resolved in the window."""
    return ratio(w.sum("kept_promises"), w.sum("promised_resolutions"))


# --- satisfaction ---------------------------------------------------------------------------------------------


@measure("csat", RATINGS)
def ratings(rows: Rows) -> Int:
    """1 where a contact is rated."""
    return flags(rows.at("rated"))


@measure("csat", RATINGS)
def rating(rows: Rows) -> Int:
    """The rating in thousandths, as answered."""
    return np.where(rows.at("rated"), rows.scaled("csat", 1000), 0)


@measure("csat", RATINGS)
def last_rating(rows: Rows) -> Int:
    """The latest rating so far, thousandths."""
    row = np.flatnonzero(rows.at("rated"))
    return rows.carried(row, rows.measure("rating")[row])


@feature(unit="points", when_empty=NAN, driver="satisfaction")
def last_contact_csat(w: Window) -> Floats:
    """Latest satisfaction with a contact, as answered."""
    return w.last("last_rating") / 1000


@feature(unit="points", when_empty=NAN, driver="satisfaction", windows=WINDOWS)
def mean_contact_csat(w: Window) -> Floats:
    """Mean satisfaction with contacts, of ratings given in the window."""
    return ratio(w.sum("rating"), w.sum("ratings")) / 1000


@feature(unit="difference", when_empty=NAN, driver="satisfaction")
def contact_csat_trend_90_365(w: Window) -> Floats:
    """Mean satisfaction with contacts of the last 90 days less that of the last 365."""
    return mean_contact_csat(w.over(90)) - mean_contact_csat(w.over(365))


# --- complaints -----------------------------------------------------------------------------------------------


@measure("topic")
def complaints(rows: Rows) -> Int:
    """1 where a contact about one of the topics of complaint begins."""
    return flags(rows.at("opened") & rows.listed("topic", "complaint_topics"))


@measure("topic")
def complaint_time(rows: Rows) -> Int:
    """Instant of the latest complaint so far."""
    return rows.latest(rows.measure("complaints") > 0)


@feature(unit="complaints", when_empty=0, driver="service", windows=WINDOWS)
def complaint_count(w: Window) -> Floats:
    """Contacts about one of the topics in `[features] complaint_topics`."""
    return w.sum("complaints")


@feature(unit="days", when_empty=NAN, driver="service")
def days_since_last_complaint(w: Window) -> Floats:
    """Days from the latest complaint to the cutoff."""
    return w.days_since("complaint_time")


@feature(unit="days", when_empty=0, driver="service")
def days_silent_since_complaint(w: Window) -> Floats:
    """Days from the latest complaint to the cutoff where no order was placed at or after it; else 0."""
    complaint, order = w.days_since("complaint_time"), w.of("order_lines").days_since("last_order_time")
    return np.where(order <= complaint, 0.0, complaint)


# --- what was written -----------------------------------------------------------------------------------------

declare_texts(CATALOGUE, lambda rows: rows.at("opened"), prefix="contact_", what="messages to the service")
