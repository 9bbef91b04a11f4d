"""`regulars offers`: the catalogue, and the next best offers of one customer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.at_risk import current
from cli.context import as_json, open_workspace, show_json, show_table

if TYPE_CHECKING:
    from serving.explaining import Explained
    from serving.generation import Generation
    from serving.state import ServingState


@click.group(
    short_help="Check and list offers, decide a customer's, replay a decision.",
    epilog="Example:  regulars offers decide 1234 --count 2",
)
def command() -> None:
    """Check and show the catalogue, decide a customer's next best offers, or make a decision again."""


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


@command.command("check", epilog="Example:  regulars offers check --offers offers.toml")
@click.option(
    "--offers",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Catalogue (TOML, YAML, JSON); default: the one that is served.",
)
@as_json
@click.pass_obj
def check(folder: Path, file: Path | None, as_json: bool) -> None:
    """Validate a catalogue and say how many customers each offer can reach, and what keeps the others out.

    Nothing is published: regulars score --offers FILE does that.
    """
    from datetime import UTC, datetime

    from serving.offers import read_catalogue
    from serving.reach import reach
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    given = None if file is None else read_catalogue(file)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        found = reach(generation, generation.catalogue.offers if given is None else given, datetime.now(UTC))
    finally:
        state.close()
    if as_json:
        offers = [one.to_json() for one in found]
        show_json({"generation": generation.id, "customers": generation.manifest.rows, "offers": offers})
        return
    rows = [
        (
            one.offer.offer_id,
            f"{one.customers:,} of {generation.manifest.rows:,}",
            "" if one.most is None else f"{one.most:,}",
            ", ".join(f"{stage} {count:,}" for stage, count in one.refused.items()),
        )
        for one in found
    ]
    show_table("Whom the offers can reach", ("offer", "customers", "at most", "kept out by"), rows)


@command.command("explain", epilog="Example:  regulars offers explain 1234 --channel email")
@click.argument("customer_id")
@click.option("--channel", help="Channel on which they would be shown.")
@as_json
@click.pass_obj
def explain(folder: Path, customer_id: str, channel: str | None, as_json: bool) -> None:
    """Say what each offer would do to CUSTOMER_ID, and why the others are not made; nothing is recorded."""
    from datetime import UTC, datetime

    from serving.explaining import explain_offers
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        row = _scored_row(state, generation, customer_id)
        with state.store.counting() as ledger:
            found = explain_offers(generation, ledger, row, channel, datetime.now(UTC))
    finally:
        state.close()
    if as_json:
        offers = [one.to_json() for one in found.offers]
        show_json(
            {"customer_id": customer_id, "generation": generation.id, "arm": found.arm, "offers": offers}
        )
        return
    unit = 10**settings.source.minor_digits
    rows = [_explained(one, unit) for one in found.offers]
    header = (
        "offer",
        "an order without",
        "with",
        f"margin, {settings.source.currency}",
        "verdict",
        "not made",
    )
    show_table(f"Offers for {customer_id}, arm {found.arm}", header, rows)


def _scored_row(state: ServingState, generation: Generation, customer_id: str) -> int:
    """The row of a customer who may be spoken of."""
    row = generation.row(customer_id)
    if row is None or state.hidden(generation)(customer_id):
        raise LookupError(f"no customer {customer_id!r} was scored")
    return row


def _explained(one: Explained, unit: int) -> tuple[str, ...]:
    refused = "" if one.refused is None else f"{one.refused.stage}: {one.refused.reason}"
    effect = one.effect
    if effect is None:
        return one.offer.offer_id, "", "", "", "", refused
    margin = "" if effect.expected_margin is None else f"{effect.expected_margin / unit:,.2f}"
    verdict = effect.verdict if effect.measured else f"{effect.verdict} (assumed)"
    chances = (f"{effect.order_without:.0%}", f"{effect.order_with:.0%}")
    return (one.offer.offer_id, *chances, margin, verdict, refused)


@command.command("export", epilog="Example:  regulars offers export")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; default: that of the source tables.",
)
@as_json
@click.pass_obj
def export_log(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write what the service decided, and what became of it, as the tables decisions and offer_events.

    After the next `regulars validate` models and policies learn from them. Files of these names are replaced.
    """
    from serving.address import store_address
    from serving.export import export
    from serving.store import Store

    settings, workspace = open_workspace(folder)
    target = out or settings.root / settings.source.path
    if not target.is_dir():
        raise NotADirectoryError(f"{target} is not a folder; name one: --out FOLDER")
    store = Store.open(store_address(settings, workspace))
    try:
        rows = export(store, target, settings.source.minor_digits)
    finally:
        store.close()
    if as_json:
        show_json({"folder": str(target), "rows": rows})
        return
    listed = [(f"{name}.parquet", f"{count:,}") for name, count in rows.items()]
    show_table(f"Written into {target}", ("table", "rows"), listed)


@command.command("replay", epilog="Example:  regulars offers replay 019b0e6cb8a1d3...")
@click.argument("decision_id")
@as_json
@click.pass_context
def replay_decision(ctx: click.Context, decision_id: str, as_json: bool) -> None:
    """Make DECISION_ID again from its record, and say whether it comes out the same; the exit code is 1 if not.

    The generation that made it has to be there still.
    """
    from serving.decisions import replay
    from serving.generation import Generation
    from serving.manifest import GenerationError
    from serving.state import ServingState

    settings, workspace = open_workspace(ctx.obj)
    state = ServingState.open(settings, workspace)
    try:
        recorded = state.store.decision(decision_id)
    finally:
        state.close()
    if not recorded:
        raise LookupError(f"no decision {decision_id!r} was recorded")
    try:
        generation = Generation.open(workspace.generations / recorded[0].generation)
    except GenerationError as error:
        raise LookupError(
            f"{recorded[0].generation}, which made the decision, is gone: the newest three are kept"
        ) from error
    again = replay(generation, recorded)
    same = again == recorded
    if as_json:
        slots = {"recorded": [vars(slot) for slot in recorded], "again": [vars(slot) for slot in again]}
        show_json({"decision_id": decision_id, "same": same} | slots)
    else:
        said = "the same, byte for byte" if same else "another one: the program or its files were changed"
        click.echo(f"decision {decision_id} was made again: {said}")
    if not same:
        ctx.exit(1)


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
        row = _scored_row(state, generation, customer_id)
        decisions = state.desk.decide(generation, row, Request(count, channel), datetime.now(UTC))
    finally:
        state.close()
    if as_json:
        show_json({"customer_id": customer_id, "slots": [vars(decision) for decision in decisions]})
        return
    names = {offer.offer_id: offer.name for offer in generation.catalogue.offers}
    rows = [(d.slot, d.offer_id or "none", names.get(d.offer_id or "", ""), d.decision_id) for d in decisions]
    show_table(f"Next best offers of {customer_id}", ("slot", "offer", "name", "decision"), rows)
