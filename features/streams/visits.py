"""Features of visits to the shop's pages and of e-mails. Each docstring is the feature's entry in the dictionary.

The stream also holds the order lines: what was seen but not bought, and which baskets were left, is told by both.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import NEVER, Floats, Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.loops import NO_KEY
from features.kernel.rows import Rows
from features.kernel.stream import DAY_US, Moment, Raw, Source, Stream
from features.kernel.windows import Window, ratio

NAN = float("nan")
WINDOWS = (30, 90, 365)
ON_PAGES = ("view", "search", "cart")


def _basket_left(raw: Raw) -> Int:
    """A day after something was put into the basket: by then it was ordered, or left."""
    return np.where(raw.equals("kind", "cart"), raw.time + DAY_US, NEVER)


def _bought(raw: Raw) -> Int:
    return np.where(raw.columns.number("amount") > 0, raw.time, NEVER)


VISITS = Stream(
    "visits",
    (
        Source(
            "visits",
            "occurred_at",
            ("visit_id",),
            (Moment("came", lambda raw: raw.time), Moment("basket_left", _basket_left, ("kind",))),
        ),
        Source(
            "order_lines", "ordered_at", ("order_id", "line_id"), (Moment("bought", _bought, ("amount",)),)
        ),
    ),
)
CATALOGUE = Catalogue(VISITS)
measure, feature = CATALOGUE.measure, CATALOGUE.feature


def _did(rows: Rows, *kinds: str) -> Mask:
    """Rows of one of these kinds."""
    among: Mask = np.logical_or.reduce([rows.equals("kind", kind) for kind in kinds])
    return rows.at("came") & among


def _declare_kind(kind: str, name: str, unit: str, meaning: str, driver: str) -> None:
    def done(rows: Rows) -> Int:
        return flags(_did(rows, kind))

    done.__name__ = f"{kind}s"
    measure()(done)

    def count(w: Window) -> Floats:
        return w.sum(f"{kind}s")

    count.__name__, count.__doc__ = f"{name}_count", meaning
    feature(unit=unit, when_empty=0, driver=driver, windows=WINDOWS)(count)


_declare_kind("view", "page_view", "page views", "Pages looked at.", "visits")
_declare_kind("search", "search", "searches", "Searches.", "visits")
_declare_kind(
    "cart", "basket_addition", "basket additions", "Times that something was put into the basket.", "visits"
)
_declare_kind("email_open", "email_open", "e-mails", "E-mails opened.", "emails")
_declare_kind("email_click", "email_click", "e-mails", "E-mails in which something was followed.", "emails")


@measure("session_id")
def next_of_session(rows: Rows) -> Int:
    """Next row of the same session, for distinct counts."""
    return _next_among(rows, rows.code("session_id"), _did(rows, *ON_PAGES))


@measure("topic")
def next_of_topic(rows: Rows) -> Int:
    """Next row of the same topic, for distinct counts."""
    return _next_among(rows, rows.code("topic"), _did(rows, *ON_PAGES))


def _next_among(rows: Rows, code: Int, among: Mask) -> Int:
    return rows.same_after(rows.same_before(code, among))


@measure("duration_s")
def seconds(rows: Rows) -> Int:
    """Time on the page, thousandths of a second."""
    return np.where(_did(rows, *ON_PAGES), np.maximum(rows.scaled("duration_s", 1000), 0), 0)


@measure()
def visit_time(rows: Rows) -> Int:
    """Instant of the latest visit to a page so far."""
    return rows.latest(_did(rows, *ON_PAGES))


@measure()
def email_time(rows: Rows) -> Int:
    """Instant of the latest reaction to an e-mail so far."""
    return rows.latest(_did(rows, "email_open", "email_click"))


@feature(unit="sessions", when_empty=0, driver="visits", windows=WINDOWS)
def session_count(w: Window) -> Floats:
    """Different sessions on the shop's pages."""
    return w.distinct("next_of_session")


@feature(unit="minutes", when_empty=0, driver="visits", windows=WINDOWS)
def page_minutes(w: Window) -> Floats:
    """Time spent on the shop's pages."""
    return w.sum("seconds") / 60_000


@feature(unit="topics", when_empty=0, driver="visits", windows=WINDOWS)
def topic_count(w: Window) -> Floats:
    """Different topics of visits to pages."""
    return w.distinct("next_of_topic")


@feature(unit="days", when_empty=NAN, driver="visits")
def days_since_last_visit(w: Window) -> Floats:
    """Days from the latest visit to a page to the cutoff."""
    return w.days_since("visit_time")


@feature(unit="ratio", when_empty=NAN, driver="visits")
def visit_trend_30_90(w: Window) -> Floats:
    """Pages looked at in the last 30 days over a third of those of the last 90: below 1 is coming less."""
    return ratio(3 * w.over(30).sum("views"), w.over(90).sum("views"))


@feature(unit="days", when_empty=NAN, driver="emails")
def days_since_last_email_reaction(w: Window) -> Floats:
    """Days from the latest e-mail opened or followed to the cutoff."""
    return w.days_since("email_time")


@feature(unit="ratio", when_empty=NAN, driver="emails", windows=(90, 365))
def email_click_rate(w: Window) -> Floats:
    """E-mails followed over e-mails opened."""
    return ratio(w.sum("email_clicks"), w.sum("email_opens"))


# --- what did not become an order -----------------------------------------------------------------------------


@measure()
def abandoned(rows: Rows) -> Int:
    """1 where a day has passed since something was put into the basket and nothing was ordered before it had."""
    last = rows.latest(rows.at("bought"))
    return flags(rows.at("basket_left") & (last < rows.time - DAY_US))


@measure("product_id", "order_lines.product_id")
def next_of_interest(rows: Rows) -> Int:
    """Next view or purchase of a product that was viewed, for counts of what was seen and not bought."""
    code, seen = rows.code("product_id"), _did(rows, "view")
    following = _next_among(rows, code, seen | rows.at("bought"))
    return np.where(seen, following, NO_KEY)


@feature(unit="baskets", when_empty=0, driver="visits", windows=WINDOWS)
def abandoned_basket_count(w: Window) -> Floats:
    """Times that something was put into the basket and a day passed without an order; counted after that day."""
    return w.sum("abandoned")


@feature(unit="products", when_empty=0, driver="visits", windows=(30, 90))
def seen_not_bought_count(w: Window) -> Floats:
    """Different products looked at in the window and not bought at their latest view or since."""
    return w.distinct("next_of_interest")
