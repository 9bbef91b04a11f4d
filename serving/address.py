"""Where the decision store is: read from the settings once, and named in messages without its password."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from features.settings import Settings
from features.workspace import Workspace

IN_MEMORY = (None, "", ":memory:")


def store_address(settings: Settings, workspace: Workspace) -> sa.URL:
    """The store of the settings, a relative SQLite file read from where `regulars.toml` is.

    Workers run in another working folder than the command that starts them, so the path is made absolute.

    Raises:
        ValueError: `[serving] store_url` is no address.
    """
    url = settings.serving.store_url
    address = parse_address(workspace.store.resolve() if url is None else url)
    if address.get_backend_name() != "sqlite" or address.database in IN_MEMORY:
        return address
    return address.set(database=str(settings.root.resolve() / str(address.database)))


def parse_address(url: str | Path | sa.URL) -> sa.URL:
    """An address as SQLAlchemy wants it; a path is that of a SQLite file.

    Raises:
        ValueError: the text is no address; it is not repeated, since it may hold a password.
    """
    if isinstance(url, Path):
        return sa.URL.create("sqlite", database=str(url))
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # the cause would repeat parts of the text
        raise ValueError(
            "[serving] store_url is not the address of a database; write sqlite:///file.db or "
            "postgresql://user@host/database, with special characters of a password as %XX"
        ) from None


def shown_address(address: sa.URL) -> str:
    """The address for people: no password, and no parameters, which can hold one too."""
    return address.set(query={}).render_as_string(hide_password=True)
