"""`regulars offers`: the catalogue, and the next best offers of one customer."""

from __future__ import annotations

from pathlib import Path

import click

from cli.at_risk import current
from cli.context import as_json, open_workspace, show_json, show_table


@click.group(
    short_help="Show the offers, or decide a customer's next best.",
    epilog="Example:  regulars offers decide 1234 --count 2",
)
def command() -> None:
    """Show the catalogue or decide a customer's next best offers."""


@command.command("list", epilog="Example:  regulars offers list")
@as_json
@click.pass_obj
def list_offers(folder: Path, as_json: bool) -> None:
    """List the offers of the current generation."""
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        offers = generation.catalogue.offers
    finally:
        state.close()
    if as_json:
        show_json(
            {"generation": generation.id, "offers": [offer.model_dump(mode="json") for offer in offers]}
        )
        return
    rows = [
        (offer.offer_id, offer.name, offer.type, offer.mechanism, offer.ends_at or "") for offer in offers
    ]
    show_table("Offers", ("offer", "name", "type", "mechanism", "ends"), rows)


@command.command("decide", epilog="Example:  regulars offers decide 1234 --count 2")
@click.argument("customer_id")
@click.option("--count", type=click.IntRange(1, 20), default=1, show_default=True, help="How many offers.")
@click.option("--channel", help="Channel on which they will be shown.")
@as_json
@click.pass_obj
def decide(folder: Path, customer_id: str, count: int, channel: str | None, as_json: bool) -> None:
    """Decide and record the next best offers of CUSTOMER_ID."""
    from datetime import UTC, datetime

    from serving.decisions import Request
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        row = generation.row(customer_id)
        if row is None or state.hidden(generation)(customer_id):
            raise LookupError(f"no customer {customer_id!r} was scored")
        decisions = state.desk.decide(generation, row, Request(count, channel), datetime.now(UTC))
    finally:
        state.close()
    if as_json:
        show_json({"customer_id": customer_id, "slots": [vars(decision) for decision in decisions]})
        return
    names = {offer.offer_id: offer.name for offer in generation.catalogue.offers}
    rows = [(d.slot, d.offer_id or "none", names.get(d.offer_id or "", ""), d.decision_id) for d in decisions]
    show_table(f"Next best offers of {customer_id}", ("slot", "offer", "name", "decision"), rows)
