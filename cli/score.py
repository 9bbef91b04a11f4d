"""`regulars score`: a generation for everybody in the population."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from cli.context import Progress, as_json, instant, open_workspace, progress_bar, show_json, show_table
from cli.engine import Engine, engine_options

if TYPE_CHECKING:
    from features.settings import Settings
    from features.tables.report import Report
    from features.workspace import Workspace
    from serving.scoring import Rhythm
    from training.registry import Registry


@click.command(
    short_help="Score all customers for lists and the service.",
    epilog="Example:  regulars score --offers offers.toml",
)
@click.option("--cutoff", help="Date or instant at which customers are scored; default: the end of the data.")
@click.option(
    "--offers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Catalogue (TOML, YAML, JSON).",
)
@click.option("--use-challengers", is_flag=True, help="Of a task without a champion, use the challenger.")
@click.option("--out", type=click.Path(), help="With Spark: folder or address of scores to write.")
@engine_options
@as_json
@click.pass_obj
def command(
    folder: Path,
    cutoff: str | None,
    offers: Path | None,
    use_challengers: bool,
    out: str | None,
    engine: Engine,
    as_json: bool,
) -> None:
    """Score all customers with the champions and make the result what the service serves.

    With `--engine spark` the scores become a folder of Parquet instead, and the service stays as it is.
    """
    settings, workspace = open_workspace(folder)
    if engine.is_spark:
        if offers is not None:
            raise click.UsageError("--offers belongs to a generation, which --engine spark does not build")
        document = _score_on_spark(settings, workspace, cutoff, out, engine, use_challengers=use_challengers)
        show_json(document) if as_json else show_table("Scores", ("what", "value"), list(document.items()))
        return
    engine.refuse_tables()
    if out is not None:
        raise click.UsageError("--out belongs to --engine spark; a generation has its place in the workspace")
    from cli.champions import alone

    with alone(workspace, wait=True), progress_bar() as tell:
        built = score(
            settings, workspace, cutoff=cutoff, offers=offers, use_challengers=use_challengers, progress=tell
        )
    from serving.generation import Generation

    manifest = Generation.open(built).manifest
    document = {
        "generation": built.name,
        "customers": manifest.rows,
        "cutoff": manifest.cutoff.isoformat(),
        "models": manifest.models,
        "folder": str(built),
    }
    if as_json:
        show_json(document)
    else:
        models = ", ".join(f"{task} {version}" for task, version in manifest.models.items())
        show_table("Generation", ("what", "value"), list((document | {"models": models}).items()))


def score(
    settings: Settings,
    workspace: Workspace,
    *,
    cutoff: str | None = None,
    offers: Path | None = None,
    use_challengers: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Build a generation: features of the population, the champions, the offers.

    Args:
        use_challengers: of a task without a champion, take the challenger.

    Returns:
        The folder of the new generation, which `CURRENT` now names.

    Raises:
        LookupError: there is no champion.
        ValueError: nobody is in the population, or an offer does not fit.
    """
    from features.catalogue import available
    from features.feeders.embedded import NUMBER, feature_matrix, open_feeder
    from features.feeders.history import HistoryWriter
    from features.permission import profiling_permit
    from features.tables.report import load_report
    from models.artifact import Model
    from models.population import in_population
    from serving.offers import default_catalogue, read_catalogue
    from serving.scoring import build_generation
    from training.registry import Registry
    from training.sentiment import fill_sentiment

    registry = Registry(workspace)
    churn, loyalty = (_model(registry, task, use_challengers) for task in ("churn", "loyalty_type"))
    value, recommender = (_optional(registry, task, use_challengers) for task in ("value", "recommendation"))
    at, as_of = _scored_at(settings, load_report(workspace.tables), cutoff)
    permit = profiling_permit(settings, workspace)
    fill_sentiment(settings, workspace, progress=progress)
    with TemporaryDirectory(prefix=".live-", dir=workspace.root) as scratch:
        live = Path(scratch) / "live"
        live.mkdir()
        with (
            open_feeder(settings, workspace) as feeder,
            HistoryWriter(live / "history", permit, NUMBER) as history,
        ):
            matrix = feature_matrix(
                feeder,
                available(feeder.present),
                [at],
                history=history,
                progress=None if progress is None else lambda done, total: progress("features", done, total),
            )
            feeder.reference(available(feeder.present)).write(live / "reference")
            orders, ids = feeder.order_times, feeder.ids.to_numpy(zero_copy_only=False)
        population = matrix.where(in_population(Model.load(churn).metadata, matrix.column))
        table = workspace.tables / "offers.parquet"
        chosen = offers or (table if table.is_file() else None)
        catalogue = read_catalogue(chosen) if chosen else default_catalogue()
        return build_generation(
            workspace,
            settings,
            population,
            churn,
            loyalty,
            catalogue,
            as_of,
            value=value,
            rhythm=_rhythm(*orders, ids, at),
            live=live,
            recommender=recommender,
            progress=progress,
        )


def _scored_at(settings: Settings, report: Report, cutoff: str | None) -> tuple[datetime, datetime]:
    """The cutoff at which customers are scored, and the end of the data."""
    if report.as_of is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    at = instant(cutoff, settings.source.timezone) or report.as_of
    if at > report.as_of:
        raise ValueError(
            f"cutoff {at.isoformat()} lies after the end of the data, {report.as_of.isoformat()}: nobody is known "
            "to have bought in between; bring newer data and run: regulars validate"
        )
    return at, report.as_of


def _score_on_spark(
    settings: Settings,
    workspace: Workspace,
    cutoff: str | None,
    out: str | None,
    engine: Engine,
    *,
    use_challengers: bool,
) -> dict[str, object]:
    from features.feeders.partitioned import write_partitioned
    from models.artifact import Model
    from models.value import ValueModel
    from serving.cluster import score_on_cluster
    from training.registry import Registry

    registry = Registry(workspace)
    churn, loyalty = (_model(registry, task, use_challengers) for task in ("churn", "loyalty_type"))
    value = _optional(registry, "value", use_challengers)
    with engine.cluster(settings, workspace) as cluster, progress_bar() as tell:
        at, _ = _scored_at(settings, cluster.report, cutoff)
        target = out or str(workspace.scores / f"{at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}")
        tell("scores on Spark", 0, 1)
        scores = score_on_cluster(
            cluster.feeder,
            churn,
            loyalty,
            at,
            value=value,
            least_confidence=settings.loyalty.least_confidence,
            permit=cluster.permit,
        )
        customers = write_partitioned(scores, target)
        tell("scores on Spark", 1, 1)
    models = {"churn": Model.load(churn).version, "loyalty_type": Model.load(loyalty).version}
    models |= {ValueModel.task: ValueModel.load(value).version} if value else {}
    return {"folder": target, "customers": customers, "cutoff": at.isoformat(), "models": models}


def _model(registry: Registry, task: str, use_challengers: bool) -> Path:
    from training.registry import CHALLENGER, CHAMPION

    none = registry.version_of(task, CHAMPION) is None
    return registry.fetch(task, CHALLENGER if none and use_challengers else CHAMPION)


def _optional(registry: Registry, task: str, use_challengers: bool) -> Path | None:
    """The model of a task that a generation can be without."""
    from training.registry import CHALLENGER, CHAMPION

    aliases = (CHAMPION, CHALLENGER) if use_challengers else (CHAMPION,)
    alias = next((alias for alias in aliases if registry.version_of(task, alias) is not None), None)
    return None if alias is None else registry.fetch(task, alias)


def _rhythm(customers: Any, times: Any, ids: Any, at: datetime) -> Rhythm:
    """Gives the lifecycle of customers, from every order that they placed before a cutoff."""
    import numpy as np

    from models.lifecycle import Lifecycle

    found = Lifecycle.at(customers, times, len(ids), int(at.timestamp() * 1_000_000))

    def of(asked: Any) -> Lifecycle:
        place = np.searchsorted(ids.astype(str), asked.astype(str))
        return Lifecycle(found.stage[place], found.cadence_days[place], found.next_order_days[place])

    return of
