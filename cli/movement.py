"""`regulars movement`: how customers moved between loyalty types by the month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, open_workspace, show_json, show_table

if TYPE_CHECKING:
    from training.movement import Movement


@click.command(
    short_help="Show how customers moved between loyalty types.",
    epilog="Example:  regulars movement --months 12",
)
@click.option(
    "--months", type=click.IntRange(1, 120), default=6, show_default=True, help="How many full months."
)
@as_json
@click.pass_obj
def command(folder: Path, months: int, as_json: bool) -> None:
    """Tell everybody's loyalty type at the beginning of each month, and who changed it.

    Types are told by the rule from the purchases of the window before, and by survey answers; no model is asked.
    """
    from training.movement import movement

    settings, workspace = open_workspace(folder)
    found = movement(settings, workspace, months=months)
    if as_json:
        show_json(found.to_json())
    else:
        show_movement(found)


def show_movement(found: Movement) -> None:
    """Customers of each type by the month, and the last month's moves."""
    totals = [found.moved[0].sum(axis=1), *(moved.sum(axis=0) for moved in found.moved)]
    stayed = ["", *(f"{share:.0%}" for share in found.staying)]
    rows = [
        (f"{day:%Y-%m-%d}", *(f"{count:,}" for count in total), share)
        for day, total, share in zip(found.days, totals, stayed, strict=True)
    ]
    show_table("Customers by loyalty type", ("on", *found.states, "kept their type"), rows)
    moves = [
        (name, *(f"{count:,}" for count in row))
        for name, row in zip(found.states, found.moved[-1], strict=True)
    ]
    show_table(
        f"From {found.days[-2]:%Y-%m-%d} (rows) to {found.days[-1]:%Y-%m-%d}", ("", *found.states), moves
    )
