"""Features of offers shown and taken. Each docstring is the feature's entry in the dictionary."""

from __future__ import annotations

import numpy as np

from features.kernel.columns import NEVER, Floats, Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.loops import FIRST_OF_KEY
from features.kernel.rows import Rows
from features.kernel.stream import DAY_US, Moment, Raw, Source, Stream
from features.kernel.windows import Window, ratio

NAN = float("nan")
WINDOWS = (30, 90, 365)
PATIENCE_DAYS = 14
"""Days after which an offer that was shown and not taken counts as ignored."""


def _shown(raw: Raw) -> Int:
    return np.where(raw.equals("event", "shown"), raw.time, NEVER)


def _answered(raw: Raw) -> Int:
    return np.where(raw.equals("event", "shown"), NEVER, raw.time)


def _waited(raw: Raw) -> Int:
    return np.where(raw.equals("event", "shown"), raw.time + PATIENCE_DAYS * DAY_US, NEVER)


OFFER_EVENTS = Stream(
    "offer_events",
    (
        Source(
            "offer_events",
            "occurred_at",
            ("decision_id", "offer_id", "event"),
            # in this order at one instant: an offer taken as it was shown was shown first
            (
                Moment("shown", _shown, ("event",)),
                Moment("answered", _answered, ("event",)),
                Moment("waited", _waited, ("event",)),
            ),
        ),
    ),
)
CATALOGUE = Catalogue(OFFER_EVENTS)
measure, feature = CATALOGUE.measure, CATALOGUE.feature


def _is(rows: Rows, *kinds: str) -> Mask:
    among: Mask = np.logical_or.reduce([rows.equals("event", kind) for kind in kinds])
    return rows.at("answered") & among


def _offer(rows: Rows) -> Int:
    """A code of the decision and the offer together: what was shown once."""

    def code() -> Int:
        pair = rows.code("decision_id") << 32 | rows.code("offer_id")
        numbered: Int = np.unique(pair, return_inverse=True)[1].astype(np.int64)
        return numbered

    return rows.once("offer shown", code)


@measure()
def shown(rows: Rows) -> Int:
    """1 for an offer that was shown."""
    return flags(rows.at("shown"))


@measure()
def taken(rows: Rows) -> Int:
    """1 where an offer is first accepted or redeemed."""
    return flags(rows.same_before(_offer(rows), _is(rows, "accepted", "redeemed")) == FIRST_OF_KEY)


@measure()
def dismissed(rows: Rows) -> Int:
    """1 for an offer that was dismissed."""
    return flags(_is(rows, "dismissed"))


@measure()
def ignored(rows: Rows) -> Int:
    """1 where PATIENCE_DAYS have passed since an offer was shown, and it has neither been taken nor dismissed."""
    answers = _is(rows, "accepted", "redeemed", "dismissed")
    before = rows.same_before(_offer(rows), answers | rows.at("waited"))
    return flags(rows.at("waited") & (rows.running(before, flags(answers)) == 0))


@measure()
def shown_since_taken(rows: Rows) -> Int:
    """Offers shown since one was last taken, so far."""
    total = rows.so_far(rows.measure("shown"))
    row = np.flatnonzero(rows.measure("taken"))
    return total - rows.carried(row, total[row], 0)


@measure()
def shown_time(rows: Rows) -> Int:
    """Instant at which an offer was last shown so far."""
    return rows.latest(rows.at("shown"))


@measure()
def taken_time(rows: Rows) -> Int:
    """Instant at which an offer was last taken so far."""
    return rows.latest(rows.measure("taken") > 0)


@measure("value")
def worth(rows: Rows) -> Int:
    """What a redemption was worth."""
    return np.where(_is(rows, "redeemed"), rows.number("value"), 0)


@feature(unit="offers", when_empty=0, driver="offers", windows=WINDOWS)
def offers_shown(w: Window) -> Floats:
    """Offers shown."""
    return w.sum("shown")


@feature(unit="offers", when_empty=0, driver="offers", windows=WINDOWS)
def offers_taken(w: Window) -> Floats:
    """Offers accepted or redeemed, each once: when that first happened."""
    return w.sum("taken")


@feature(unit="offers", when_empty=0, driver="offers", windows=WINDOWS)
def offers_dismissed(w: Window) -> Floats:
    """Offers dismissed."""
    return w.sum("dismissed")


@feature(unit="offers", when_empty=0, driver="offers", windows=WINDOWS)
def offers_ignored(w: Window) -> Floats:
    """Offers neither taken nor dismissed up to 14 days after being shown; counted after those days."""
    return w.sum("ignored")


@feature(unit="ratio", when_empty=NAN, driver="offers", windows=(365,))
def offer_take_rate(w: Window) -> Floats:
    """Offers taken over offers shown."""
    return ratio(w.sum("taken"), w.sum("shown"))


@feature(unit="offers", when_empty=0, driver="offers")
def offer_fatigue(w: Window) -> Floats:
    """Offers shown after one was last taken; all of them where none was."""
    return w.last("shown_since_taken")


@feature(unit="days", when_empty=NAN, driver="offers")
def days_since_last_offer(w: Window) -> Floats:
    """Days from the latest offer shown to the cutoff."""
    return w.days_since("shown_time")


@feature(unit="days", when_empty=NAN, driver="offers")
def days_since_offer_taken(w: Window) -> Floats:
    """Days from the latest offer taken, when it was first accepted or redeemed, to the cutoff."""
    return w.days_since("taken_time")


@feature(unit="minor units", when_empty=0, driver="offers", windows=(365,))
def offer_value(w: Window) -> Floats:
    """What redeemed offers were worth."""
    return w.sum("worth")
