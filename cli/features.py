"""`regulars features`: the feature matrix at one or several cutoffs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.context import as_json, instant, open_workspace, progress_bar, show_json, show_table


@click.command(
    short_help="Build the feature matrix at one or several cutoffs.",
    epilog="Example:  regulars features --cutoff 2024-05-01 --out features.parquet",
)
@click.option(
    "--cutoff", "cutoffs", multiple=True, help="Date or instant; default: the end of the data. Repeatable."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file to write.")
@as_json
@click.pass_obj
def command(folder: Path, cutoffs: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Build every feature that the tables allow, one row for each customer and cutoff."""
    from features.orders.catalogue import CATALOGUE
    from features.orders.feeder import OrderFeeder, feature_matrix
    from features.permission import profiling_permit
    from features.tables.report import load_report

    settings, workspace = open_workspace(folder)
    report = load_report(workspace.tables)
    zone = settings.source.timezone
    at = [instant(text, zone) for text in cutoffs] or [report.as_of]
    with OrderFeeder(workspace.tables, zone=zone, memory_limit=settings.source.memory_limit) as feeder:
        wanted = CATALOGUE.available(feeder.columns)
        left_out = [name for name in CATALOGUE.features if name not in {feature.name for feature in wanted}]
        with progress_bar() as tell:
            matrix = feature_matrix(
                feeder, wanted, at, zone=zone, progress=lambda d, t: tell("features", d, t)
            )
    matrix = matrix.where(profiling_permit(settings, workspace)(matrix.customer_ids))
    file = out or workspace.features / f"{_name(at)}.parquet"
    matrix.write(file)
    document = {
        "file": str(file),
        "rows": len(matrix),
        "cutoffs": [cutoff.isoformat() for cutoff in at],
        "features": len(matrix.names),
        "feature_hash": matrix.hash,
        "left_out": left_out,
    }
    if as_json:
        show_json(document)
        return
    show_table(
        "Features",
        ("what", "value"),
        [(key.replace("_", " "), _shown(value)) for key, value in document.items()],
    )


def _name(cutoffs: Sequence[datetime]) -> str:
    """A name of its own for each set of cutoffs, so that none takes the place of another."""
    last = f"{max(cutoffs):%Y-%m-%d}"
    instants = "\n".join(sorted(cutoff.astimezone(UTC).isoformat() for cutoff in cutoffs))
    return f"{last}-{len(cutoffs)}-{hashlib.sha256(instants.encode()).hexdigest()[:8]}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
