"""Runs, models and their aliases in MLflow. No other module knows MLflow.

By default MLflow is embedded: a SQLite file and a folder in the workspace. With MLFLOW_TRACKING_URI in the
environment it is a server.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

# nothing leaves the machine unasked; read when mlflow is imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # the command line shows its own

import mlflow
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from features.workspace import Workspace, replacing_folder

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
WITHDRAWN_AT = "withdrawn_at"
"""Tag of a version that was rolled back."""
DESCRIPTION = "model.json"
"""Holds, in the folder of every artifact, its task and version."""
REPORT = "report.html"
"""The page that is recorded with a run."""


class Artifact(Protocol):
    """A model that can be written as plain files, one of which is DESCRIPTION."""

    @property
    def task(self) -> str:
        """The task's name."""

    @property
    def features(self) -> tuple[str, ...]:
        """What it reads, in order."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it says, in order."""

    @property
    def metadata(self) -> dict[str, Any]:
        """JSON values."""

    def save(self, folder: Path) -> None:
        """Write the files."""


@dataclass(frozen=True)
class Registered:
    """A version of a task's model in the registry."""

    task: str
    version: str
    run_id: str
    aliases: tuple[str, ...]
    figures: dict[str, float]


class Registry:
    """The models of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        folder = workspace.mlflow
        folder.mkdir(parents=True, exist_ok=True)
        own = f"sqlite:///{folder.resolve() / 'mlflow.db'}"
        self.uri = os.environ.get("MLFLOW_TRACKING_URI") or own
        self._embedded = self.uri == own
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        self._client = MlflowClient(self.uri)

    def record(
        self,
        model: Artifact,
        *,
        parameters: Mapping[str, Any],
        figures: Mapping[str, float],
        plots: Mapping[str, Figure],
        card: str,
        gates: Mapping[str, str] | None = None,
        page: str | None = None,
        run_name: str | None = None,
    ) -> Registered:
        """Track a run and register its model as the challenger.

        Args:
            parameters: settings of the run.
            figures: metrics, those of the baselines under their prefixes.
            plots: file name to figure.
            card: the model card, Markdown.
            gates: results of gates, which become tags of the version.
            page: the report, HTML; it becomes the artifact REPORT.

        Returns:
            The new version, with the alias `challenger`.
        """
        self._select()
        with mlflow.start_run(experiment_id=self._experiment(model.task), run_name=run_name) as run:
            mlflow.log_params(dict(parameters))
            mlflow.log_metrics({name: float(value) for name, value in figures.items()})
            for name, figure in plots.items():
                mlflow.log_figure(figure, f"plots/{name}")
            mlflow.log_text(card, "card.md")
            if page is not None:
                mlflow.log_text(page, REPORT)
            info = self._log_files(model)
        name = registered_name(model.task)
        version = self._version(name, info, run.info.run_id)
        tags = {"data_fingerprint": model.metadata.get("fingerprint", "")} | dict(gates or {})
        self.tag(model.task, version, tags)
        self._client.set_registered_model_alias(name, CHALLENGER, version)
        return Registered(model.task, version, run.info.run_id, (CHALLENGER,), dict(figures))

    def _select(self) -> None:
        """Point MLflow's module-level functions here; the environment stays as the user left it.

        MLflow writes the address into the environment, where the next workspace would take it for a server.
        """
        mlflow.set_tracking_uri(self.uri)
        if self._embedded:
            os.environ.pop("MLFLOW_TRACKING_URI", None)

    def _log_files(self, model: Artifact) -> Any:
        with TemporaryDirectory() as scratch:
            folder = Path(scratch) / model.task
            model.save(folder)
            with warnings.catch_warnings():
                # an example of the input would be a customer's row
                warnings.filterwarnings("ignore", message=".*input example.*")
                return mlflow.pyfunc.log_model(
                    name=model.task,
                    loader_module="models.pyfunc",
                    data_path=str(folder),
                    signature=_signature(model),
                    pip_requirements=["lightgbm", "numba", "numpy", "pandas", "pyarrow", "scipy"],
                )

    def _version(self, name: str, logged: Any, run_id: str) -> str:
        """Register a logged model as a new version."""
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        # a server takes a logged model as the source only together with its id
        created = self._client.create_model_version(name, logged.model_uri, run_id, model_id=logged.model_id)
        return str(created.version)

    def _experiment(self, task: str) -> str:
        name = registered_name(task)
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        folder = (self._workspace.mlflow / "artifacts" / task).resolve().as_uri() if self._embedded else None
        return str(self._client.create_experiment(name, artifact_location=folder))

    def version_of(self, task: str, alias: str) -> str | None:
        """The version that carries an alias, None where there is none."""
        try:
            return self._aliases(registered_name(task)).get(alias)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None

    def set_alias(self, task: str, alias: str, version: str) -> None:
        """Move an alias to a version."""
        self._client.set_registered_model_alias(registered_name(task), alias, version)

    def drop_alias(self, task: str, alias: str) -> None:
        """Take an alias away."""
        self._client.delete_registered_model_alias(registered_name(task), alias)

    def tags(self, task: str, version: str) -> dict[str, str]:
        """Tags of a version: gates, lineage, and who promoted it."""
        return dict(self._client.get_model_version(registered_name(task), version).tags)

    def tag(self, task: str, version: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version."""
        for key, value in tags.items():
            self._client.set_model_version_tag(registered_name(task), version, key, value)

    def untag(self, task: str, version: str, *keys: str) -> None:
        """Take tags of a version away, those that it carries."""
        for key in self.tags(task, version).keys() & set(keys):
            self._client.delete_model_version_tag(registered_name(task), version, key)

    def versions(self, task: str) -> list[Registered]:
        """Every version of a task's model, the newest first."""
        name = registered_name(task)
        found = self._client.search_model_versions(f"name = '{name}'", order_by=["version_number DESC"])
        aliases = self._aliases(name) if found else {}
        return [
            Registered(
                task,
                str(entry.version),
                str(entry.run_id),
                tuple(alias for alias, version in aliases.items() if version == str(entry.version)),
                dict(self._client.get_run(str(entry.run_id)).data.metrics),
            )
            for entry in found
        ]

    def _why_none(self, task: str, alias: str) -> str:
        challenger = self.version_of(task, CHALLENGER)
        if alias != CHAMPION or challenger is None:
            return f"there is no {alias} of {task} in {self.uri}; train one with: regulars train {task}"
        return (
            f"there is no champion of {task}: version {challenger} did not beat the baselines (see: regulars "
            f"evaluate {task}). To serve it all the same: regulars score --use-challengers"
        )

    def _aliases(self, name: str) -> dict[str, str]:
        return {
            alias: str(version) for alias, version in self._client.get_registered_model(name).aliases.items()
        }

    def fetch(self, task: str, alias: str = CHAMPION) -> Path:
        """The plain files of the version that carries an alias, in a folder of the workspace.

        Raises:
            LookupError: no version carries the alias.
        """
        version = self.version_of(task, alias)
        if version is None:
            raise LookupError(self._why_none(task, alias))
        run_id = self._client.get_model_version(registered_name(task), version).run_id
        folder = self._workspace.root / "models" / task / f"{version}-{run_id}"
        if not folder.is_dir():
            self._select()
            with TemporaryDirectory() as scratch, replacing_folder(folder) as fresh:
                uri = f"models:/{registered_name(task)}/{version}"
                files = Path(mlflow.artifacts.download_artifacts(uri, dst_path=scratch))
                # a model may hold others in folders of their own
                source = min(files.rglob(DESCRIPTION), key=lambda found: len(found.parts)).parent
                shutil.copytree(source, fresh, dirs_exist_ok=True)
                description = json.loads((source / DESCRIPTION).read_text("utf-8")) | {"version": version}
                (fresh / DESCRIPTION).write_text(json.dumps(description, indent=1), "utf-8")
        return folder

    def page(self, task: str, alias: str = CHAMPION) -> str:
        """The report that was recorded with the version that carries an alias, HTML.

        Raises:
            LookupError: no version carries the alias, or no report was recorded with it.
        """
        version = self.version_of(task, alias)
        if version is None:
            raise LookupError(self._why_none(task, alias))
        run_id = str(self._client.get_model_version(registered_name(task), version).run_id)
        if all(entry.path != REPORT for entry in self._client.list_artifacts(run_id)):
            raise LookupError(
                f"no report was recorded with version {version} of {task}; train it anew: regulars train {task}"
            )
        self._select()
        with TemporaryDirectory() as scratch:
            file = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=REPORT, dst_path=scratch)
            return Path(file).read_text("utf-8")


def registered_name(task: str) -> str:
    """A task's name in the registry."""
    return f"regulars-{task.replace('_', '-')}"


def _signature(model: Artifact) -> ModelSignature:
    """Names and types only: no artifact holds a customer's row."""
    kind = DataType.string if model.features == ("text",) else DataType.double
    inputs = Schema([ColSpec(kind, name, required=True) for name in model.features])
    return ModelSignature(inputs, Schema([ColSpec(DataType.double, label) for label in model.labels]))
