"""Features of what customers wrote, the same for every table with texts.

Polarity is kept in whole thousandths. It comes with the table, or from the sentiment model; either way a text counts
from the time at which its row was known.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.contract import ASPECTS
from features.kernel.columns import Floats, Int, Mask, flags
from features.kernel.declare import Catalogue
from features.kernel.rows import Rows
from features.kernel.windows import Window, ratio

NAN = float("nan")


def declare_texts(catalogue: Catalogue, among: Callable[[Rows], Mask], *, prefix: str, what: str) -> None:
    """Declare measures and features of the texts of a stream.

    Args:
        among: the rows at which a text is there to be read.
        prefix: of the features' names.
        what: the texts, in the dictionary's words.
    """
    _declare_measures(catalogue, among)
    _declare_polarity(catalogue, prefix, what)
    for aspect in ASPECTS:
        _declare_aspect(catalogue, aspect, prefix, what)


def _declare_measures(catalogue: Catalogue, among: Callable[[Rows], Mask]) -> None:
    measure = catalogue.measure

    def known(rows: Rows) -> Mask:
        mask: Mask = among(rows) & rows.filled("polarity")
        return mask

    def texts(rows: Rows) -> Int:
        return flags(known(rows))

    def polarity(rows: Rows) -> Int:
        return np.where(known(rows), np.clip(rows.scaled("polarity", 1000), -1000, 1000), 0)

    def negative_texts(rows: Rows) -> Int:
        return flags(rows.measure("polarity") < 0)

    def negativity(rows: Rows) -> Int:
        """Polarity turned round; below every value where it is not known."""
        return np.where(known(rows), -rows.measure("polarity"), -1001)

    def last_polarity_so_far(rows: Rows) -> Int:
        row = np.flatnonzero(known(rows))
        return rows.carried(row, rows.measure("polarity")[row])

    for compute in (texts, polarity, negative_texts, negativity, last_polarity_so_far):
        measure("polarity")(compute)


def _declare_polarity(catalogue: Catalogue, prefix: str, what: str) -> None:
    def last(w: Window) -> Floats:
        return w.last("last_polarity_so_far") / 1000

    def mean(w: Window) -> Floats:
        return ratio(w.sum("polarity"), w.sum("texts")) / 1000

    def lowest(w: Window) -> Floats:
        worst = w.maximum("negativity")
        return np.where(worst >= -1000, 0.0 - worst / 1000, np.nan)

    def share(w: Window) -> Floats:
        return ratio(w.sum("negative_texts"), w.sum("texts"))

    def trend(w: Window) -> Floats:
        return mean(w.over(90)) - mean(w.over(365))

    for name, compute, unit, meaning, windows in (
        ("last_{}polarity", last, "polarity", f"Polarity of the latest of {what}, -1 to 1.", ()),
        ("mean_{}polarity", mean, "polarity", f"Mean polarity of {what} in the window, -1 to 1.", (90, 365)),
        (
            "lowest_{}polarity",
            lowest,
            "polarity",
            f"Polarity of the most negative of {what}, -1 to 1.",
            (365,),
        ),
        ("negative_{}text_share", share, "share", f"Share of negative ones in {what}.", (90, 365)),
        (
            "{}polarity_trend_90_365",
            trend,
            "difference",
            f"Mean polarity of {what} in the last 90 days less that of the last 365.",
            (),
        ),
    ):
        compute.__name__, compute.__doc__ = name.format(prefix), meaning
        catalogue.feature(unit=unit, when_empty=NAN, driver="voice", windows=windows)(compute)


def _declare_aspect(catalogue: Catalogue, aspect: str, prefix: str, what: str) -> None:
    def unhappy(rows: Rows) -> Int:
        return flags((rows.measure("negative_texts") > 0) & rows.mentions("aspects", aspect))

    def count(w: Window) -> Floats:
        return w.sum(f"unhappy_about_{aspect}")

    unhappy.__name__ = f"unhappy_about_{aspect}"
    catalogue.measure("polarity", "aspects")(unhappy)
    count.__name__ = f"unhappy_{prefix}about_{aspect}_count"
    count.__doc__ = f"Negative ones of {what} that are about {aspect}."
    catalogue.feature(unit="texts", when_empty=0, driver="voice", windows=(365,))(count)
