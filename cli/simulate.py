"""`regulars simulate`: a shop whose truth is known."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import as_json, hint, progress_bar, show_json, show_table
from cli.init import regulars_in

SETTINGS = """\
# A simulated shop; its tables end at this instant.
[source]
path = "data"
currency = "EUR"
as_of = {end}T00:00:00Z
"""


@click.command(epilog="Example:  regulars simulate my-shop --customers 500 --truth truth")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--customers", type=click.IntRange(min=1), default=2_000, show_default=True, help="How many.")
@click.option(
    "--months", type=click.IntRange(min=3), default=24, show_default=True, help="Length of history."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Equal seeds, equal shops."
)
@click.option(
    "--difficulty",
    type=click.Choice(("easy", "default", "hard")),
    default="default",
    show_default=True,
    help="How plainly the truth shows in the tables.",
)
@click.option(
    "--logging",
    type=click.Choice(("randomised", "targeted")),
    default="randomised",
    show_default=True,
    help="Past offers drawn with known probabilities, or by habit.",
)
@click.option("--truth", type=click.Path(path_type=Path, file_okay=False), help="Folder for what is true.")
@as_json
def command(
    target: Path,
    customers: int,
    months: int,
    seed: int,
    difficulty: str,
    logging: str,
    truth: Path | None,
    as_json: bool,
) -> None:
    """Make a shop whose truth is known.

    TARGET gets every table and settings; what is true of the customers goes to a folder of its own, or nowhere.
    """
    from datasets.simulator import simulate

    with progress_bar() as tell:
        simulate(
            target / "data",
            truth,
            customers=customers,
            months=months,
            seed=seed,
            difficulty=difficulty,  # type: ignore[arg-type]  # the choice holds its words
            logging=logging,  # type: ignore[arg-type]  # likewise
            progress=lambda done, total: tell("simulate", done, total),
        )
    settle(target, months)
    document = {
        "folder": str(target),
        "truth": str(truth) if truth else None,
        "customers": customers,
        "months": months,
        "seed": seed,
        "difficulty": difficulty,
        "logging": logging,
    }
    if as_json:
        show_json(document)
    else:
        rows = [(key, "none" if value is None else str(value)) for key, value in document.items()]
        show_table("Simulated shop", ("what", "value"), rows)
    hint(f"next: {regulars_in(target)} validate")


def settle(target: Path, months: int, more: str = "") -> None:
    """Settings for a simulated shop, unless its folder holds some."""
    from datasets.simulator.timeline import Timeline
    from features.settings import FILE_NAME

    if not (target / FILE_NAME).exists():
        end = Timeline(months).last_date.isoformat()
        (target / FILE_NAME).write_text(SETTINGS.format(end=end) + more, encoding="utf-8")
