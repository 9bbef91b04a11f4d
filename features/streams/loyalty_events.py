"""Features of the loyalty programme's ledger. Each docstring is the feature's entry in the dictionary.

Points are used up in the order in which they lapse, so what is about to lapse follows from sums: points that lapse
within 30 days, less all that was redeemed, taken away or booked as lapsed so far, or less all whose day has passed
where that is more, since nobody may have booked it. It is exact where all points live equally long; where lives
differ it may find fewer points, never more. The balance is as booked.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import NEVER, Floats, Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.stream import DAY_US, Moment, Raw, Source, Stream
from features.kernel.windows import Window, ratio

NAN = float("nan")
WINDOWS = (30, 90, 365)
SOON_DAYS = 30
TIER_DAYS = 365
TIERS = "settings.features.tier_points"
FOREVER = int(np.iinfo(np.int64).max) // 2
FOREVER_DAYS = 1_000_000


def _lapses_soon(raw: Raw) -> Int:
    """From when points earned are about to lapse: SOON_DAYS before they do, not before they are earned."""
    lapse = raw.instant("expires_at")
    soon = np.where(lapse == NEVER, NEVER, np.maximum(lapse - SOON_DAYS * DAY_US, raw.time))
    return np.where(raw.equals("type", "earn"), soon, NEVER)


def _lapses(raw: Raw) -> Int:
    """When points earned lapse, booked or not; not before they are earned."""
    return np.where(raw.equals("type", "earn"), raw.not_before(raw.instant("expires_at")), NEVER)


def _converted(raw: Raw) -> Int:
    """When the first order of the customer who was recommended is known."""
    first = raw.converted("referred_customer_id")
    return np.where(raw.equals("type", "referral"), raw.not_before(first), NEVER)


LOYALTY_EVENTS = Stream(
    "loyalty_events",
    (
        Source(
            "loyalty_events",
            "occurred_at",
            ("event_id",),
            (
                Moment("happened", lambda raw: raw.time),
                Moment("lapses_soon", _lapses_soon, ("type", "expires_at")),
                Moment("lapses", _lapses, ("type", "expires_at")),
                Moment("converted", _converted, ("type", "referred_customer_id")),
            ),
        ),
    ),
)
CATALOGUE = Catalogue(LOYALTY_EVENTS)
measure, feature = CATALOGUE.measure, CATALOGUE.feature


def _is(rows: Rows, kind: str) -> Mask:
    return rows.at("happened") & rows.equals("type", kind)


def _points(rows: Rows) -> Int:
    """Points moved, without their sign, thousandths."""
    return np.abs(rows.scaled("points", 1000))


# --- points ---------------------------------------------------------------------------------------------------


@measure("points")
def earned(rows: Rows) -> Int:
    """Points earned, thousandths, less those taken back from what was earned (negative)."""
    return np.where(_is(rows, "earn"), rows.scaled("points", 1000), 0)


@measure("points")
def redeemed(rows: Rows) -> Int:
    """Points redeemed, thousandths, whatever sign they were booked with."""
    return np.where(_is(rows, "redeem"), _points(rows), 0)


@measure("points")
def lapsed(rows: Rows) -> Int:
    """Points that lapsed, thousandths, whatever sign they were booked with."""
    return np.where(_is(rows, "expire"), _points(rows), 0)


@measure("points")
def adjusted(rows: Rows) -> Int:
    """Points put right by hand, thousandths, with their sign."""
    return np.where(_is(rows, "adjust"), rows.scaled("points", 1000), 0)


@measure("points")
def taken_away(rows: Rows) -> Int:
    """Points taken away by hand or taken back from what was earned, thousandths."""
    return np.maximum(-rows.measure("adjusted"), 0) + np.maximum(-rows.measure("earned"), 0)


@measure("points", "expires_at")
def lapsing(rows: Rows) -> Int:
    """Points earned, thousandths, at the time from which they are about to lapse."""
    return np.where(rows.at("lapses_soon"), np.maximum(rows.scaled("points", 1000), 0), 0)


@measure("points", "expires_at")
def past_their_day(rows: Rows) -> Int:
    """Points earned, thousandths, at the time at which they lapse, booked or not."""
    return np.where(rows.at("lapses"), np.maximum(rows.scaled("points", 1000), 0), 0)


@measure()
def redemptions(rows: Rows) -> Int:
    """1 for a redemption."""
    return flags(_is(rows, "redeem"))


@measure()
def redemption_time(rows: Rows) -> Int:
    """Instant of the latest redemption so far."""
    return rows.latest(_is(rows, "redeem"))


@measure("points")
def earning_time(rows: Rows) -> Int:
    """Instant at which points were last earned so far; points taken back are not earned."""
    return rows.latest(rows.measure("earned") > 0)


@feature(unit="points", when_empty=0, driver="points")
def points_balance(w: Window) -> Floats:
    """Points on the account: earned and adjusted, less redeemed and lapsed."""
    return (w.sum("earned") + w.sum("adjusted") - w.sum("redeemed") - w.sum("lapsed")) / 1000


@feature(unit="points", when_empty=0, driver="points", windows=WINDOWS)
def points_earned(w: Window) -> Floats:
    """Points earned, less those taken back (booked as earned with a minus)."""
    return w.sum("earned") / 1000


@feature(unit="points", when_empty=0, driver="points", windows=WINDOWS)
def points_spent(w: Window) -> Floats:
    """Points redeemed, whatever sign they were booked with."""
    return w.sum("redeemed") / 1000


@feature(unit="points", when_empty=0, driver="points", windows=WINDOWS)
def points_lapsed(w: Window) -> Floats:
    """Points that lapsed."""
    return w.sum("lapsed") / 1000


@feature(unit="points", when_empty=0, driver="points")
def points_about_to_lapse(w: Window) -> Floats:
    """Points that will lapse before 30 days are over, those being used first that lapse first."""
    used = w.sum("redeemed") + w.sum("lapsed") + w.sum("taken_away")
    return np.maximum(w.sum("lapsing") - np.maximum(used, w.sum("past_their_day")), 0) / 1000


@feature(unit="ratio", when_empty=NAN, driver="points", windows=(365,))
def redemption_rate(w: Window) -> Floats:
    """Points redeemed over points earned."""
    return ratio(w.sum("redeemed"), w.sum("earned"))


@feature(unit="redemptions", when_empty=0, driver="points", windows=WINDOWS)
def redemption_count(w: Window) -> Floats:
    """Redemptions of points."""
    return w.sum("redemptions")


@feature(unit="days", when_empty=NAN, driver="points")
def days_since_last_redemption(w: Window) -> Floats:
    """Days from the latest redemption to the cutoff."""
    return w.days_since("redemption_time")


@feature(unit="days", when_empty=NAN, driver="points")
def days_since_points_earned(w: Window) -> Floats:
    """Days from the latest points earned to the cutoff."""
    return w.days_since("earning_time")


# --- enrolment and tiers --------------------------------------------------------------------------------------


@measure()
def enrolment_time(rows: Rows) -> Int:
    """Instant of the latest enrolment so far."""
    return rows.latest(_is(rows, "enrol"))


@measure("tier")
def tier_moves(rows: Rows) -> Int:
    """1 for a change of tier."""
    return flags(_is(rows, "tier_change"))


@measure("tier")
def tier_time(rows: Rows) -> Int:
    """Instant from which the tier of now holds."""
    row = _tier_rows(rows)
    return rows.carried(row, rows.time[row])


@measure("tier", TIERS)
def tier_level(rows: Rows) -> Int:
    """Points that the tier of now asks for; NEVER outside the tiers that were named."""
    row = _tier_rows(rows)
    return rows.carried(row, rows.level("tier", "tier_points")[row])


def _tier_rows(rows: Rows) -> Int:
    """Rows that say a tier."""
    return np.flatnonzero((_is(rows, "tier_change") | _is(rows, "enrol")) & rows.filled("tier"))


@feature(unit="days", when_empty=NAN, driver="programme")
def days_since_enrolment(w: Window) -> Floats:
    """Days from joining the programme, the latest time if there are several, to the cutoff."""
    return w.days_since("enrolment_time")


@feature(unit="changes", when_empty=0, driver="programme", windows=(365,))
def tier_change_count(w: Window) -> Floats:
    """Changes of tier."""
    return w.sum("tier_moves")


@feature(unit="days", when_empty=NAN, driver="programme")
def days_in_tier(w: Window) -> Floats:
    """Days from entering the tier of now to the cutoff: the latest enrolment or change that names a tier."""
    return w.days_since("tier_time")


@feature(unit="points", when_empty=NAN, driver="programme")
def tier_points(w: Window) -> Floats:
    """Points in 365 days that the tier of now asks for, from `[features] tier_points`: the rank of the tier."""
    return w.last("tier_level")


@feature(unit="points", when_empty=NAN, driver="programme")
def points_to_next_tier(w: Window) -> Floats:
    """Points that the next tier asks for, less those earned in 365 days, at least 0; empty in the highest."""
    return np.maximum(w.last("next_tier_level") - w.over(TIER_DAYS).sum("earned") / 1000, 0)


@measure("tier", "points", TIERS)
def next_tier_level(rows: Rows) -> Int:
    """Points that the tier above the one of now asks for; NEVER in the highest and outside the tiers."""
    row = _tier_rows(rows)
    level = rows.level("tier", "tier_points")[row]
    steps = np.array(sorted(rows.levels("tier_points")), np.int64)
    above = np.append(steps, NEVER)[np.searchsorted(steps, level, side="right")]
    return rows.carried(row, np.where(level == NEVER, NEVER, above))


# --- referrals and memberships --------------------------------------------------------------------------------


@measure()
def referrals(rows: Rows) -> Int:
    """1 for a recommendation that brought somebody."""
    return flags(_is(rows, "referral"))


@measure("referred_customer_id")
def conversions(rows: Rows) -> Int:
    """1 where the first order of somebody recommended is known."""
    return flags(rows.at("converted"))


@measure(optional=("expires_at",))
def membership_until(rows: Rows) -> Int:
    """Instant at which the paid membership of now ends; the end of time where none is set."""
    starts, ends = _is(rows, "membership_start"), _is(rows, "membership_end")
    row = np.flatnonzero(starts | ends)
    until = rows.instant("expires_at")
    until = np.where(until == NEVER, FOREVER, until)
    return rows.carried(row, np.where(ends, rows.time, until)[row])


@feature(unit="referrals", when_empty=0, driver="programme")
def referral_count(w: Window) -> Floats:
    """Recommendations that brought somebody, over all history."""
    return w.sum("referrals")


@feature(unit="referrals", when_empty=0, driver="programme")
def converted_referral_count(w: Window) -> Floats:
    """Recommendations that brought somebody who has ordered, over all history."""
    return w.sum("conversions")


@feature(unit="index", when_empty=0, driver="programme")
def membership_state(w: Window) -> Floats:
    """Paid membership: 1 running, -1 ended, 0 never had."""
    left = w.days_since("membership_until")
    return np.where(np.isnan(left), 0.0, np.where(left < 0, 1.0, -1.0))


@feature(unit="days", when_empty=NAN, driver="programme")
def days_to_membership_end(w: Window) -> Floats:
    """Days from the cutoff to the end of the paid membership; empty without one, or without an end."""
    left = -w.days_since("membership_until")
    return np.where((left > 0) & (left < FOREVER_DAYS), left, np.nan)
