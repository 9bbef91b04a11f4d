"""The page `docs/tables.md`, generated from the contract so that the two cannot differ."""

from __future__ import annotations

from features.contract import KINDS, TABLES, Column, Table

_OPENING = """\
# The tables that a retailer brings

Generated from `features/contract.py`; do not edit by hand.

Each table is one file in the source folder: `order_lines.parquet`, `order_lines.csv`, `order_lines.csv.gz`, or a
folder `order_lines/` of Parquet files, joined by the names of their columns. Only `order_lines` is required; the
features that need another table are left out where it is not brought. A file of another name, and columns of other
names, are configuration:

```toml
[source]
path = "data"
timezone = "Europe/Berlin"   # the zone of times without one, and of the business day
minor_digits = 2             # cents

[tables.order_lines]
file = "till_2024.csv"
columns = { order_id = "receipt", customer_id = "card", ordered_at = "sold_at", amount = "net" }
```

## How values are read

| kind | what is read |
|---|---|
"""

_RULES = """
CSV files have the names of the columns in the first line that holds anything, or in the one after a line `sep=;`;
the delimiter is that one, else comma, semicolon, tab or bar. They are UTF-8, or UTF-16 or UTF-32 with a byte order
mark; any other encoding is set as `encoding`. A file with more than one line, and more than one in a hundred, that
is not in UTF-8 is refused, and the report names the encoding that it probably has. Line ends may be of any system.

Times are read as ISO 8601 (`2024-05-31`, `2024-05-31 14:00`, `2024-05-31T14:00:00+02:00`) with four digits of the
year, 0001 to 9999; `24-05-31` is unreadable. Other ways of writing them are listed as `time_formats`, such as
`%d/%m/%Y %H:%M`, or `epoch_s`, `epoch_ms` and `epoch_us` for numbers that count from 1970; ISO 8601 is read beside
them, unless a listed format reads it otherwise. Two formats that read one value differently (`%d/%m/%Y` and
`%m/%d/%Y`) are refused. A time without a zone that falls into the hour skipped in spring is read with the offset
before the change; in the hour repeated in autumn it is the second pass, standard time.

Numbers in text have a point or, with `decimal = ","`, a comma as decimal mark. Groups of three digits may be parted
by blanks (also those that do not break) and apostrophes, with a decimal comma by points. With a decimal point,
`1,234.56` and `1,234,567` are read; `1,234` could be either and is not. A minus may stand at the end (`12.50-`),
and brackets are one: `(12.50)`. An amount may have the sign or code of `source.currency`, and of no other. Amounts
have fewer than 15 digits, minor units included.

A column that the source does not have can be computed: `computed = { amount = "Quantity * UnitPrice" }`, from
numbers, columns (in quotation marks if the name is no word), `+ - * /` and brackets. Without a part, or divided by
zero, it is empty. Money, number and integer columns can be computed.

Text and ids lose the blanks around them; what is then empty is an empty value. Words such as `nan` and `null`, text
with invisible characters and numbers that a spreadsheet has rounded (`1.23457E+12`) are no ids. Of a floating-point
column, `nan` and infinity are unreadable.

## What becomes of bad rows

A row that cannot be used goes to the quarantine, `workspace/tables/quarantine/<table>.parquet`, with the source's
own columns as text, the `reason` and the `row` in the file. Rows in = rows used + rows quarantined, always.

| reason | meaning |
|---|---|
| `broken_line` | a line of a CSV file that does not split into its columns, or is not in its encoding |
| `suppressed` | the customer is on the suppression list; kept without any content, nor named in other rows |
| `missing_X` | column `X` is empty and must not be |
| `unreadable_X` | column `X` holds something that is not of its kind, required or not |
| `unknown_X` | column `X` holds a word that is not one of those allowed |
| `duplicate_key` | an earlier usable row of the file has the same key and other values |
| `repeated_row` | the same row is used once already; does not count to `source.max_quarantined_share` |
| `superseded_row` | a later part of the folder has a newer version; does not count either |
| `after_as_of` | the row happened, or an order line became known, after the end of the extract |

The end of the extract, `as_of`, is `source.as_of`; else the microsecond after the latest `ingested_at` of
`order_lines`, so that the newest load counts; else the midnight after the last day with at least a tenth of the
median daily order lines of the 28 days before it. No other table moves it. A row of another table that became known
later is kept and does not count at `as_of`. `consents`, `offer_events` and `decisions` are not cut at all: a refusal
counts at once, and the product goes on writing after the extract.

More quarantined rows than `source.max_quarantined_share` of a table, a missing column, a table that cannot be read
or an empty `order_lines` is an error: nothing that was validated before is then replaced.
"""


def contract_markdown() -> str:
    """The whole page, ending in a line break."""
    kinds = "".join(f"| {kind} | {meaning} |\n" for kind, meaning in KINDS.items())
    return _OPENING + kinds + _RULES + "".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    rows = "".join(_row(column) for column in table.columns)
    key = ", ".join(f"`{name}`" for name in table.key)
    return (
        f"\n## {table.name}\n\n{table.doc}{' **Required.**' if table.mandatory else ''}\n\nKey: {key}.\n\n"
        f"| column | kind | required | meaning |\n|---|---|---|---|\n{rows}"
    )


def _row(column: Column) -> str:
    values = f" One of {', '.join(column.values)}." if column.values else ""
    items = f" Each has {', '.join(column.items)}." if column.items else ""
    required = "yes" if column.required else ""
    return f"| `{column.name}` | {column.kind} | {required} | {column.doc}{values}{items} |\n"
