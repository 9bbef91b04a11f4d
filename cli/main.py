"""The command `regulars`: thin verbs over the rooms.

Data go to standard output, progress and errors to standard error; the exit code is 0, 1 (it failed) or 2
(usage). Verbs import what they need when they run, so that `--help` is instant.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

VERBS = {
    "init": "cli.init",
    "validate": "cli.validate",
    "features": "cli.features",
    "train": "cli.train",
    "evaluate": "cli.evaluate",
    "score": "cli.score",
    "at-risk": "cli.at_risk",
    "offers": "cli.offers",
    "serve": "cli.serve",
    "suppress": "cli.suppress",
    "demo": "cli.demo",
    "simulate": "cli.simulate",
}
"""Verbs in the order in which a newcomer meets them."""

EXPECTED = (ValueError, TypeError, LookupError, OSError, ImportError)


class Verbs(click.Group):
    """Finds a verb in the module of its name."""

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
@click.version_option(package_name="regulars")
@click.pass_context
def regulars(ctx: click.Context, folder: Path) -> None:
    """Churn and loyalty for retailers: who is about to leave, why, and what to offer."""
    ctx.obj = folder


def main() -> None:
    """Run the command line; what a user can mend is said in one line."""
    try:
        regulars(prog_name="regulars")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except EXPECTED as error:
        click.echo(f"error: {_said(error)}", err=True)
        sys.exit(1)


def _said(error: BaseException) -> str:
    """The message without the quotes that a KeyError puts around it."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error) or type(error).__name__


if __name__ == "__main__":
    main()
