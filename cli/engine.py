"""`--engine spark`: the same work on a cluster, or on local cores as if they were one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from features.feeders.cluster import ClusterFeeder
    from features.settings import Settings
    from features.workspace import Workspace


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
    def feeder(self, settings: Settings, workspace: Workspace) -> Iterator[ClusterFeeder]:
        """A feeder over the tables, whose session ends with the block."""
        from features.feeders.cluster import ClusterFeeder, open_session

        chosen = settings.spark
        if self.master is not None:
            chosen = chosen.model_copy(update={"master": self.master})
        session = open_session(chosen)
        try:
            yield ClusterFeeder(
                session,
                self.tables or str(workspace.tables.resolve()),
                zone=settings.source.timezone,
                settings=settings.features,
                partitions=chosen.partitions,
            )
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
