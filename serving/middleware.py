"""Around every request: measure it by route template, limit its body, give every error the one shape."""

from __future__ import annotations

from http import HTTPStatus
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import metrics
from serving.problems import MEDIA_TYPE, ProblemError, of_status, translated

MAX_BODY_BYTES = 4 * 1024 * 1024
_PLATFORM_ROUTES = frozenset({"/predict", "/livez", "/readyz", "/healthz", "/docs.json", "/schema.json"})
_OTHER = "other"
_JSON_TYPES = (b"application/json", b"")


class ServiceMiddleware:
    """Pure ASGI; added to the BentoML service, so it sees BentoML's own endpoints too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        started = perf_counter()
        try:
            await self._answer(scope, receive, answer)
        finally:
            seconds = perf_counter() - started
            metrics.observe_request(scope["method"], route_template(scope), answer.status, seconds)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        refusal = _refusal(scope)
        if refusal is None:
            await self._app(scope, _Limited(receive, answer), answer)
        else:
            await refusal.response()(scope, receive, answer)


def route_template(scope: Scope) -> str:
    """The route as it was declared, never as it was asked for: `/v1/customers/{customer_id}`."""
    found = getattr(scope.get("route"), "path_format", None)
    if found is None or found == "":
        found = scope["path"] if scope["path"] in _PLATFORM_ROUTES else _OTHER
    return str(found)


class _Answer:
    """Passes an answer on; an error in another shape is held back and translated."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._body = b""
        self.status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        self.cause: ProblemError | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.cause or _needs_translation(message):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._translate(self._held)
            return
        await self._send(message)

    async def _translate(self, held: Message) -> None:
        response = (self.cause or translated(held["status"], self._body)).response()
        self.status = response.status_code
        kept = [item for item in held["headers"] if item[0].lower() in (b"allow", b"retry-after")]
        await self._send({**held, "status": response.status_code, "headers": response.raw_headers + kept})
        await self._send({"type": "http.response.body", "body": response.body})


class _Limited:
    """Reads a body of at most `MAX_BODY_BYTES`; whatever the reader makes of the error, the answer is 413."""

    def __init__(self, receive: Receive, answer: _Answer) -> None:
        self._receive = receive
        self._answer = answer
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > MAX_BODY_BYTES:
            self._answer.cause = _too_large()
            raise self._answer.cause
        return message


def _needs_translation(start: Message) -> bool:
    if start["status"] < HTTPStatus.BAD_REQUEST:
        return False
    types = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return not types or not types[0].startswith(MEDIA_TYPE.encode())


def _refusal(scope: Scope) -> ProblemError | None:
    if scope["method"] != "POST":
        return None
    headers = dict(scope["headers"])
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type not in _JSON_TYPES:
        return of_status(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, with content-type application/json")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        return _too_large()
    return None


def _too_large() -> ProblemError:
    return of_status(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {MAX_BODY_BYTES} bytes; send fewer rows"
    )
