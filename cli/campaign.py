"""`regulars campaign`: whom to contact with what, for a budget."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.at_risk import current
from cli.context import as_json, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from serving.campaign import Plan
    from serving.generation import Generation

COLUMNS = ("customer_id", "offer_id", "name", "channel", "decision_id", "orders_won", "margin", "cost")


@click.command(
    short_help="Plan whom to contact with what, for a budget.",
    epilog="Example:  regulars campaign --budget 5000 --channel email --out contacts.csv",
)
@click.option("--budget", type=click.FloatRange(min=0), required=True, help="In units of the currency.")
@click.option("--channel", required=True, help="Channel of the contact, as offers name it.")
@click.option(
    "--contact-cost", type=click.FloatRange(min=0), help="Of one contact; default: [report] contact_cost."
)
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1, max_open=True),
    help="Share that is not contacted, to compare with; default: [offers] holdout.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="CSV of who is contacted.")
@click.option("--dry-run", is_flag=True, help="Only say what would be; record no decision.")
@as_json
@click.pass_obj
def command(
    folder: Path,
    budget: float,
    channel: str,
    contact_cost: float | None,
    holdout: float | None,
    out: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Choose customers and offers that bring most for a budget, keep a group to compare with, and record it all.

    Every customer passes the same funnel as in the service: consent, channel, audience, fit, caps and cooldowns. What
    offers change is assumed by loyalty type and risk until it has been measured.
    """
    from datetime import UTC, datetime

    from serving.campaign import Plan, candidates, choose, records, without
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    unit = 10**settings.source.minor_digits
    per_contact = unit * (settings.report.contact_cost if contact_cost is None else contact_cost)
    share = settings.offers.holdout if holdout is None else holdout
    now = datetime.now(UTC)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        offers = generation.catalogue.offers
        # this takes a while in a large shop, and the service decides on meanwhile
        with state.store.counting() as ledger, progress_bar() as tell:
            found = candidates(
                generation,
                ledger,
                channel=channel,
                now=now,
                hidden=state.hidden(generation),
                holdout=share,
                contact_cost=per_contact,
                progress=lambda done, total: tell("customers", done, total),
            )
        with state.store.planning() as ledger:
            found = without(found, generation, ledger.decided_since(now))
            taken = ledger.taken_or_reserved(generation.catalogue.limited, datetime.now(UTC))
            choice = choose(found, offers, budget * unit, taken)
            plan = Plan(offers, found, choice, budget * unit, generation.manifest.horizon_days)
            made = records(generation, plan, channel, now)
            if made and not dry_run:
                ledger.append([decision for decision, _ in made], [kept for _, kept in made if kept])
    finally:
        state.close()
    if out is not None:
        _write(out, generation, plan, [decision.decision_id for decision, _ in made], channel, unit)
    document = {"generation": generation.id, "recorded": not dry_run} | _in_units(plan.summary(), unit)
    if as_json:
        show_json(document | {"file": None if out is None else str(out)})
    else:
        _show(document, settings.source.currency)


def _write(
    out: Path, generation: Generation, plan: Plan, decisions: list[str], channel: str, unit: int
) -> None:
    from features.workspace import replacing_file
    from serving.atrisk import guarded

    found = plan.candidates
    with replacing_file(out) as fresh, fresh.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        for place, decision in zip(plan.contacted.tolist(), decisions, strict=False):
            number = int(plan.choice[place])
            offer = plan.offers[number]
            amounts = (found.margin[place, number] / unit, found.cost[place, number] / unit)
            customer = guarded(generation.customer_id(int(found.rows[place])))
            won = f"{found.repurchase[place, number]:.4f}"
            written = (f"{amount:.2f}" for amount in amounts)
            writer.writerow((customer, offer.offer_id, guarded(offer.name), channel, decision, won, *written))


def _in_units(summary: dict[str, Any], unit: int) -> dict[str, Any]:
    """Money in units of the currency."""
    money = {"expected_cost", "budget", "expected_margin", "expected_margin_low", "expected_margin_high"}
    return {
        name: round(float(Decimal(value) / unit), 2) if name in money else value
        for name, value in summary.items()
    }


def _show(document: dict[str, Any], currency: str) -> None:
    low, high = document["expected_margin_low"], document["expected_margin_high"]
    needed = document["holdout_needed"]
    rows = [
        ("customers to contact", f"{document['contacted']:,}"),
        ("of them in vain", f"{document['in_vain']:,}"),
        ("orders won", f"{document['orders_won']:,.1f}"),
        ("expected margin", f"{document['expected_margin']:,.2f} {currency} ({low:,.2f} to {high:,.2f})"),
        ("expected cost", f"{document['expected_cost']:,.2f} of {document['budget']:,.2f} {currency}"),
        ("held out to compare", f"{document['held_out']:,}"),
        ("held out to be sure", "more than are contacted" if needed is None else f"{needed:,}"),
        ("wait until measured", f"{document['wait_days']} days"),
        *((f"offer {offer}", f"{count:,}") for offer, count in document["offers"].items()),
    ]
    show_table("Campaign" if document["recorded"] else "Campaign, not recorded", ("what", "value"), rows)
