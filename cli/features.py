"""`regulars features`: the feature matrix at one or several cutoffs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, instant, open_workspace, progress_bar, show_json, show_table
from cli.engine import Engine, engine_options

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace


@click.command(
    short_help="Build the feature matrix at one or several cutoffs.",
    epilog="Example:  regulars features --cutoff 2024-05-01 --out features.parquet",
)
@click.option(
    "--cutoff", "cutoffs", multiple=True, help="Date or instant; default: the end of the data. Repeatable."
)
@click.option("--out", type=click.Path(path_type=Path), help="Parquet file to write; with Spark, a folder.")
@engine_options
@as_json
@click.pass_obj
def command(folder: Path, cutoffs: tuple[str, ...], out: Path | None, engine: Engine, as_json: bool) -> None:
    """Build every feature that the tables allow, one row for each customer and cutoff."""
    from features.catalogue import FEATURES
    from features.kernel.declare import schema_hash
    from features.tables.report import load_report

    settings, workspace = open_workspace(folder)
    report = load_report(workspace.tables)
    at = [instant(text, settings.source.timezone) for text in cutoffs] or [report.as_of]
    file = out or workspace.features / (_name(at) + ("" if engine.is_spark else ".parquet"))
    build = _on_spark if engine.is_spark else _embedded
    rows, names = build(settings, workspace, at, file, engine)
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


Built = tuple[int, list[str]]
"""Number of rows, and names of the features."""


def _embedded(
    settings: Settings, workspace: Workspace, at: Sequence[datetime], file: Path, engine: Engine
) -> Built:
    from features.catalogue import available
    from features.feeders.embedded import open_feeder
    from features.feeders.writing import write_features
    from features.permission import profiling_permit

    engine.refuse_tables()
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
    return rows, [feature.name for feature in wanted]


def _on_spark(
    settings: Settings, workspace: Workspace, at: Sequence[datetime], file: Path, engine: Engine
) -> Built:
    from features.catalogue import available
    from features.feeders.cluster import build_on_cluster
    from features.feeders.partitioned import write_partitioned
    from features.permission import profiling_permit

    with engine.feeder(settings, workspace) as feeder, progress_bar() as tell:
        wanted = available(feeder.present)
        tell("features on Spark", 0, 1)
        built = build_on_cluster(feeder, wanted, at, permit=profiling_permit(settings, workspace))
        write_partitioned(built, str(file))
        rows = feeder.spark.read.parquet(str(file)).count()
        tell("features on Spark", 1, 1)
    return rows, [feature.name for feature in wanted]


def _name(cutoffs: Sequence[datetime]) -> str:
    """A name of its own for each set of cutoffs, so that none takes the place of another."""
    last = f"{max(cutoffs):%Y-%m-%d}"
    instants = "\n".join(sorted(cutoff.astimezone(UTC).isoformat() for cutoff in cutoffs))
    return f"{last}-{len(cutoffs)}-{hashlib.sha256(instants.encode()).hexdigest()[:8]}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
