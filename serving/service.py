"""The BentoML service `Regulars`: `POST /predict`, health, and the mounted endpoints of `serving.app`."""

from __future__ import annotations

import inspect
import logging
import os
from typing import Any

import bentoml
from anyio import to_thread
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from serving.app import app
from serving.middleware import ServiceMiddleware
from serving.predict import predict
from serving.problems import ProblemError
from serving.schemas import PredictAnswer, PredictAsked
from serving.state import WORKERS_VARIABLE, ServingState, configuration

REQUEST_SECONDS = 60


def _is_our_fault(record: logging.LogRecord) -> bool:
    """BentoML logs a traceback for every malformed request, with what was sent; metrics count those."""
    return record.exc_info is None or not isinstance(record.exc_info[1], ValidationError)


@bentoml.service(
    name="Regulars",
    workers=int(os.environ.get(WORKERS_VARIABLE, "2")),
    threads=4,
    traffic={"timeout": REQUEST_SECONDS},
    # BentoML labels its metrics by raw path, so customer ids would pile up there; serving.metrics does not
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    # the tracing middleware is the largest cost of a request even where nothing is exported
    tracing={"excluded_urls": [".*"]},
)
@bentoml.asgi_app(app, path="/", name="regulars")
class Regulars:
    """Churn and loyalty predictions, the at-risk list and the next best offer."""

    def __init__(self) -> None:
        logging.getLogger("regulars").setLevel(logging.INFO)
        # paths hold customer ids
        logging.getLogger("uvicorn.access").disabled = True
        logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_our_fault)
        self._state = ServingState.open(*configuration())
        app.state.serving = self._state

    @bentoml.api(route="/predict")  # type: ignore[untyped-decorator]
    async def predict(self, asked: PredictAsked, /) -> PredictAnswer:
        """Churn probability and loyalty type for known customers (`ids`) or raw feature rows (`rows`)."""
        answer: Any = await to_thread.run_sync(self._answer, asked)
        # a response passes through BentoML as it is; its output would be validated again
        return answer  # type: ignore[no-any-return]

    def _answer(self, asked: PredictAsked) -> Response:
        try:
            return JSONResponse(predict(self._state, asked))
        except ProblemError as problem:
            return problem.response()

    async def __is_ready__(self) -> bool:
        """Ready as soon as there is a generation to answer from."""
        return await to_thread.run_sync(self._state.watcher.refresh) is not None

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Close the store."""
        self._state.close()


# the decorators make a bentoml.Service of the class, which mypy cannot see
_service: Any = Regulars
_service.add_asgi_middleware(ServiceMiddleware)


@app.get("/docs.json", include_in_schema=False)
def openapi() -> Response:
    """The OpenAPI document, described in our words: BentoML's own have badges that load from other hosts."""
    document = _service.openapi_spec.asdict()
    document["info"] = {
        "title": app.title,
        "version": app.version,
        "description": inspect.getdoc(_service.inner),
    }
    return JSONResponse(document)
