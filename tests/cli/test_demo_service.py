from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cli.demo_service import PORTS, ask, free_port, service


@pytest.fixture
def taken(monkeypatch):
    """A port that somebody listens on, as the first that is looked at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr("cli.demo_service.FIRST_PORT", other.getsockname()[1])
        yield other.getsockname()[1]


def test_a_port_that_is_in_use_is_passed_over(taken):
    assert taken < free_port() < taken + PORTS


def test_with_every_port_in_use_it_says_what_to_do(taken, monkeypatch):
    monkeypatch.setattr("cli.demo_service.PORTS", 1)
    with pytest.raises(OSError, match=f"ports {taken} to {taken} are all in use; stop what listens on one"):
        free_port()


def test_a_service_that_ends_at_once_names_its_log(tmp_path):
    with pytest.raises(OSError, match=r"stopped with exit code 1; see .*service\.log"), service(tmp_path):
        pass
    assert "no regulars.toml" in (tmp_path / "service.log").read_text()


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    def do_GET(self):
        self.answer({"path": self.path})

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, document):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_):
        """Say nothing."""


def test_a_question_with_a_body_is_a_post_and_one_without_a_get():
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert ask(f"{url}/v1") == {"path": "/v1"}
        assert ask(url, {"count": 2}) == {"count": 2}
        server.shutdown()
