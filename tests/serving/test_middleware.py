"""Claims about the middleware, around small applications."""

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from serving import metrics, middleware
from serving.middleware import ServiceMiddleware, route_template


def _client(endpoint, path="/items/{item}"):
    app = Starlette(routes=[Route(path, endpoint, methods=["GET", "POST"])])
    return TestClient(ServiceMiddleware(app), raise_server_exceptions=False)


def test_an_answer_that_is_no_error_passes_untouched():
    client = _client(lambda _: StreamingResponse(iter([b"a", b"b"]), media_type="text/plain"))
    assert client.get("/items/1").text == "ab"


@pytest.mark.parametrize("body", [{"error": "no"}, [{"error": "no"}]])
def test_an_error_of_another_shape_becomes_a_problem(problem, body):
    client = _client(lambda _: JSONResponse(body, 404))
    assert problem(client.get("/items/1"), 404)["detail"] == "no"


def test_a_router_keeps_its_allow_header(problem):
    answer = _client(lambda _: PlainTextResponse("x")).delete("/items/1")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


def test_a_body_that_grows_beyond_the_limit_is_refused(problem, monkeypatch):
    monkeypatch.setattr(middleware, "MAX_BODY_BYTES", 10)

    async def read(request):
        return JSONResponse(len(await request.body()))

    client = _client(read)
    assert (
        client.post("/items/1", content=b"x" * 10, headers={"content-type": "application/json"}).json() == 10
    )
    answer = client.post(
        "/items/1", content=iter([b"x" * 6, b"x" * 6]), headers={"content-type": "application/json"}
    )
    problem(answer, 413)


def test_requests_are_counted_under_their_template():
    client = _client(lambda _: PlainTextResponse("x"), "/things/{thing}")
    for number in range(3):
        client.get(f"/things/{number}")
    counted = 'regulars_requests_total{method="GET",route="/things/{thing}",status="200"} 3.0'
    assert counted in metrics.exposition().decode()


def test_a_path_without_route_is_not_a_label():
    assert route_template({"type": "http", "path": "/a-person"}) == "other"


def test_what_is_not_http_passes_untouched():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    asyncio.run(ServiceMiddleware(app)({"type": "lifespan"}, None, None))
    assert seen == [({"type": "lifespan"}, None, None)]


def test_problems_are_json(problem):
    answer = _client(lambda _: PlainTextResponse("broken", 503)).get("/items/1")
    assert json.loads(answer.content)["title"] == "Service Unavailable"
    problem(answer, 503)
