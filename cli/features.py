"""`regulars features`: the feature matrix at one or several cutoffs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, instant, open_workspace, progress_bar, show_json, show_table
from cli.engine import Engine, engine_options

if TYPE_CHECKING:
    from features.settings import Settings
    from features.tables.report import Report
    from features.workspace import Workspace


@click.command(
    short_help="Build the feature matrix at one or several cutoffs.",
    epilog="Example:  regulars features --cutoff 2024-05-01 --out features.parquet",
)
@click.option(
    "--cutoff", "cutoffs", multiple=True, help="Date or instant; default: the end of the data. Repeatable."
)
@click.option("--out", type=click.Path(), help="Parquet file to write; with Spark, a folder or an address.")
@engine_options
@as_json
@click.pass_obj
def command(folder: Path, cutoffs: tuple[str, ...], out: str | None, engine: Engine, as_json: bool) -> None:
    """Build every feature that the tables allow, one row for each customer and cutoff."""
    from features.catalogue import FEATURES
    from features.kernel.declare import schema_hash

    settings, workspace = open_workspace(folder)
    build = _on_spark if engine.is_spark else _embedded
    built = build(settings, workspace, cutoffs, out, engine)
    names = built.names
    document = {
        "file": built.file,
        "rows": built.rows,
        "cutoffs": [cutoff.isoformat() for cutoff in built.cutoffs],
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


@dataclass(frozen=True)
class Built:
    """Where a matrix was written, its number of rows, its cutoffs, and the names of its features."""

    file: str
    rows: int
    cutoffs: Sequence[datetime]
    names: Sequence[str]


def _embedded(
    settings: Settings, workspace: Workspace, cutoffs: Sequence[str], out: str | None, engine: Engine
) -> Built:
    from features.catalogue import available
    from features.feeders.embedded import open_feeder
    from features.feeders.writing import write_features
    from features.permission import profiling_permit
    from features.sentiment.tables import has_texts
    from features.tables.report import load_report

    engine.refuse_tables()
    at = _instants(cutoffs, settings, load_report(workspace.tables))
    file = Path(out or workspace.features / f"{_name(at)}.parquet")
    if has_texts(workspace.tables):  # what trains takes seconds to load
        from training.sentiment import fill_sentiment

        with progress_bar() as tell:
            fill_sentiment(settings, workspace, progress=tell)
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
    return Built(str(file), rows, at, [feature.name for feature in wanted])


def _on_spark(
    settings: Settings, workspace: Workspace, cutoffs: Sequence[str], out: str | None, engine: Engine
) -> Built:
    from features.catalogue import available
    from features.feeders.cluster import build_on_cluster
    from features.feeders.partitioned import write_partitioned

    with engine.cluster(settings, workspace) as cluster, progress_bar() as tell:
        at = _instants(cutoffs, settings, cluster.report)
        file = out or str(workspace.features / _name(at))
        wanted = available(cluster.feeder.present)
        tell("features on Spark", 0, 1)
        rows = write_partitioned(build_on_cluster(cluster.feeder, wanted, at, permit=cluster.permit), file)
        tell("features on Spark", 1, 1)
    return Built(file, rows, at, [feature.name for feature in wanted])


def _instants(cutoffs: Sequence[str], settings: Settings, report: Report) -> list[datetime]:
    """The cutoffs that were asked for; without any, the end of the tables that the report is about."""
    if cutoffs:
        return [instant(text, settings.source.timezone) for text in cutoffs]
    if report.as_of is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    return [report.as_of]


def _name(cutoffs: Sequence[datetime]) -> str:
    """A name of its own for each set of cutoffs, so that none takes the place of another."""
    last = f"{max(cutoffs):%Y-%m-%d}"
    instants = "\n".join(sorted(cutoff.astimezone(UTC).isoformat() for cutoff in cutoffs))
    return f"{last}-{len(cutoffs)}-{hashlib.sha256(instants.encode()).hexdigest()[:8]}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
