"""`regulars recommend`: what to show to one customer, out of the current generation."""

from __future__ import annotations

from pathlib import Path

import click

from cli.at_risk import current
from cli.context import as_json, open_workspace, show_json, show_table

KINDS = ("buy_again", "new_kind", "upsell", "complement", "popular", "new")


@click.command(
    short_help="Recommend products to a customer.",
    epilog="Example:  regulars recommend 1234 --kind buy_again --count 5",
)
@click.argument("customer_id")
@click.option("--count", type=click.IntRange(1, 20), default=10, show_default=True, help="How many products.")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--category", help="Only products of this category or subcategory.")
@click.option(
    "--exclude-recent-days",
    type=click.FloatRange(0, 90),
    help="Nothing that the customer has bought in so many days before the cutoff.",
)
@click.option(
    "--basket", default="", metavar="ID,ID", help="Products in hand: what goes with them comes first."
)
@as_json
@click.pass_obj
def command(
    folder: Path,
    customer_id: str,
    count: int,
    kind: str | None,
    category: str | None,
    exclude_recent_days: float | None,
    basket: str,
    as_json: bool,
) -> None:
    """Recommend products to CUSTOMER_ID: buy again, new kinds, dearer ones, what goes with it.

    Who is not known, or may not be profiled, gets what is popular and what is new.
    """
    from serving.recommendations import Wanted
    from serving.state import ServingState

    settings, workspace = open_workspace(folder)
    state = ServingState.open(settings, workspace)
    try:
        generation = current(state, workspace.generations)
        if generation.recommendations is None:
            raise LookupError(
                "nothing was recommended with these scores; run: regulars train recommendation, then regulars score"
            )
        row = state.recommended_row(generation, customer_id)
        held = tuple(part for part in basket.split(",") if part)
        wanted = Wanted(count, kind, category, exclude_recent_days, held)
        found = generation.recommendations.answer(row, wanted, generation.manifest.cutoff)
    finally:
        state.close()
    if as_json:
        show_json({"generation": generation.id, "is_stranger": row is None, "recommendations": found})
        return
    rows = [
        (
            one["item_id"],
            one["kind"],
            one["category"] or "",
            "" if one["probability"] is None else f"{one['probability']:.0%}",
            one["expected_on"] or "",
        )
        for one in found
    ]
    whom = "a stranger" if row is None else customer_id
    show_table(f"Recommended to {whom}", ("product", "kind", "category", "probability", "expected"), rows)
