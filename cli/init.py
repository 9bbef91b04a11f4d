"""`regulars init`: a folder with a commented regulars.toml."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from cli.context import as_json, hint, show_json, show_table

TEMPLATE = """\
# Settings of Regulars; every one is described in docs/configuration.md.
# REGULARS__CHURN__HORIZON_DAYS=28 in the environment overrides horizon_days of [churn].

[source]
path = "data"            # folder with order_lines.parquet or order_lines.csv, products, customers, ...
timezone = "UTC"         # of times without a zone, and of the business day
currency = "EUR"
minor_digits = 2

# Your own file and column names, ours = "yours":
# [tables.order_lines]
# file = "sales.csv"
# columns = { customer_id = "client", ordered_at = "date", amount = "net" }

[consent]
# Without a consents table: the ground on which customers are profiled
# ("consent", "contract" or "legitimate_interest").
# basis = "contract"

[churn]
# kind = "contractual"   # churn is then the end of a paid membership (loyalty_events)
# horizon_days = 28      # chosen from the time between purchases when not given
# active_days = 90

[serving]
port = 3000
workers = 2
"""


@click.command(epilog="Example:  regulars init my-shop")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), required=False)
@as_json
@click.pass_obj
def command(folder: Path, target: Path | None, as_json: bool) -> None:
    """Make a folder with a commented regulars.toml.

    TARGET is the folder; without it, that of -C.
    """
    from features.settings import FILE_NAME

    target = target or folder
    file, data = target / FILE_NAME, target / "data"
    if file.exists():
        raise FileExistsError(f"{file} is there already; edit it, or name another folder")
    data.mkdir(parents=True, exist_ok=True)
    file.write_text(TEMPLATE, encoding="utf-8")
    document = {"settings": str(file), "data": str(data)}
    if as_json:
        show_json(document)
    else:
        show_table("New shop", ("what", "value"), list(document.items()))
    hint(f"put your tables into {data}, look through {file}, and run: {regulars_in(target)} validate")


def regulars_in(folder: Path) -> str:
    """How the command is called for a folder."""
    return "regulars" if folder == Path() else f"regulars -C {shlex.quote(str(folder))}"
