"""`regulars serve`: the service."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import open_workspace


@click.command(
    short_help="Serve predictions, lists and offers.", epilog="Example:  regulars serve --port 3001"
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; default: [serving] port.")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes; default: [serving] workers.")
@click.pass_obj
def command(folder: Path, port: int | None, workers: int | None) -> None:
    """Serve predictions, the at-risk list and offers until interrupted."""
    from serving.run import serve

    settings, workspace = open_workspace(folder)
    changed = {key: value for key, value in {"port": port, "workers": workers}.items() if value is not None}
    serving = settings.serving.model_copy(update=changed)
    serve(settings.model_copy(update={"serving": serving}), workspace)
