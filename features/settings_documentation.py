"""The page `docs/configuration.md`, generated from the settings so that the two cannot differ."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from features.settings import FILE_NAME, Settings, TableSettings

MEANINGS = {
    "source.path": "Folder of the tables, or a DuckDB file that holds them; a relative one is read from the folder"
    " of the file.",
    "source.url": "A database that holds the tables, as SQLAlchemy writes it: `postgresql+psycopg://user@host/shop`."
    " It takes the place of `path`. Keep a password in the environment: `REGULARS__SOURCE__URL`.",
    "source.overlap_hours": "An extract from a database asks for rows whose `ingested_at` is newer than the newest"
    " held, less so many hours, since some are committed late.",
    "source.encoding": "Encoding of CSV files, such as `cp1252`; a byte order mark wins over it.",
    "source.decimal": "Decimal mark of numbers in text; with a comma, points and blanks group thousands.",
    "source.time_formats": "How times in text are written where that is not ISO 8601, tried in this order:"
    " `%d.%m.%Y %H:%M`, or `epoch_s`, `epoch_ms` for numbers.",
    "source.timezone": "Zone of times that carry none, and of the business day, week and hour.",
    "source.currency": "Currency of every amount, as it is shown.",
    "source.minor_digits": "Decimal digits of the currency: 2 for cents. Amounts are kept as whole minor units.",
    "source.as_of": "End of the extract. Not set: just after the latest `ingested_at` of `order_lines`, else "
    "told from the daily order lines.",
    "source.max_quarantined_share": "With a larger share of a table's rows in quarantine, validation fails.",
    "source.memory_limit": "Memory that DuckDB may use before it spills to disk, such as `2GB`, `500 MB` or `80%`.",
    "tables.NAME.file": "File or folder of the table inside `source.path`. Not set: the table's own name.",
    "tables.NAME.table": "Name of the table in the database, with its schema: `sales.order_lines`.",
    "tables.NAME.computed": 'Columns made of others: `{amount = "Quantity * UnitPrice"}`; numbers, `+ - * /`,'
    " brackets, and names of your columns, in quotation marks where they hold blanks.",
    "tables.NAME.encoding": "As `source.encoding`, for this table.",
    "tables.NAME.decimal": "As `source.decimal`, for this table.",
    "tables.NAME.time_formats": "As `source.time_formats`, for this table.",
    "tables.NAME.columns": 'Your column names, `{ours = "yours"}`; what is not listed has our name.',
    "consent.basis": "Ground on which customers are profiled where no `consents` table is brought.",
    "features.complaint_topics": "Topics of `interactions` that are complaints.",
    "features.tier_points": "Points within 365 days that each tier asks for, `{silver = 2500, gold = 6000}`. Not set:"
    " features of the rank of tiers are left out.",
    "features.allow_without_history": "Columns of `customers` to be used as they are today where no `valid_from`"
    " tells since when. What changed after a cutoff is then seen before it: name only what hardly changes.",
    "features.chunk_rows": "Order lines that are worked on at a time.",
    "churn.kind": "What leaving is: `non_contractual`, no order in the horizon, or `contractual`, a paid membership"
    " that is not running any more at its end.",
    "churn.horizon_days": "No order for so many days after the cutoff is churn. Not set: the shortest of 7, 14, "
    "28, 56, 90, 180 and 365 days that covers the mean gap of three in four returning customers, at most "
    "the longest of which the history holds eight.",
    "churn.active_days": "Scored is who ordered in so many days before the cutoff. Not set: about three horizons.",
    "loyalty.window_days": "Length of the window before and after the cutoff in which buying is measured.",
    "loyalty.min_orders": "Orders in the window that make a regular; with fewer, `occasional`."
    " Not set: the median of the customers, within 2 and 6.",
    "loyalty.min_past_orders": "Labelled is who placed at least so many orders in the window before the cutoff.",
    "loyalty.threshold": "Deviations above the mean from which a mechanism gives the type; else `value`.",
    "loyalty.types": "Loyalty types of your own, and what survey answers mean: `[loyalty.types.convenience]` with"
    " `channels = [...]`, where whoever is of the type buys more than others, or `answers = [...]` to a survey; the"
    " usual types can have answers too, and an answer that is a type's name always means it.",
    "offers.holdout": "Share of the customers who get no offer, so that its effect can be measured; always the same.",
    "offers.random": "Share of the customers for whom chance chooses among the eligible offers.",
    "offers.explore": "Share of the other decisions in which chance chooses as well; every eligible offer keeps an"
    " equal part of it.",
    "offers.strategy": "`score`: the highest expected margin else; `thompson`: as probable as it is that the offer is"
    " the best, by how often each was accepted of those shown.",
    "offers.reward_share": "An offer costs at most this share of the margin that customers of the same value band"
    " bring in twelve months.",
    "offers.reserve_minutes": "So long a decision is kept for its customer, and holds budget and capacity.",
    "loyalty.least_confidence": "A customer whose likeliest type is less probable is called `unclear`.",
    "value.margin_rate": "Margin as a share of what is paid, where no product has a `unit_cost`.",
    "training.cutoff_every_days": "Distance between training cutoffs. Not set: an eighth of the horizon, at least 7.",
    "training.max_cutoffs": "At most so many training cutoffs, the latest.",
    "training.seed": "Of boosting and of folds by customer; the same seed gives the same model.",
    "training.threads": "Threads of LightGBM. On shared cores one is the fastest.",
    "training.max_plausible_auroc": "Above it training stops: a feature probably knows the future."
    " It also stops where one feature is as good as the full model.",
    "promotion.min_rows": "Rows with outcomes that neither model has seen; with fewer promotion is refused.",
    "promotion.min_events": "The same for the rarest outcome.",
    "promotion.auroc_margin": "The lower bound of the lead in AUROC may lie so far below zero.",
    "promotion.log_loss_tolerance": "The log loss may be so much worse, in nats.",
    "promotion.calibration_tolerance": "The calibration error beyond chance may be so much larger.",
    "promotion.group_margin": "A group of customers may lose so much AUROC.",
    "promotion.max_slowdown": "The challenger may take so many times the champion's CPU seconds.",
    "monitor.watch": "Population stability index from which a drift is watched.",
    "monitor.drift": "The same from which it counts as drifted.",
    "monitor.watch_share": "Share of the model's gain that has to rest on drifted features for it to be watched.",
    "monitor.drifted_share": "Share of the model's gain that has to rest on drifted features to ask for training.",
    "monitor.auroc_lost": "How far the interval of AUROC has to lie below that of the test to ask for training.",
    "monitor.calibration": "Distance of the mean churn probability from the share that left that asks for training,"
    " where it is beyond chance.",
    "sentiment.aspects": "Folder of word lists of aspects, `en.toml` and so on, that add to those that come along;"
    " with `replace = true` in a list they take its place. Not set: those that come along.",
    "reasons.language": "Language of the reasons and of the numbers in them: `en` or `de`.",
    "bands.medium": "Churn probability from which the risk is `medium`.",
    "bands.high": "Churn probability from which the risk is `high`.",
    "report.value_saved": "What a leaver who stays is worth. Not set: the mean spend in as many days as the"
    " horizon has, over the year before the cutoff. That is turnover; set your margin.",
    "report.contact_cost": "Cost of contacting one customer, the offer included.",
    "report.save_rate": "Share of contacted leavers who then stay. A guess until a held-out group has measured it.",
    "report.capacity": "Share of customers that can be contacted: where fairness is looked at.",
    "spark.master": "Where Spark runs: `local[4]` for four cores of this machine, or the address of a cluster.",
    "spark.memory": "Memory of the driver and of each executor, such as `2g`; Python workers come on top.",
    "spark.partitions": "Parts into which customers are spread; about one for each two million order lines.",
    "serving.host": "Address to listen on; `0.0.0.0` for all.",
    "serving.port": "Port to listen on.",
    "serving.workers": "Worker processes; with two, one answers while the other restarts.",
    "serving.store_url": "Decision and event store: `sqlite:///FILE` or `postgresql://...`. Not set: SQLite in "
    "the workspace. A relative FILE is read from the folder of regulars.toml. Postgres needs the extra "
    "`regulars[postgres]`.",
}
"""What each setting means, by `section.name`."""

_OPENING = f"""\
# Configuration

Generated from `features/settings.py`; do not edit by hand.

One file, `{FILE_NAME}`, in the folder that `regulars` is told with `-C` (by default where it is started).
`regulars init` writes one with comments. The environment wins over the file, the file over the defaults:
`REGULARS__CHURN__HORIZON_DAYS=28` overrides `horizon_days` of `[churn]`. A name that is not a setting is an
error, in the file and in the environment, so that a typing mistake does not pass for a default.

Everything that is made lies in `workspace/` beside the file: see [architecture](architecture.md).
"""

_WORDS = {
    "str": "text",
    "SecretStr": "text",
    "int": "whole number",
    "float": "number",
    "Path": "folder or file",
    "datetime": "time",
}

_ELSEWHERE = """
## In the environment only

| variable | meaning |
|---|---|
| `MLFLOW_TRACKING_URI` | A server that tracks runs and keeps models; not set: embedded in the workspace. |
"""


def settings_markdown() -> str:
    """The whole page, ending in a line break.

    Raises:
        ValueError: a setting has no entry in `MEANINGS`.
    """
    return _OPENING + "".join(_section(name, model) for name, model in _sections()) + _ELSEWHERE


def setting_names() -> list[str]:
    """Every setting as `section.name`, in the order of the page."""
    return [f"{section}.{name}" for section, model in _sections() for name in model.model_fields]


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        if name == "tables":
            yield "tables.NAME", TableSettings
        elif inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def _section(section: str, model: type[BaseModel]) -> str:
    rows = "".join(_row(f"{section}.{name}", name, field) for name, field in model.model_fields.items())
    return (
        f"\n## [{section}]\n\n{inspect.getdoc(model)}\n\n"
        f"| setting | values | default | meaning |\n|---|---|---|---|\n{rows}"
    )


def _row(full_name: str, name: str, field: FieldInfo) -> str:
    if full_name not in MEANINGS:
        raise ValueError(f"setting {full_name!r} has no meaning; add it to MEANINGS")
    return f"| `{name}` | {_values(field)} | {_default(field.default)} | {MEANINGS[full_name]} |\n"


def _values(field: FieldInfo) -> str:
    """The type in a reader's words, with its bounds."""
    bounds = [
        f"{words} {getattr(bound, key)}"
        for bound in field.metadata
        for key, words in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"))
        if hasattr(bound, key)
    ]
    return " ".join([_type(field.annotation), *bounds])


def _type(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return ", ".join(_type(part) for part in get_args(annotation) if part is not type(None))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin is tuple:
        return "list of " + _type(get_args(annotation)[0])
    return "table" if origin is dict else _WORDS[annotation.__name__]


def _default(value: object) -> str:
    return "not set" if value is None or value == () else f"`{value}`"
