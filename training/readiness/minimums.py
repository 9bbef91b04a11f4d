"""How many rows a prediction model needs, at the share of events that was observed.

Sources: Riley et al., "Calculating the sample size required for developing a clinical prediction model", BMJ 2020;
368:m441 (overall risk, shrinkage); Hanley and McNeil, "The meaning and use of the area under a receiver operating
characteristic (ROC) curve", Radiology 1982; 143:29-36 (standard error of the AUROC).
"""

from __future__ import annotations

import math

RISK_MARGIN = 0.05
"""By how much the overall risk may be off, with 95 % confidence (Riley et al., criterion 1)."""

SHRINKAGE = 0.9
"""At most a tenth of what the predictors seem to say may be overfitted (Riley et al., criterion 2)."""

EXPLAINED = 0.15
"""Share of the largest possible Cox-Snell R2 to expect where nothing is known (Riley et al.)."""

EXPECTED_AUROC = 0.75
"""A cautious guess for the churn of a retailer; the better a model ranks, the fewer rows judge it."""

_Z95 = 1.959964


def rows_for_overall_risk(share: float, margin: float = RISK_MARGIN) -> int:
    """Rows at which the share of events is known within a margin: (1.96 / margin)^2 share (1 - share).

    Args:
        share: of events, above 0 and below 1.
        margin: half the width of the 95 % interval.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    return math.ceil((_Z95 / margin) ** 2 * _checked(share) * (1 - share))


def rows_for_parameters(share: float, parameters: int, explained: float = EXPLAINED) -> int:
    """Rows at which a model of so many candidate parameters is overfitted by a tenth at most.

    p / ((S - 1) ln(1 - R2 / S)) with S = SHRINKAGE, and R2 the expected share of the largest Cox-Snell R2,
    1 - (share^share (1 - share)^(1 - share))^2.

    Args:
        share: of events, above 0 and below 1.
        parameters: candidate predictor parameters, 1 or more.
        explained: Nagelkerke's R2 to expect, above 0 and below 1.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    event = _checked(share)
    null = event * math.log(event) + (1 - event) * math.log(1 - event)
    r2 = explained * (1 - math.exp(2 * null))
    return math.ceil(parameters / ((SHRINKAGE - 1) * math.log(1 - r2 / SHRINKAGE)))


def rows_to_learn(share: float, parameters: int) -> int:
    """The rows that both criteria of Riley et al. ask for."""
    return max(rows_for_overall_risk(share), rows_for_parameters(share, parameters))


def auroc_error(events: float, others: float, auroc: float = EXPECTED_AUROC) -> float:
    """Standard error of an AUROC that is measured on so many events and others (Hanley and McNeil).

    Raises:
        ValueError: there are no events, or no others.
    """
    if events <= 0 or others <= 0:
        raise ValueError(f"{events:g} events and {others:g} others; an AUROC needs both")
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    variance = auroc * (1 - auroc) + (events - 1) * (q1 - auroc**2) + (others - 1) * (q2 - auroc**2)
    return math.sqrt(max(variance, 0.0) / (events * others))


def rows_to_judge(share: float, error: float, auroc: float = EXPECTED_AUROC) -> int:
    """The fewest rows, at a share of events, on which an AUROC has at most this standard error.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    _checked(share)

    def enough(rows: int) -> bool:
        return auroc_error(rows * share, rows * (1 - share), auroc) <= error

    below, rows = 1, 2
    while not enough(rows):
        below, rows = rows, 2 * rows
    while rows - below > 1:
        middle = (below + rows) // 2
        below, rows = (below, middle) if enough(middle) else (middle, rows)
    return rows


def _checked(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError(f"the share of events is {share:g}; give one above 0 and below 1")
    return share
