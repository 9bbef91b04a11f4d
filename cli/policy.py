"""`regulars policy`: is a policy that was learned from logged decisions better, and may offers go by it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.measured_effects import MeasuredEffects
    from training.policies import PolicyReport


@click.group(
    short_help="Judge a learned offer policy on logged decisions, and promote it.",
    epilog="Example:  regulars policy evaluate",
)
def command() -> None:
    """Learn what offers change from logged decisions, judge it on later ones, and let offers go by it."""


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
    """Let service and campaigns go by the learned effects, if they earned more than what was logged beyond doubt.

    The lower bound of the lead has to be above 0, enough decisions have to tell of it, and all its choices have to
    have been possible. Else nothing changes but the record, and the exit code is 1. A new generation is built, which
    the service picks up.
    """
    from cli.champions import alone, write
    from cli.offer_policy import entry, promote_effects
    from models.named_effects import NamedEffects

    settings, workspace = open_workspace(ctx.obj)
    with alone(workspace):
        found = judged(settings, workspace)
        refused, generation = found.refusals, None
        if refused:
            write(workspace, entry("refuse", by, evidence=found.to_json()))
        else:
            effects = NamedEffects(found.offers, found.types, found.effects, (True,) * len(found.offers))
            generation = promote_effects(settings, workspace, effects, by, found.to_json())
    if as_json:
        show_json({"promoted": not refused, "generation": generation} | found.to_json())
    else:
        show_policies(found, settings)
        click.echo("nothing was promoted" if refused else "service and campaigns go by the learned effects")
    if refused:
        ctx.exit(1)


@command.command("rollback", epilog='Example:  regulars policy rollback --why "too few redemptions"')
@click.option("--why", required=True, help="Reason, for the record.")
@click.option("--by", metavar="NAME", help="Who decides; default: the user of this machine.")
@as_json
@click.pass_obj
def rollback(folder: Path, why: str, by: str | None, as_json: bool) -> None:
    """Go back to the effects before the last promotion; before the first one, to those that are assumed."""
    from cli.champions import alone
    from cli.offer_policy import roll_back_effects

    settings, workspace = open_workspace(folder)
    with alone(workspace):
        record = roll_back_effects(settings, workspace, why, by)
    if as_json:
        show_json(record)
        return
    now = f"effects {record['version']}" if record["version"] else "what is assumed"
    click.echo(f"service and campaigns go by {now} again")


@command.command("measure", epilog="Example:  regulars policy measure")
@as_json
@click.pass_obj
def measure(folder: Path, as_json: bool) -> None:
    """Measure what arms and offers changed beside no offer, for everybody and by loyalty type.

    It also says whether customers fell into the arms as they were set; the exit code stays 0. The log is the table
    `decisions` with `offer_events`: regulars offers export.
    """
    from training.measured_effects import measure_effects

    settings, workspace = open_workspace(folder)
    unit = 10**settings.source.minor_digits
    found = measure_effects(settings, workspace, contact_cost=unit * settings.report.contact_cost)
    show_json(found.to_json()) if as_json else show_measured(found, settings)


def show_measured(found: MeasuredEffects, settings: Settings) -> None:
    """A line for each comparison, and the arms."""
    unit = 10**settings.source.minor_digits

    def span(estimate: Any, times: float, form: str) -> str:
        value, low, high = (format(times * bound, form) for bound in vars(estimate).values())
        return f"{value} ({low} to {high})"

    rows = [
        (
            one.name,
            one.type,
            f"{one.customers:,}",
            f"{one.compared:,}",
            span(one.margin, 1 / unit, ".2f"),
            span(one.orders, 100, "+.1f"),
            f"{one.redemption.value:.0%}",
            "" if one.cost_per_saved is None else f"{one.cost_per_saved / unit:,.2f}",
        )
        for one in found.measured
    ]
    header = ("what", "type", "with", "without", "margin", "orders, points", "redeemed", "cost of one saved")
    title = f"{found.decisions:,} decisions, {found.horizon_days} days after, {settings.source.currency}"
    show_table(title, header, rows)
    for arm in found.arms:
        click.echo(f"arm {arm.arm}: {arm.customers:,} customers, set to {arm.set_to:.1%}")
    if not found.arms_are_as_set:
        click.echo(
            f"customers did not fall into the arms as they were set (p = {found.ratio_p:.2g}): some are missing from "
            "the log, or the shares were changed; do not trust the comparison of arms"
        )


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
