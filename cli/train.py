"""`regulars train`: fit, judge and register a challenger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import as_json, hint, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from features.settings import Settings
    from features.workspace import Workspace
    from training.evaluation import Judgement
    from training.recommendation_job import TrainedRecommender
    from training.sentiment import TrainedSentiment
    from training.value_job import TrainedValue

TASKS = ("churn", "loyalty_type")
"""Of customers; they read what the sentiment task says of texts."""
SENTIMENT, VALUE = "sentiment", "value"
RECOMMENDATION = "recommendation"


@click.command(short_help="Fit, judge and register challengers.", epilog="Example:  regulars train churn")
@click.argument("tasks", nargs=-1, type=click.Choice((SENTIMENT, *TASKS, VALUE, RECOMMENDATION)))
@click.option(
    "--accept-score", metavar="REASON", help="Go on although a score is too good to be true; recorded."
)
@click.option(
    "--task-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Train the task that a TOML file declares: a table in which the outcome is a column.",
)
@click.option("--tune", is_flag=True, help="Search for better parameters first; needs regulars[tune].")
@click.option(
    "--trials", type=click.IntRange(min=1), default=30, show_default=True, help="With --tune: how many."
)
@as_json
@click.pass_obj
def command(
    folder: Path,
    tasks: tuple[str, ...],
    accept_score: str | None,
    task_file: Path | None,
    tune: bool,
    trials: int,
    as_json: bool,
) -> None:
    """Train TASKS (all by default) on the validated tables and register challengers.

    In an empty registry a model that beats the baselines becomes champion. Sentiment is trained where customers wrote
    something, and first, since the other models read it.
    """
    from training.job import train

    settings, workspace = open_workspace(folder)
    if task_file is not None:
        if tasks:
            raise click.UsageError("a task file names its task; leave the other names out")
        document = _train_declared(task_file, settings, workspace, show=not as_json)
        if as_json:
            show_json({"sentiment": None, "models": [document]})
        return
    documents, sentiment = [], None
    chosen = _chosen(tasks, workspace)
    if SENTIMENT in chosen:
        sentiment = _train_sentiment(settings, workspace, show=not as_json)
    for task in (task for task in chosen if task in TASKS):
        with progress_bar() as tell:
            trained = train(
                task,
                settings,
                workspace,
                progress=tell,
                accept_score=accept_score,
                trials=trials if tune else 0,
            )
        documents.append(trained.to_json())
        if not as_json:
            show_judgement(task, trained.judgement)
            alias = "champion" if trained.champion else "challenger"
            click.echo(f"version {trained.registered.version} is {alias}\n")
    if VALUE in chosen:
        documents += _if_it_can(VALUE, settings, workspace, asked=VALUE in tasks, show=not as_json)
    if RECOMMENDATION in chosen:
        asked = RECOMMENDATION in tasks
        documents += _if_it_can(RECOMMENDATION, settings, workspace, asked=asked, show=not as_json)
    if as_json:
        show_json({"sentiment": sentiment, "models": documents})


def _chosen(tasks: tuple[str, ...], workspace: Workspace) -> tuple[str, ...]:
    """The tasks that were named, else all that the tables allow."""
    from features.sentiment.tables import has_texts

    if tasks:
        return tasks
    return (*((SENTIMENT,) if has_texts(workspace.tables) else ()), *TASKS, VALUE, RECOMMENDATION)


def _if_it_can(
    task: str, settings: Settings, workspace: Workspace, *, asked: bool, show: bool
) -> list[dict[str, Any]]:
    """A task is left out where history is too short for it, unless it was asked for: the others are of use alone."""
    train = _train_value if task == VALUE else _train_recommendation
    try:
        return [train(settings, workspace, show=show)]
    except ValueError as error:
        if asked:
            raise
        hint(f"{task} was left out: {error}")
        return []


def _train_declared(
    task_file: Path, settings: Settings, workspace: Workspace, *, show: bool
) -> dict[str, Any]:
    from training.labelled import train_labelled

    with progress_bar() as tell:
        trained = train_labelled(task_file, settings, workspace, progress=tell)
    if show:
        show_judgement(trained.model.task, trained.judgement)
        alias = "champion" if trained.champion else "challenger"
        click.echo(f"version {trained.registered.version} is {alias}")
    return trained.to_json()


def _train_value(settings: Settings, workspace: Workspace, *, show: bool) -> dict[str, Any]:
    from training.value_job import train_value

    with progress_bar() as tell:
        trained = train_value(settings, workspace, progress=tell)
    if show:
        show_value(trained)
        click.echo(f"version {trained.registered.version} is {trained.to_json()['alias']}\n")
    return trained.to_json()


def _train_recommendation(settings: Settings, workspace: Workspace, *, show: bool) -> dict[str, Any]:
    from training.recommendation_job import train_recommendation

    with progress_bar() as tell:
        trained = train_recommendation(settings, workspace, progress=tell)
    if show:
        show_recommendation(trained)
        click.echo(f"version {trained.registered.version} is {trained.to_json()['alias']}\n")
    return trained.to_json()


def show_recommendation(trained: TrainedRecommender) -> None:
    """Figures of the recommender beside those of its baselines."""
    from training.recommendation_job import design, metric_names

    judgement = trained.judgement
    keys = metric_names(judgement)
    rows = [
        (name, *(f"{judgement.figures[prefix + key]:.3f}" for key in keys))
        for name, prefix in (("model", ""), *((name, f"{name}_") for name in judgement.baselines))
    ]
    show_table(RECOMMENDATION, ("", *keys), rows)
    customers = int(judgement.figures["all_customers"])
    click.echo(f"{judgement.verdict}; judged on {customers:,} customers ({design(trained.model)})")


def show_value(trained: TrainedValue) -> None:
    """Figures of the model of value beside those of its baselines."""
    judgement = trained.judgement
    keys = ("normalised_gini", "mae", "total_ratio")
    rows = [
        (name, *(f"{judgement.figures[prefix + key]:.3f}" for key in keys))
        for name, prefix in (("model", ""), *((name, f"{name}_") for name in judgement.baselines))
    ]
    show_table(VALUE, ("", *keys), rows)
    click.echo(
        f"{judgement.verdict}; margin from {trained.model.margin_from}, judged on {len(judgement.actual):,} rows and "
        f"{judgement.window_days} days"
    )


def _train_sentiment(settings: Settings, workspace: Workspace, *, show: bool) -> dict[str, Any]:
    from training.sentiment import train_sentiment

    with progress_bar() as tell:
        trained = train_sentiment(settings, workspace, progress=tell)
    if show:
        show_sentiment(trained)
        click.echo(f"version {trained.registered.version} is {trained.to_json()['alias']}\n")
    return trained.to_json()


def show_sentiment(trained: TrainedSentiment) -> None:
    """Figures of the judges beside those of the word lists."""
    figures = trained.figures
    rows = [
        (name, *(f"{figures[prefix + key]:.3f}" for key in ("auroc", "macro_f1")))
        for name, prefix in (("model", ""), ("word lists", "word_list_"))
        if figures
    ]
    show_table(SENTIMENT, ("", "auroc", "macro_f1"), rows)
    click.echo(
        f"{trained.verdict}; learnt from {trained.ratings:,} ratings of {trained.texts:,} texts "
        f"({trained.stage.replace('_', ' ')}), judged on {trained.rows:,} ratings of other customers"
    )


def show_judgement(task: str, judgement: Judgement) -> None:
    """Figures of a model beside its baselines."""
    show_figures(task, judgement.figures, tuple(judgement.baselines))
    click.echo(f"{judgement.verdict}; judged on {len(judgement.outcome):,} rows ({judgement.design})")


def show_figures(task: str, figures: Mapping[str, float], baselines: tuple[str, ...]) -> None:
    """One row for the model and for each baseline."""
    binary = ("auroc", "average_precision", "brier", "log_loss", "lift_at_10pct")
    keys = binary if "auroc" in figures else ("macro_auroc", "log_loss", "macro_f1")
    rows = []
    for name in ("model", *baselines):
        prefix = "" if name == "model" else f"{name}_"
        rows.append((name, *(f"{figures[prefix + key]:.3f}" for key in keys)))
    show_table(task, ("", *keys), rows)
