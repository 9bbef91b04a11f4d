"""`regulars at-risk`: the customers most likely to leave, out of the current generation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import note_json, open_workspace, show_json, show_table

if TYPE_CHECKING:
    from features.settings import Settings


@click.command(
    short_help="List the customers about to leave, and why.",
    epilog="Example:  regulars at-risk --top 50 --format csv > june.csv",
)
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="How many customers.")
@click.option("--min-risk", type=click.FloatRange(0, 1), help="Lowest churn probability.")
@click.option("--loyalty-type", help="Only this loyalty type.")
@click.option(
    "--sort",
    type=click.Choice(("value_at_risk", "churn_probability")),
    help="What comes first; default: the value at risk, where a model of value was scored.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "csv", "json")),
    default="table",
    show_default=True,
    callback=note_json,
    help="How the list is printed.",
)
@click.option("--json", "form", flag_value="json", callback=note_json, help="Same as --format json.")
@click.pass_obj
def command(
    folder: Path, top: int, min_risk: float | None, loyalty_type: str | None, sort: str | None, form: str
) -> None:
    """List the customers about to leave, with reasons, those with the most at risk first.

    At risk is the churn probability times the margin that a customer who stays brings in twelve months.
    """
    from serving import atrisk

    customers, generation_id, sort = _listed(folder, top, min_risk, loyalty_type, sort)
    if form == "json":
        show_json({"generation": generation_id, "sort": sort, "customers": customers})
    elif form == "csv":
        click.echo(atrisk.as_csv(customers), nl=False)
    else:
        show_at_risk(customers, amounts(open_workspace(folder)[0]))


def amounts(settings: Settings) -> Callable[[float], str]:
    """How amounts in minor units are shown to people."""
    from models.numbers import Money

    money = Money(settings.source.currency, settings.source.minor_digits)
    return partial(money.written, language=settings.reasons.language, whole=True)


def show_at_risk(customers: list[dict[str, Any]], written: Callable[[float], str]) -> None:
    """The list for people."""
    rows = [
        (
            customer["customer_id"],
            f"{customer['churn_probability']:.0%}",
            customer["band"],
            "" if customer["value_at_risk"] is None else written(customer["value_at_risk"]),
            customer["loyalty_type"],
            "; ".join(reason["text"] for reason in customer["reasons"] or []),
        )
        for customer in customers
    ]
    show_table("About to leave", ("customer", "risk", "band", "at risk", "loyalty type", "why"), rows)


def _listed(
    folder: Path, top: int, min_risk: float | None, loyalty_type: str | None, sort: str | None
) -> tuple[list[dict[str, Any]], str, str]:
    from serving import atrisk
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        codes = generation.type_codes
        if loyalty_type is not None and loyalty_type not in codes:
            raise ValueError(f"no loyalty type {loyalty_type!r}; there are: {', '.join(codes)}")
        sort = sort or atrisk.usual_sort(generation)
        code = None if loyalty_type is None else codes[loyalty_type]
        page = atrisk.page(
            generation,
            start=0,
            limit=top,
            min_risk=min_risk,
            loyalty_type=code,
            is_hidden=state.hidden(generation),
            sort=sort,
        )
        ranked = [
            {"rank": position + 1} | atrisk.scores(generation, row, generation.reasons(row))
            for position, row in zip(page.positions, page.rows, strict=True)
        ]
        return ranked, generation.id, sort
    finally:
        state.close()


def current(state: Any, generations: Path) -> Any:
    """The current generation.

    Raises:
        ValueError: nothing was scored yet.
    """
    found = state.watcher.current()
    if found is None:
        raise ValueError(f"nothing is scored in {generations}; run: regulars score")
    return found
