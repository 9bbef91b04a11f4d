"""One error shape for every endpoint: problem details, RFC 9457, `application/problem+json`."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:problem-type:regulars:"
_LOG = logging.getLogger("regulars.serving")
_MALFORMED = frozenset({"json_invalid", "json_type"})


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(description="Where: body, path or query, then the names, joined by dots.")
    detail: str = Field(description="What was expected.")


class ProblemDetails(BaseModel):
    """The body of every error (RFC 9457)."""

    type: str = Field(description="Stable name of the kind of problem.")
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None


class ProblemError(Exception):
    """Raised by a handler that cannot answer; becomes the response."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = errors

    def response(self) -> JSONResponse:
        """The problem as a response."""
        content: dict[str, Any] = {
            "type": PREFIX + self.kind,
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.errors:
            content["errors"] = [{"field": field, "detail": detail} for field, detail in self.errors]
        return JSONResponse(content, self.status.value, media_type=MEDIA_TYPE)


def not_found(kind: str, detail: str) -> ProblemError:
    """404: the thing that the path or the body names does not exist."""
    return ProblemError(HTTPStatus.NOT_FOUND, kind, detail)


def unusable(field: str, detail: str) -> ProblemError:
    """422: one field's value cannot be used."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, [(field, detail)])


def of_status(code: int, detail: str = "") -> ProblemError:
    """The problem for a bare status code, such as those that routers give."""
    status = HTTPStatus(code)
    kind = status.phrase.lower().replace(" ", "-")
    return ProblemError(status, kind, detail or status.description or status.phrase)


def of_validation(errors: Sequence[Any], where: str = "") -> ProblemError:
    """400 for what is no JSON at all, 422 for what is JSON of the wrong form; the input is never repeated.

    Args:
        errors: as pydantic lists them (`type`, `loc`, `msg`).
        where: what the locations are relative to.
    """
    if any(error["type"] in _MALFORMED for error in errors):
        return ProblemError(HTTPStatus.BAD_REQUEST, "malformed-json", "the body is not valid JSON")
    found = [(_place(error["loc"], where), str(error["msg"])) for error in errors]
    detail = "; ".join(f"{field}: {message}" for field, message in found[:3])
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail + more, found)


def install(app: FastAPI) -> None:
    """Give an application this error shape for everything that it raises."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_anything)


def translated(status: int, body: bytes) -> ProblemError:
    """The problem for an error body of another shape, such as BentoML's own.

    BentoML answers validation errors with 400 and `{"error", "detail": [pydantic errors]}`, its exceptions
    with `[{"error"}]`, and routers with plain text.
    """
    content = _json(body)
    if isinstance(content, dict) and isinstance(content.get("detail"), list):
        return of_validation(content["detail"], "body")
    if isinstance(content, list) and content:
        content = content[0]
    if isinstance(content, dict) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return of_status(status, str(content.get("error") or ""))
    return of_status(status)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _place(location: Sequence[int | str], where: str) -> str:
    return ".".join(str(part) for part in ((where, *location) if where else location)) or "body"


async def _on_problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return error.response()


async def _on_validation(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return of_validation(error.errors()).response()


async def _on_http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    problem = of_status(error.status_code, error.detail if error.status_code != HTTPStatus.NOT_FOUND else "")
    response = problem.response()
    response.headers.update(error.headers or {})
    return response


async def _on_anything(request: Request, error: Exception) -> Response:
    # the path may hold a customer id, so the log names the kind of error and the route only
    route = getattr(request.scope.get("route"), "path", "unknown route")
    _LOG.error("%s failed: %s", route, type(error).__name__, exc_info=error)
    return of_status(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says why").response()
