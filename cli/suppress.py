"""`regulars suppress`: a customer who wants to be left alone."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import open_workspace


@click.command(
    short_help="Leave customers alone: no list, no score, no offer.",
    epilog="Example:  regulars suppress 1234",
)
@click.argument("customer_ids", nargs=-1, required=True)
@click.pass_obj
def command(folder: Path, customer_ids: tuple[str, ...]) -> None:
    """Put CUSTOMER_IDS on the suppression list: at once in no answer, and in no row that is read from now on.

    Only keyed hashes are stored.
    """
    from features.suppression import Suppression

    _, workspace = open_workspace(folder)
    suppression = Suppression.open(workspace.suppression)
    for customer_id in customer_ids:
        suppression.add(customer_id)
    click.echo(
        f"{len(customer_ids)} on the list; run regulars validate, train and score to drop their rows",
        err=True,
    )
