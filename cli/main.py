"""The command `regulars`: thin verbs over the rooms.

Answers go to standard output, progress, hints and errors to standard error; the exit code is 0, 1 (it failed),
2 (usage) or 130 (interrupted). With `--json` standard output holds one JSON object, `{"error": ...}` where the verb
failed. Verbs import what they need when they run, so that `--help` is instant.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from cli.context import JSON, QUIET, show_json

VERBS = {
    "init": "cli.init",
    "validate": "cli.validate",
    "features": "cli.features",
    "audit": "cli.audit",
    "train": "cli.train",
    "evaluate": "cli.evaluate",
    "backtest": "cli.backtest",
    "report": "cli.report",
    "movement": "cli.movement",
    "promote": "cli.promote",
    "rollback": "cli.rollback",
    "monitor": "cli.monitor",
    "retrain": "cli.retrain",
    "score": "cli.score",
    "at-risk": "cli.at_risk",
    "offers": "cli.offers",
    "campaign": "cli.campaign",
    "recommend": "cli.recommend",
    "policy": "cli.policy",
    "uplift": "cli.uplift",
    "mentions": "cli.mentions",
    "serve": "cli.serve",
    "suppress": "cli.suppress",
    "demo": "cli.demo",
    "simulate": "cli.simulate",
}
"""Verbs in the order in which a newcomer meets them."""

EXPECTED = (ValueError, TypeError, LookupError, OSError, ImportError)
"""What a user can mend; anything else is a mistake of ours and shows where it happened."""

INTERRUPTED = 130  # as a shell says that SIGINT ended a command


class Verbs(click.Group):
    """Finds a verb in the module of its name, and says its failure in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb that was named."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _fail(ctx, "interrupted", INTERRUPTED)
        except BrokenPipeError:
            _let_go()
            ctx.exit(0)
        except Exception as error:
            if not isinstance(error, _expected()):
                raise
            _fail(ctx, _said(error), 1)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Every verb."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """The command of a verb; None where there is none."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name]).command
        return command


@click.group(
    cls=Verbs,
    epilog="Start with:  regulars init my-shop && cd my-shop && regulars validate",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder that holds regulars.toml (default: here).",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no hints; errors are still told.")
@click.version_option(package_name="regulars")
@click.pass_context
def regulars(ctx: click.Context, folder: Path, quiet: bool) -> None:
    """Churn and loyalty for retailers: who is about to leave, why, and what to offer."""
    ctx.obj = folder
    ctx.meta[QUIET] = quiet


def main() -> None:
    """Run the command line."""
    regulars(prog_name="regulars")


def _fail(ctx: click.Context, said: str, code: int) -> None:
    """Tell people, and programs where they asked, then end."""
    click.echo(f"error: {said}", err=True)
    if ctx.meta.get(JSON):
        show_json({"error": said})
    ctx.exit(code)


def _said(error: BaseException) -> str:
    """The message on one line, without the quotes that a KeyError puts around it."""
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    lines = (line.strip() for line in message.splitlines())
    return "; ".join(line for line in lines if line) or type(error).__name__


def _expected() -> tuple[type[BaseException], ...]:
    """EXPECTED, and what the database says of memory, disks and files, where it is in use."""
    duckdb = sys.modules.get("duckdb")
    return EXPECTED if duckdb is None else (*EXPECTED, duckdb.Error)


def _let_go() -> None:
    """Nobody reads on; nor shall Python at its end complain that it cannot write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
