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
    from features.catalogue import FEATURES, available
    from features.feeders.embedded import open_feeder
    from features.feeders.writing import write_features
    from features.kernel.declare import schema_hash
    from features.permission import profiling_permit
    from features.tables.report import load_report

    settings, workspace = open_workspace(folder)
    report = load_report(workspace.tables)
    at = [instant(text, settings.source.timezone) for text in cutoffs] or [report.as_of]
    file = out or workspace.features / f"{_name(at)}.parquet"
    with open_feeder(settings, workspace) as feeder, progress_bar() as tell:
        wanted = available(feeder.present)
        rows = write_features(
            feeder,
            wanted,
            at,
            file,
            permit=profiling_permit(settings, workspace),
            progress=lambda done, total: tell("features", done, total),
        )
    names = [feature.name for feature in wanted]
    document = {
        "file": str(file),
        "rows": rows,
        "cutoffs": [cutoff.isoformat() for cutoff in at],
        "features": len(names),
        "feature_hash": schema_hash(names),
        "left_out": [name for name in FEATURES if name not in set(names)],
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
