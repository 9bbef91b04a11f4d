"""What the commands about tables and features answer."""

from __future__ import annotations

from cli.answers.answer import Answer

DATA = {
    "init": Answer(
        "The settings file and the folder for your tables.",
        "Makes `regulars.toml` and the folder `data`. A `regulars.toml` that is there is never overwritten.",
        {"": {"settings": "The file that was written.", "data": "The folder that your tables go into."}},
    ),
    "validate": Answer(
        "The tables with their counts, the findings, the end of the data, and a grade for each task.",
        "Replaces `workspace/tables` (used and quarantined rows, `report.json`) in one go, only where there is no "
        "error; with an error the tables that were validated before stay. The page `workspace/readiness.html` is "
        "written anew either way.",
        {
            "": {
                "findings": "What was found, errors first.",
                "findings[].name": "What it is, in one word; stable.",
                "findings[].step": "Where it was found: locate, columns, rows, clock, history, consent, readiness.",
                "findings[].state": "`error` stops, `warning` touches rows, `recommendation` touches none.",
                "findings[].mend": "What would mend it.",
                "findings[].table": "The table, or empty.",
                "findings[].column": "The column, or empty.",
                "findings[].rows": "Rows touched.",
                "findings[].examples": "Up to three values as they came.",
                "tables": "By table: `rows_in`, `rows_used`, `rows_quarantined`, `guests`, and `reasons` of the "
                "quarantine with their rows. In = used + quarantined.",
                "as_of": "End of the extract; null where it could not be told.",
                "as_of_from": "Where it is from: `configuration`, `ingested_at`, `daily_lines` or `last_line`.",
                "first_order": "Time of the first used order line.",
                "last_order": "Time of the last.",
                "fingerprint": "The same for the same used rows, in whatever order.",
                "readiness": "Whether the data can carry the tasks, see [readiness](readiness.md); null on error.",
            }
        },
    ),
    "features": Answer(
        "The file, its rows, cutoffs and features, and the features left out for want of a column.",
        "Writes the matrix to `--out`, else to a file of its own for each set of cutoffs in `workspace/features`; "
        "replaces a file of that name in one go. With `--engine spark`, a folder of Parquet by cutoff.",
        {
            "": {
                "file": "The Parquet file; with Spark, the folder.",
                "rows": "Customers times cutoffs.",
                "cutoffs": "Instants.",
                "features": "How many columns hold features.",
                "feature_hash": "The same for the same features in the same order.",
                "left_out": "Features that need a table or column which was not brought.",
            }
        },
    ),
    "audit": Answer(
        "Every check with its state, what was found and what would mend it; the exit code is 1 where one failed.",
        "Nothing; copies of the tables as they were lie in `workspace` while it runs.",
        {
            "": {
                "task": "The task.",
                "horizon_days": "Length of its label window.",
                "cutoff": "Where features were built with and without the future.",
                "passed": "Whether no check failed.",
                "verdict": "The same in one sentence.",
                "checks": "One for each check, in the order in which they ran.",
                "checks[].name": "What was checked; stable.",
                "checks[].state": "`passed`, `failed`, or `skipped` where there was nothing to check.",
                "checks[].found": "What was seen.",
                "checks[].mend": "What would mend it.",
                "checks[].details": "The numbers behind it: the features that differ, the suspect and its AUROC.",
            }
        },
    ),
}
