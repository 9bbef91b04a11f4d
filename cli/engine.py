"""`--engine spark`: the same work on a cluster, or on local cores as if they were one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from features.feeders.cluster import ClusterFeeder
    from features.permission import Permit
    from features.settings import Settings
    from features.tables.report import Report
    from features.workspace import Workspace


@dataclass(frozen=True)
class Cluster:
    """Tables as Spark sees them, their own report, and who of their customers may be profiled."""

    feeder: ClusterFeeder
    report: Report
    permit: Permit


@dataclass(frozen=True)
class Engine:
    """The engine that was chosen.

    Attributes:
        tables: where Spark finds the validated tables; None is the workspace.
        master: where Spark runs; None is as configured.
    """

    name: str
    tables: str | None
    master: str | None

    @property
    def is_spark(self) -> bool:
        """Whether Spark does the work."""
        return self.name == "spark"

    def refuse_tables(self) -> None:
        """An option that this engine would ignore is an error."""
        for option, value in (("--tables", self.tables), ("--master", self.master)):
            if value is not None:
                raise click.UsageError(f"{option} belongs to --engine spark")

    @contextmanager
    def cluster(self, settings: Settings, workspace: Workspace) -> Iterator[Cluster]:
        """The tables on Spark, whose session ends with the block; what it raises is said in plain words."""
        from features.feeders.cluster import ClusterFeeder, open_session
        from features.feeders.cluster_beside import bring_beside
        from features.feeders.cluster_errors import plain_errors
        from features.permission import profiling_permit
        from features.tables.report import load_report

        if self.tables is None:
            load_report(workspace.tables)  # before a session is opened for nothing
        chosen = settings.spark
        if self.master is not None:
            chosen = chosen.model_copy(update={"master": self.master})
        session = open_session(chosen)
        try:
            with plain_errors(), TemporaryDirectory(prefix="regulars-beside-") as name:
                beside = (
                    workspace.tables
                    if self.tables is None
                    else bring_beside(session, self.tables, Path(name))
                )
                feeder = ClusterFeeder(
                    session,
                    self.tables or str(workspace.tables.resolve()),
                    zone=settings.source.timezone,
                    settings=settings.features,
                    partitions=chosen.partitions,
                )
                permit = profiling_permit(settings, workspace, tables=beside)
                yield Cluster(feeder, load_report(beside), permit)
        finally:
            session.stop()


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--engine`, `--tables` and `--master`, given to the command as one `engine`."""

    @click.option(
        "--engine",
        "name",
        type=click.Choice(["duckdb", "spark"]),
        default="duckdb",
        show_default=True,
        help="What sorts the rows.",
    )
    @click.option("--tables", help="With Spark: folder or address of the validated tables.")
    @click.option("--master", help="With Spark: where it runs, such as local[4]; default: as configured.")
    @wraps(command)
    def chosen(*args: Any, name: str, tables: str | None, master: str | None, **options: Any) -> Any:
        return command(*args, engine=Engine(name, tables, master), **options)

    return chosen
