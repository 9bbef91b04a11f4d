"""`regulars backtest`: what a model would have been worth at every past cutoff."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table
from cli.train import TASKS

if TYPE_CHECKING:
    from training.origins import Backtest, Spread


FIGURES = ("auroc", "average_precision", "brier", "macro_auroc", "macro_f1", "log_loss", "lift_at_10pct")


@click.command(
    short_help="Train and judge at every past cutoff that history allows.",
    epilog="Example:  regulars backtest churn",
)
@click.argument("task", type=click.Choice(TASKS), default="churn")
@click.option("--origins", type=click.IntRange(min=1), help="Only so many origins, the latest; default: all.")
@as_json
@click.pass_obj
def command(folder: Path, task: str, origins: int | None, as_json: bool) -> None:
    """Train TASK (churn by default) at every past cutoff on what was known then, and judge it on what followed.

    Origins lie a horizon apart, each with the baselines fitted anew beside the model. Nothing is registered.
    """
    from training.backtest import backtest
    from training.origins import save

    settings, workspace = open_workspace(folder)
    with progress_bar() as tell:
        found = backtest(task, settings, workspace, most=origins, progress=tell)
    save(found, workspace)
    if as_json:
        show_json(found.to_json())
    else:
        show_backtest(found)


def show_backtest(found: Backtest) -> None:
    """The ranking figure of the model and every baseline at each origin, then mean and spread of all figures."""
    names, key = ("", *(f"{name}_" for name in found.baselines)), found.key
    header = ("cutoff", "trained on", "rows", "model", *found.baselines)
    rows = [
        (
            f"{one.cutoff:%Y-%m-%d}",
            f"{one.train_cutoffs} cutoffs",
            f"{one.figures['rows']:,.0f}",
            *(f"{one.figures[name + key]:.3f}" for name in names),
        )
        for one in found.origins
    ]
    show_table(f"{found.task}: {key}", header, rows)
    figures = [figure for figure in FIGURES if figure in found.origins[0].figures]
    spreads = [[found.spread(name + figure) for name in names] for figure in figures]
    table = [(figure, *(_shown(one) for one in row)) for figure, row in zip(figures, spreads, strict=True)]
    show_table(
        f"mean and deviation over {len(found.origins)} origins", ("", "model", *found.baselines), table
    )
    for date, why in found.skipped.items():
        click.echo(f"{date} could not be judged: {why}")
    click.echo(found.verdict)


def _shown(spread: Spread) -> str:
    return (
        f"{spread.mean:.3f}"
        if math.isnan(spread.deviation)
        else f"{spread.mean:.3f} ± {spread.deviation:.3f}"
    )
