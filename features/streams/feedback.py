"""Features of surveys, reviews and mentions. Each docstring is the feature's entry in the dictionary.

Answers and polarities are kept in whole thousandths.
"""

from __future__ import annotations

import numpy as np

from features.kernel.columns import Floats, Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.stream import Source, Stream
from features.kernel.windows import Window, ratio
from features.streams.texts import declare_texts

NAN = float("nan")
WINDOWS = (30, 90, 365)
FEEDBACK = Stream("feedback", (Source("feedback", "given_at", ("feedback_id",)),))
CATALOGUE = Catalogue(FEEDBACK)
measure, feature = CATALOGUE.measure, CATALOGUE.feature

SCALES = {"nps": (0, 10), "csat": (1, 5), "cli": (1, 6)}
"""Lowest and highest answer of a kind where the row does not say."""
PROMOTER, PASSIVE = 9, 7
"""Lowest answer of a promoter and of a passive, of 0 to 10."""


def _answered(rows: Rows, kind: str) -> Mask:
    return rows.equals("kind", kind) & rows.filled("score")


def _on_scale(rows: Rows, kind: str) -> Int:
    """The answer moved from its own scale to the usual one of its kind, thousandths, rounded down."""
    low, high = SCALES[kind]
    score = rows.scaled("score", 1000)
    least = np.where(rows.filled("scale_min"), rows.scaled("scale_min", 1000), low * 1000)
    most = np.where(rows.filled("scale_max"), rows.scaled("scale_max", 1000), high * 1000)
    width = np.maximum(most - least, 1)
    above = np.clip(score - least, 0, width)
    moved: Int = low * 1000 + above * (high - low) * 1000 // width
    return moved


def _declare_measures(kind: str) -> None:
    """Count, sum, distance to the top of the scale, and latest of the answers of one kind, in thousandths."""

    def answers(rows: Rows) -> Int:
        return flags(_answered(rows, kind))

    def answer(rows: Rows) -> Int:
        return np.where(_answered(rows, kind), _on_scale(rows, kind), 0)

    def below_top(rows: Rows) -> Int:
        """Negative where there is no answer."""
        return np.where(_answered(rows, kind), SCALES[kind][1] * 1000 - _on_scale(rows, kind), -1)

    def latest(rows: Rows) -> Int:
        row = np.flatnonzero(_answered(rows, kind))
        return rows.carried(row, rows.measure(f"{kind}_answer")[row])

    for compute in (answers, answer, below_top, latest):
        compute.__name__ = f"{kind}_{compute.__name__}"
        measure("score", optional=("scale_min", "scale_max"))(compute)


def _declare_kind(kind: str, words: str) -> None:
    """Latest, mean, lowest and trend of the answers of one kind."""
    _declare_measures(kind)

    def last(w: Window) -> Floats:
        return w.last(f"{kind}_latest") / 1000

    def mean(w: Window) -> Floats:
        return ratio(w.sum(f"{kind}_answer"), w.sum(f"{kind}_answers")) / 1000

    def lowest(w: Window) -> Floats:
        below = w.maximum(f"{kind}_below_top")
        return np.where(below >= 0, SCALES[kind][1] - below / 1000, np.nan)

    def trend(w: Window) -> Floats:
        return last(w) - mean(w.over(None))

    low, high = SCALES[kind]
    scale = f"on the scale of {low} to {high}"
    for name, compute, meaning, windows in (
        (f"last_{kind}", last, f"Latest answer to {words}, {scale}.", ()),
        (f"mean_{kind}", mean, f"Mean answer to {words} given in the window, {scale}.", (90, 365)),
        (f"lowest_{kind}", lowest, f"Lowest answer to {words} given in the window, {scale}.", (365,)),
        (f"{kind}_trend", trend, f"Latest answer to {words} less the mean of all answers so far.", ()),
    ):
        compute.__name__, compute.__doc__ = name, meaning
        unit = "difference" if compute is trend else "points"
        feature(unit=unit, when_empty=NAN, driver="satisfaction", windows=windows)(compute)


_declare_kind("nps", "the recommendation question (NPS)")
_declare_kind("csat", "satisfaction surveys (CSAT)")
_declare_kind("cli", "the three questions of the loyalty index (CLI)")


@feature(unit="index", when_empty=NAN, driver="satisfaction")
def nps_state(w: Window) -> Floats:
    """Latest answer to the recommendation question as a state: 1 promoter, 0 passive, -1 detractor."""
    answer = w.last("nps_latest") / 1000
    state = np.where(answer >= PROMOTER, 1.0, np.where(answer >= PASSIVE, 0.0, -1.0))
    return np.where(np.isnan(answer), np.nan, state)


# --- how much -------------------------------------------------------------------------------------------------


@measure()
def survey_answers(rows: Rows) -> Int:
    """1 for an answer to a survey of whatever kind."""
    asked = [rows.equals("kind", kind) for kind in ("nps", "csat", "cli", "survey")]
    return flags(np.logical_or.reduce(asked))


@measure()
def reviews(rows: Rows) -> Int:
    """1 for a review."""
    return flags(rows.equals("kind", "review"))


@measure()
def mentions(rows: Rows) -> Int:
    """1 for a mention of the brand."""
    return flags(rows.equals("kind", "mention"))


@measure()
def feedback_time(rows: Rows) -> Int:
    """Instant of the row."""
    return rows.time


@feature(unit="answers", when_empty=0, driver="voice", windows=WINDOWS)
def survey_answer_count(w: Window) -> Floats:
    """Answers to surveys of every kind."""
    return w.sum("survey_answers")


@feature(unit="reviews", when_empty=0, driver="voice", windows=WINDOWS)
def review_count(w: Window) -> Floats:
    """Reviews written."""
    return w.sum("reviews")


@feature(unit="mentions", when_empty=0, driver="voice", windows=WINDOWS)
def mention_count(w: Window) -> Floats:
    """Mentions of the brand that are known to come from the customer."""
    return w.sum("mentions")


@feature(unit="days", when_empty=NAN, driver="voice")
def days_since_last_feedback(w: Window) -> Floats:
    """Days from the latest answer, review or mention to the cutoff."""
    return w.days_since("feedback_time")


# --- what was written -----------------------------------------------------------------------------------------

declare_texts(
    CATALOGUE, lambda rows: np.ones(rows.size, bool), prefix="", what="answers, reviews and mentions"
)
