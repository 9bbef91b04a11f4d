"""`regulars uplift`: whom does an action persuade, by a trial with treated customers and controls?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import as_json, open_workspace, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from training.trial import TrialJudgement


@click.command(
    short_help="Tell from a trial whom an action persuades.",
    epilog="Example:  regulars uplift trial.toml --out persuadable.csv",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV or Parquet of every row: both probabilities, uplift with its interval, verdict.",
)
@as_json
@click.pass_obj
def command(folder: Path, file: Path, out: Path | None, as_json: bool) -> None:
    """Learn from a trial, declared in FILE, what an action changes for whom.

    Every row is judged by a learner that was chosen, by its Qini, and fitted on other rows.
    """
    from training.trial import judge_trial, read_trial, read_trial_file
    from training.uplift import FOLDS

    settings, _ = open_workspace(folder)
    declared = read_trial_file(file)
    trial, ids = read_trial(declared)
    with progress_bar() as tell:
        found = judge_trial(
            trial,
            ids,
            seed=settings.training.seed,
            progress=lambda done: tell(f"{declared.name}: folds", done, FOLDS),
        )
    if out is not None:
        _write(out, found)
    if as_json:
        show_json({"name": declared.name, "file": None if out is None else str(out)} | found.to_json())
        return
    effect, qini = found.effect, found.qini
    rows = [
        ("rows", f"{len(ids):,}"),
        (
            "change of the share with the outcome",
            f"{effect.estimate:+.2%} ({effect.low:+.2%} to {effect.high:+.2%})",
        ),
        ("Qini of the ranking", f"{qini.estimate:.4f} ({qini.low:.4f} to {qini.high:.4f})"),
        ("learners chosen", ", ".join(sorted(set(found.chosen)))),
        *((f"Qini of {name} alone", f"{value:.4f}") for name, value in found.learners.items()),
        *((name, f"{count:,}") for name, count in found.to_json()["verdicts"].items()),
    ]
    show_table(f"Trial {declared.name}", ("what", "value"), rows)


def _write(out: Path, found: TrialJudgement) -> None:
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    from features.workspace import replacing_file
    from serving.atrisk import guarded

    table = found.table()
    with replacing_file(out) as fresh:
        if out.suffix == ".parquet":
            pq.write_table(table, fresh)
            return
        ids = [guarded(one) for one in table["id"].to_pylist()]
        csv.write_csv(table.set_column(0, "id", [ids]), fresh)
