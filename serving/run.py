"""Starting the service as a user does: checks first, then BentoML with its workers."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from features.settings import Settings
from features.workspace import Workspace
from serving.address import store_address
from serving.generation import Generation
from serving.manifest import GenerationError
from serving.publishing import current_id
from serving.state import WORKERS_VARIABLE, environment
from serving.store import Store


def serve(settings: Settings, workspace: Workspace) -> None:
    """Serve the current generation until interrupted.

    Raises:
        ValueError: nothing was scored yet, the current generation cannot be served, the host is unknown, or
            the store's address is of an unknown kind.
        OSError: the port is taken, or the store cannot be reached.
    """
    _check_generation(workspace)
    host, port = _address(settings.serving.host), settings.serving.port
    _check_port(host, port)
    Store.open(store_address(settings, workspace)).close()
    os.environ.update(environment(settings, workspace))
    os.environ[WORKERS_VARIABLE] = str(settings.serving.workers)
    with tempfile.TemporaryDirectory(prefix="regulars-bentoml-", ignore_cleanup_errors=True) as home:
        # BentoML keeps worker metrics below its home; two services must not share them
        os.environ["BENTOML_HOME"] = home
        _run(host, port)


def _run(host: str, port: int) -> None:
    # BentoML reads its environment when it is imported
    from serving.service import Regulars

    service: Any = Regulars
    service.working_dir = str(Path(__file__).parents[1])
    service.serve_http(host=host, port=port)


def _check_generation(workspace: Workspace) -> None:
    generation_id = current_id(workspace.generations)
    if generation_id is None:
        raise GenerationError(f"nothing to serve in {workspace.generations}; run: regulars score")
    Generation.open(workspace.generations / generation_id).verify()


def _address(host: str) -> str:
    """The IP address of a host name, which is what BentoML wants."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ValueError(f"[serving] host is {host!r}, which no address was found for: {error}") from error
    return str(found[0][4][0])


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"port {port} of {host} cannot be used ({error.strerror}); stop what listens there, or set "
                "another [serving] port"
            ) from error
