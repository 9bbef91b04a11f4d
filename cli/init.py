"""`regulars init`: a folder with a commented regulars.toml."""

from __future__ import annotations

from pathlib import Path

import click

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
# horizon_days = 28      # chosen from the time between purchases when not given
# active_days = 90

[serving]
port = 3000
workers = 2
"""


@click.command(epilog="Example:  regulars init my-shop")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(target: Path) -> None:
    """Make a folder with a commented regulars.toml."""
    from features.settings import FILE_NAME

    file = target / FILE_NAME
    if file.exists():
        raise FileExistsError(f"{file} is there already; edit it, or name another folder")
    (target / "data").mkdir(parents=True, exist_ok=True)
    file.write_text(TEMPLATE, encoding="utf-8")
    click.echo(f"{file} written; put your tables into {target / 'data'} and run: regulars validate", err=True)
