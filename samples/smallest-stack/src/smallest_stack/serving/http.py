"""The prediction route: an ASGI endpoint that limits a request and always answers.

It is mounted as a Starlette route, so none of FastAPI's code per request runs for it.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..platform.events import emit
from .batching import Overloaded
from .runtime import LoadedModel
from .service import NotFinite, NotServed, Room, ServedModel, Service

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PREFIX = secrets.token_hex(6)
_COUNT = itertools.count(1)
JSON = b"application/json"
_JSON = (b"content-type", JSON)
UNKNOWN = "unknown"


class HealthRoute(Route):
    """A route that reports only health, without authentication."""


class Problem(Exception):
    """A request that cannot be answered. `detail` is a sentence or a list of places."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Gone(Exception):
    """The client closed the connection."""


# (model, body, request id, path parameters) -> the version that answered and the response body.
Answer = Callable[[ServedModel, bytes, str, dict[str, str]], Awaitable[tuple[LoadedModel, bytes]]]
# (problem, request id) -> response body.
Render = Callable[[Problem, str], bytes]
# (version that answered, request id) -> additional headers of the answer.
MoreHeaders = Callable[[LoadedModel, str], list[tuple[bytes, bytes]]]


def render(problem: Problem, request_id: str) -> bytes:
    """Return a problem in the format of FastAPI's own errors."""
    return orjson.dumps({"detail": problem.detail, "request_id": request_id})


class Endpoint:
    """ASGI endpoint of one prediction route."""

    def __init__(
        self,
        service: Service,
        answer: Answer,
        model: ServedModel | None = None,
        render: Render = render,
        accepts: bytes = JSON,
        produces: bytes = JSON,
        headers: MoreHeaders | None = None,
    ) -> None:
        """Create an endpoint for `model`, or for the model in the path parameter `model`.

        accepts, produces: media types of request and answer; an error is always JSON.
        """
        self._service = service
        self._answer = answer
        self._model = model
        self._render = render
        self._accepts = accepts
        self._produces = (b"content-type", produces)
        self._more_headers = headers
        self._max_bytes = service.config.max_body_bytes
        self._deadlines = service.deadlines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and record its metrics."""
        started = time.perf_counter()
        length, content_type, request_id = _headers(scope)
        parameters = scope["path_params"]
        served = self._model or self._service.models.get(parameters.get("model"))
        task = self._deadlines.enter(started)
        held = 0
        try:
            if served is None:
                raise Problem(404, f"no model '{parameters.get('model')}'")
            if not self._is_accepted(content_type):
                raise Problem(415, f"expected content-type: {self._accepts.decode()}")
            body, held = await _read(receive, length, self._max_bytes, self._service.room)
            loaded, content = await self._answer(served, body, request_id, parameters)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError):
                if not self._deadlines.passed(task):
                    raise
                problem = Problem(408, "the request took too long")
            else:
                problem = _problem(error, request_id)
            name = served.name if served is not None else UNKNOWN
            version = served.version if served is not None else None
            seconds = time.perf_counter() - started
            self._service.metrics.refused(name, problem.status, version, seconds)
            await self._refuse(send, problem, request_id)
            return
        finally:
            self._service.room.leave(held)
            self._deadlines.leave(task)
        live = served.live
        if live is not None and live.loaded is loaded:
            metrics = live.metrics
        else:  # The version was swapped during this request.
            metrics = self._service.metrics.bind(served.name, loaded.target.version)
        metrics.ok.inc()
        headers = [
            self._produces,
            (b"content-length", b"%d" % len(content)),
            (b"x-request-id", request_id.encode()),
            (b"x-model-version", loaded.target.version.encode()),
        ]
        if self._more_headers is not None:
            headers += self._more_headers(loaded, request_id)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
        metrics.latency.observe(time.perf_counter() - started)

    def _is_accepted(self, content_type: bytes | None) -> bool:
        # The header nearly always has exactly this value, so parsing it is the exception.
        return content_type in (None, self._accepts) or media_type(content_type) == self._accepts

    async def _refuse(self, send: Send, problem: Problem, request_id: str) -> None:
        content = self._render(problem, request_id)
        headers = [
            _JSON,
            (b"content-length", b"%d" % len(content)),
            (b"x-request-id", request_id.encode()),
        ]
        if problem.status in (408, 413, 503):
            # The rest of the body can still arrive; it must not be read as the next request.
            headers.append((b"connection", b"close"))
        if problem.status == 503:
            headers.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _problem(error: Exception, request_id: str) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFinite):
        return Problem(422, [{"loc": ["body"], "msg": str(error), "type": "not_finite"}])
    if isinstance(error, (NotServed, Overloaded)):
        return Problem(503, str(error))
    if isinstance(error, Gone):
        return Problem(499, "the client closed the connection")
    emit("serving_error", request_id=request_id, error=str(error), trace=traceback.format_exc())
    return Problem(500, HTTPStatus(500).phrase)


def _headers(scope: Scope) -> tuple[int | None, bytes | None, str]:
    length: int | None = None
    content_type: bytes | None = None
    request_id: str | None = None
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
        elif name == b"content-type":
            content_type = value
        elif name == b"x-request-id" and _ID.fullmatch(value):
            request_id = value.decode()
    return length, content_type, request_id or f"{_PREFIX}-{next(_COUNT):x}"


def media_type(value: bytes) -> bytes:
    """Return the media type of a content-type header, without parameters and in lower case."""
    return value.split(b";", 1)[0].strip().lower()


async def _read(receive: Receive, length: int | None, limit: int, room: Room) -> tuple[bytes, int]:
    """Read a body of at most `limit` bytes; return it and the bytes that it reserved from `room`.

    A body that arrives in one chunk reserves nothing: the server buffers as much for each
    connection. Raises Problem 413 or 503, or Gone.
    """
    if length is not None and length > limit:
        raise Problem(413, f"the body has more than {limit} bytes")
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= limit:
        return body, 0
    chunks, total = [body], len(body)
    held = 0
    try:
        while True:
            if total > limit:
                raise Problem(413, f"the body has more than {limit} bytes")
            if not room.enter(total - held):
                raise Problem(503, "too many large bodies are being received")
            held = total
            if not message.get("more_body", False):
                return b"".join(chunks), held
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunks.append(message.get("body", b""))
            total += len(chunks[-1])
    except BaseException:
        room.leave(held)
        raise
