"""The report of a registered version: as it was recorded in training, or judged anew on today's tables."""

from __future__ import annotations

from features.settings import Settings
from features.tables.report import load_report
from features.workspace import Workspace
from training.job import Progress, evaluate, facts_of, silent
from training.origins import saved
from training.registry import CHAMPION, Registry
from training.report.evidence import gather
from training.report.page import page

OF_THE_RUN = ("horizon_days", "first_cutoff", "last_cutoff", "train_cutoffs", "seed", "lightgbm", "suspect")
"""What the metadata of a model say of its training, for the facts of a report."""


def recorded(task: str, alias: str, workspace: Workspace) -> str:
    """The page that training recorded with a version.

    Raises:
        LookupError: no version carries the alias, or it has no report.
    """
    return Registry(workspace).page(task, alias)


def report(
    task: str,
    settings: Settings,
    workspace: Workspace,
    *,
    alias: str = CHAMPION,
    progress: Progress | None = None,
) -> str:
    """Judge a version on the newest outcomes of the validated tables; its page, with the backtest if one ran.

    Raises:
        LookupError: no version carries the alias.
        ValueError: the version was fitted on outcomes that reach beyond the newest cutoff that could test it.
    """
    tell = progress or silent
    found = evaluate(task, alias, settings, workspace, progress=tell)
    tell(f"{task}: report", 0, 0)
    tables = load_report(workspace.tables)
    metadata = found.model.metadata
    facts = {"version": f"{found.model.version} ({alias})"}
    facts |= {name: metadata[name] for name in OF_THE_RUN if name in metadata}
    facts |= {"as_of": tables.as_of.isoformat() if tables.as_of else "", "fingerprint": tables.fingerprint}
    evidence = gather(
        found.model,
        found.judgement,
        found.segments,
        settings,
        facts=facts_of(found.model, facts),
        backtest=saved(workspace, task, tables.fingerprint),
    )
    return page(evidence, settings)
