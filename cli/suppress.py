"""`regulars suppress`: a customer who wants to be left alone."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import as_json, hint, open_workspace, show_json, show_table


@click.command(
    short_help="Leave customers alone: no list, no score, no offer.",
    epilog="Example:  regulars suppress 1234",
)
@click.argument("customer_ids", nargs=-1, required=True)
@as_json
@click.pass_obj
def command(folder: Path, customer_ids: tuple[str, ...], as_json: bool) -> None:
    """Put CUSTOMER_IDS on the suppression list: at once in no answer, and in no row that is read from now on.

    Only keyed hashes are stored. An id is read as validation reads it: without the blanks around it, 1176.0 as
    1176. One that no validated table holds is put on the list too, with a warning.
    """
    from features.suppression import Suppression
    from features.tables.casting import canonical_id
    from features.tables.people import known_people
    from serving.lists import forget

    ids = dict.fromkeys(map(canonical_id, customer_ids))
    _, workspace = open_workspace(folder)
    suppression = Suppression.open(workspace.suppression)
    fresh = [customer_id for customer_id in ids if not suppression.contains(customer_id)]
    for customer_id in fresh:
        suppression.add(customer_id)
    forget(workspace, ids)
    known = known_people(workspace.tables, fresh)
    unknown = [customer_id for customer_id in fresh if customer_id not in known]
    document = {"on_the_list": len(ids), "added": len(fresh), "unknown": unknown}
    if as_json:
        show_json(document)
    else:
        rows = [("on the list", len(ids)), ("of them added now", len(fresh)), ("unknown", len(unknown))]
        show_table("Suppression list", ("what", "customers"), rows)
    hint("run regulars validate, train and score to drop their rows")
    for customer_id in unknown:
        click.echo(f"warning: {customer_id!r}: no such customer in the validated tables", err=True)
