"""What every verb needs: the settings, the workspace, and one way to show results and progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace

Progress = Callable[[str, int, int], None]

JSON, QUIET = "cli.json", "cli.quiet"
"""What was asked of the whole command, in `click.Context.meta`."""


def note_json(ctx: click.Context, _: click.Parameter, value: Any) -> Any:
    """Remember that programs read the answer, so that a failure is told to them as well."""
    if value is True or value == "json":
        ctx.meta[JSON] = True
    return value


as_json = click.option(
    "--json", "as_json", is_flag=True, callback=note_json, help="Print one JSON document instead of a table."
)


def asked(what: str) -> bool:
    """Whether JSON or QUIET was asked of the command that is running."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(what))


def hint(text: str) -> None:
    """Say on standard error what could be done next; nothing where quiet was asked for."""
    if not asked(QUIET):
        click.echo(text, err=True)


def open_workspace(folder: Path) -> tuple[Settings, Workspace]:
    """Settings of a folder, and its workspace.

    Raises:
        FileNotFoundError: the folder has no `regulars.toml`.
        ValueError: the file cannot be used.
    """
    from features.settings import load_settings
    from features.workspace import Workspace

    settings = load_settings(folder)
    return settings, Workspace(settings.root / "workspace")


def show_json(document: Any) -> None:
    """Print a document for programs."""
    click.echo(json.dumps(document, indent=2, default=_as_text, ensure_ascii=False, allow_nan=False))


def _as_text(value: object) -> str:
    """Times as ISO 8601, paths as they are written."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table for people; numbers are right-aligned by the caller's format."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # ids come from outside and may look like markup
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console(emoji=False)
    if not console.is_terminal:
        console.width = 120
    with console.capture() as drawn:  # rich, if it writes itself, ends the process when the reader has gone
        console.print(table)
    click.echo(drawn.get(), nl=False)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar for each step on a terminal, else each step's name on a line; standard error; nothing where quiet."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    console, quiet = Console(stderr=True), asked(QUIET)
    bars: dict[str, Any] = {}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as shown:

        def tell(step: str, done: int, total: int) -> None:
            if step not in bars:
                for earlier in shown.tasks:  # a step of unknown length has ended when the next one begins
                    if earlier.total is None:
                        shown.update(earlier.id, total=1, completed=1)
                bars[step] = shown.add_task(step, total=total or None)
                if not console.is_terminal:
                    hint(f"{step} ...")
            shown.update(bars[step], completed=done, total=total or None)

        yield tell


def instant(text: str | None, timezone: str) -> Any:
    """A date or instant from the command line, read in the business zone.

    Raises:
        ValueError: the text is neither a date nor an ISO 8601 instant.
    """
    from zoneinfo import ZoneInfo

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not a date; write it as 2024-05-31 or 2024-05-31T12:00+02:00"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))
