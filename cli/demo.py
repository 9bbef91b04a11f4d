"""`regulars demo`: from nothing to an at-risk list and a served offer, on public or on simulated data."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from cli.context import as_json, hint, open_workspace, progress_bar, show_json, show_table
from cli.demo_data import DATA
from cli.demo_service import ask, service

if TYPE_CHECKING:
    from cli.known_truth import Agreement
    from features.settings import Settings
    from features.workspace import Workspace
    from training.registry import Registry


CHANNEL = "web"
"""Where the demo's offers would be shown."""


@click.command(
    short_help="Load data, train, score, serve and ask.", epilog="Example:  regulars demo --no-serve"
)
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option(
    "--data",
    type=click.Choice(tuple(DATA)),
    default="complete_journey",
    show_default=True,
    help="A public panel of a grocer, or a simulated shop whose truth is known.",
)
@click.option("--no-serve", is_flag=True, help="Stop after the answers instead of serving on.")
@as_json
def command(target: Path | None, data: str, no_serve: bool, as_json: bool) -> None:
    """Load data, train, score, serve and ask.

    TARGET gets everything that is made; without it, the folder demo, or demo-simulated for simulated data. What an
    earlier run made is used again; remove the folder to start anew.
    """
    from cli.at_risk import amounts

    chosen = DATA[data]
    into = target or chosen.folder
    with progress_bar() as tell:
        chosen.load(into, tell)
    settings, workspace = open_workspace(into)
    prepare(settings, workspace, show=not as_json)
    with service(into) as url:
        answers = _asked(url)
        truth = _against_truth(settings, workspace, chosen.truth(into))
        if as_json:
            place = {"data": data, "folder": str(into), "url": None if no_serve else url}
            show_json(place | answers | {"truth": asdict(truth) if truth else None})
        else:
            _show(url, answers, truth, amounts(settings))
        if not no_serve:
            with suppress(KeyboardInterrupt):  # also one that comes while this is being written
                hint(f"\nOpen {url} in a browser. Ctrl-C stops the service.")
                signal.pause()


def prepare(settings: Settings, workspace: Workspace, *, show: bool) -> None:
    """Validate, train and score, each unless it has been done.

    Args:
        show: print what came of it, for people.
    """
    from cli.score import score
    from serving.publishing import current_id

    _validate(settings, workspace, show)
    _train(settings, workspace, show)
    if current_id(workspace.generations) is None:
        with progress_bar() as tell:
            score(settings, workspace, use_challengers=True, progress=tell)


def _validate(settings: Settings, workspace: Workspace, show: bool) -> None:
    from cli.validate import show_report
    from features.tables.report import load_report
    from features.tables.validate import validate

    with progress_bar() as tell:
        if (workspace.tables / "report.json").is_file():
            report = load_report(workspace.tables)
        else:
            report = validate(settings, workspace, lambda step: tell(f"validate: {step}", 0, 0))
    report.raise_for_errors()
    if show:
        show_report(report)


def _train(settings: Settings, workspace: Workspace, show: bool) -> None:
    """Models of both tasks; one that did not beat the rules is a challenger, is served here too, and says so."""
    from cli.train import TASKS, VALUE, show_judgement, show_value
    from training.job import train
    from training.registry import CHALLENGER, CHAMPION, Registry
    from training.value_job import train_value

    registry = Registry(workspace)
    _train_sentiment(settings, workspace, registry, show)
    for task in TASKS:
        if registry.version_of(task, CHAMPION) is None and registry.version_of(task, CHALLENGER) is None:
            with progress_bar() as tell:
                trained = train(task, settings, workspace, progress=tell)
            if show:
                show_judgement(task, trained.judgement)
        if registry.version_of(task, CHAMPION) is None:
            hint(f"{task}: a rule is as good here; the demo serves the model all the same")
    if not registry.versions(VALUE):
        try:
            with progress_bar() as tell:
                valued = train_value(settings, workspace, progress=tell)
        except ValueError as error:
            hint(f"value was left out: {error}")
        else:
            if show:
                show_value(valued)


def _train_sentiment(settings: Settings, workspace: Workspace, registry: Registry, show: bool) -> None:
    """Where customers wrote something, and first: the other models read what it says."""
    from cli.train import SENTIMENT, show_sentiment
    from features.sentiment.tables import has_texts
    from training.sentiment import train_sentiment

    if not has_texts(workspace.tables) or registry.versions(SENTIMENT):
        return
    with progress_bar() as tell:
        trained = train_sentiment(settings, workspace, progress=tell)
    if show:
        show_sentiment(trained)


def _asked(url: str) -> dict[str, Any]:
    """What a marketer and a storefront ask, of the running service, and its answers."""
    listed = ask(f"{url}/v1/at-risk?limit=10")
    customer_id = _whom_to_make_an_offer(url, [one["customer_id"] for one in listed["customers"]])
    return {
        "generation": listed["generation"],
        "customers": listed["customers"],
        "customer": ask(f"{url}/v1/customers/{customer_id}"),
        "offers": ask(f"{url}/v1/offers", _offers_wanted(customer_id)),
    }


def _whom_to_make_an_offer(url: str, customer_ids: Sequence[str]) -> str:
    """The first of the list to whom an offer may be made; the first of all where nobody may have one."""
    for customer_id in customer_ids:
        found = ask(f"{url}/v1/customers/{quote(customer_id, safe='')}/offers?channel={CHANNEL}")
        if any(offer["eligible"] for offer in found["offers"]):
            return customer_id
    return customer_ids[0]


def _offers_wanted(customer_id: str) -> dict[str, Any]:
    return {"customer_id": customer_id, "count": 2, "channel": CHANNEL}


def _against_truth(settings: Settings, workspace: Workspace, truth: Path | None) -> Agreement | None:
    """The models beside the truth, where it is known."""
    from cli.known_truth import compare, types_by_rule
    from serving.generation import Generation
    from serving.publishing import current_id

    generation_id = current_id(workspace.generations)
    if truth is None or generation_id is None:
        return None
    generation = Generation.open(workspace.generations / generation_id)
    return compare(generation, truth, types_by_rule(generation, settings, workspace))


def _show(
    url: str, answers: dict[str, Any], truth: Agreement | None, written: Callable[[float], str]
) -> None:
    """The answers as tables, each with how it was asked for."""
    from cli.at_risk import show_at_risk
    from cli.known_truth import show_agreement

    customer_id = answers["customer"]["customer_id"]
    show_at_risk(answers["customers"], written)
    click.echo(f"  GET {url}/v1/at-risk?limit=10\n")
    _show_customer(answers["customer"], written)
    click.echo(f"  GET {url}/v1/customers/{customer_id}\n")
    _show_offers(customer_id, answers["offers"])
    click.echo(f"  POST {url}/v1/offers  {json.dumps(_offers_wanted(customer_id))}")
    if truth is not None:
        click.echo("")
        show_agreement(truth)


def _show_customer(answer: dict[str, Any], written: Callable[[float], str]) -> None:
    types = sorted(answer["loyalty_probabilities"].items(), key=lambda entry: -entry[1])
    rows = [
        ("probability of leaving", f"{answer['churn_probability']:.0%} within {answer['horizon_days']} days"),
        ("more at risk than", f"{int(answer['percentile'])} % of customers ({answer['band']})"),
        ("loyalty type", ", ".join(f"{name} {share:.0%}" for name, share in types)),
        *_worth(answer["margin"], written),
        *(("because", reason["text"]) for reason in answer["reasons"]),
    ]
    show_table(f"Customer {answer['customer_id']}", ("what", "answer"), rows)


def _worth(margin: dict[str, Any] | None, written: Callable[[float], str]) -> list[tuple[str, str]]:
    """What twelve months of the customer bring; nothing where no model of value was scored."""
    if margin is None:
        return []
    low, high = (written(bound) for bound in margin["if_staying_interval"])
    return [("margin of 12 months", f"{written(margin['if_staying'])} if staying ({low} to {high})")]


def _show_offers(customer_id: str, answer: dict[str, Any]) -> None:
    rows = [
        (offer["offer_id"], offer["name"], offer["mechanism"]) if offer["offer_id"] else ("none", "", "")
        for offer in answer["offers"]
    ] or [("none", "", "")]
    show_table(f"Next best offers of {customer_id}", ("offer", "what the customer sees", "mechanism"), rows)
    click.echo(f"recorded as decision {answer['decision_id']}")
