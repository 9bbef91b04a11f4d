"""What goes wrong with the decision store, in words that a user can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from serving.address import shown_address


class StoreUnavailableError(OSError):
    """The database does not answer now: locked, full, unreachable; nothing was acknowledged."""


@contextmanager
def answering() -> Iterator[None]:
    """Say of a store in use that it does not answer."""
    try:
        yield
    except (OperationalError, sa.exc.TimeoutError) as error:
        raise StoreUnavailableError(f"the decision store does not answer: {_cause(error)}") from error


@contextmanager
def opening(address: sa.URL) -> Iterator[None]:
    """Say of a store that cannot be opened where it is, and what would mend it."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailableError(
            f"the decision store {shown_address(address)} does not answer ({_cause(error)}); start it, or mend "
            "[serving] store_url"
        ) from error
    except (sa.exc.DBAPIError, sa.exc.ArgumentError) as error:
        raise ValueError(
            f"the decision store {shown_address(address)} cannot be used ({_cause(error)}); set [serving] "
            "store_url to a SQLite file or a Postgres database of its own"
        ) from error


def _cause(error: Exception) -> str:
    """What the driver said, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
