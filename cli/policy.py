"""`regulars policy`: is a policy that was learned from logged decisions better, and may campaigns go by it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.policies import PolicyReport

EFFECTS = "offer_effects.json"
"""File of the workspace: the promoted effects, the offers and the loyalty types that they are of."""


@click.group(
    short_help="Judge a learned offer policy on logged decisions, and promote it.",
    epilog="Example:  regulars policy evaluate",
)
def command() -> None:
    """Learn what offers change from logged decisions, judge it on later ones, and let campaigns go by it."""


@command.command("evaluate", epilog="Example:  regulars policy evaluate --json")
@as_json
@click.pass_obj
def evaluate(folder: Path, as_json: bool) -> None:
    """Say what several policies would have earned on decisions that none of them has seen.

    The log is the table `decisions` with `offer_events` (the service's own are exported by serving.export). Without
    logged propensities it is refused.
    """
    settings, workspace = open_workspace(folder)
    found = judged(settings, workspace)
    show_json(found.to_json()) if as_json else show_policies(found, settings)


@command.command("promote", epilog="Example:  regulars policy promote")
@click.option("--by", metavar="NAME", help="Who decides; default: the user of this machine.")
@as_json
@click.pass_context
def promote(ctx: click.Context, by: str | None, as_json: bool) -> None:
    """Let campaigns go by the learned effects, if they earned more than what was logged beyond doubt.

    The lower bound of the lead has to be above 0, enough decisions have to tell of it, and all its choices have to
    have been possible. Else nothing changes but the record, and the exit code is 1.
    """
    import getpass
    from datetime import UTC, datetime

    from cli.champions import alone, write
    from features.workspace import replacing_file

    settings, workspace = open_workspace(ctx.obj)
    with alone(workspace):
        found = judged(settings, workspace)
        refused = found.refusals
        record = {
            "at": datetime.now(UTC).isoformat(),
            "action": "refuse" if refused else "promote",
            "task": "offers",
            "by": by or getpass.getuser(),
            "evidence": found.to_json(),
        }
        if not refused:
            content = {"offers": found.offers, "types": found.types, "effects": found.effects.to_json()}
            with replacing_file(workspace.root / EFFECTS) as fresh:
                fresh.write_text(json.dumps(content, indent=1), "utf-8")
        write(workspace, record)
    if as_json:
        show_json({"promoted": not refused} | found.to_json())
    else:
        show_policies(found, settings)
        click.echo("campaigns go by the learned effects" if not refused else "nothing was promoted")
    if refused:
        ctx.exit(1)


def judged(settings: Settings, workspace: Workspace) -> PolicyReport:
    """What the validated log says of a learned policy and of simple ones."""
    from serving.offers import read_catalogue
    from training.policies import judge_policies

    table = workspace.tables / "offers.parquet"
    offers = read_catalogue(table) if table.is_file() else []
    unit = 10**settings.source.minor_digits
    with progress_bar() as tell:
        return judge_policies(
            settings,
            workspace,
            {offer.offer_id: offer.mechanism for offer in offers},
            contact_cost=unit * settings.report.contact_cost,
            progress=tell,
        )


def show_policies(found: PolicyReport, settings: Settings) -> None:
    """Every policy with its estimate, and why the learned one may not be promoted."""
    unit = 10**settings.source.minor_digits

    def money(estimate: Any) -> str:
        return f"{estimate.value / unit:.2f} ({estimate.low / unit:.2f} to {estimate.high / unit:.2f})"

    rows = [
        (
            one.name,
            money(one.evaluation.doubly_robust),
            money(one.lead),
            f"{one.evaluation.effective_decisions:,.0f}",
            f"{one.evaluation.supported:.0%}",
        )
        for one in found.judged
    ]
    decisions = found.judged[0].evaluation.decisions
    header = (
        "policy",
        "margin a decision",
        "beside what was logged",
        "decisions that tell",
        "could be logged",
    )
    since, currency = f"{found.split:%Y-%m-%d}", settings.source.currency
    title = f"{decisions:,} decisions from {since}, {currency}; {found.taught:,} taught"
    show_table(title, header, rows)
    for refusal in found.refusals:
        click.echo(f"the learned policy may not be promoted: {refusal}")
