"""Who may be profiled at all: not on the suppression list, and with consent or another ground for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.consent import Consents
from features.settings import Settings
from features.suppression import Suppression
from features.workspace import Workspace

Permit = Callable[[NDArray[np.object_]], NDArray[np.bool_]]
"""A mask of the customers who may be profiled, for ids of shape (customers,)."""


def profiling_permit(
    settings: Settings, workspace: Workspace, at: datetime | None = None, *, tables: Path | None = None
) -> Permit:
    """The permit at an instant, now by default.

    Args:
        tables: the folder of the consents, where it is not that of the workspace.

    Raises:
        ValueError: there is neither a consents table nor a configured ground, or the list is damaged.
    """
    consents = Consents.load(tables or workspace.tables, settings.consent.basis)
    suppression = Suppression.open(workspace.suppression)
    instant = at or datetime.now(UTC)

    def permit(customer_ids: NDArray[np.object_]) -> NDArray[np.bool_]:
        allowed = consents.allowed_mask(customer_ids, "profiling", instant)
        return np.asarray(allowed & ~suppression.mask(customer_ids))

    return permit
