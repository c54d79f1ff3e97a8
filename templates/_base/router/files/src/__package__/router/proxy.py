"""Forwards requests to one of two versions, mirrors them, and falls back if a version fails."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

from .config import Backend, Config
from .metrics import NO_ANSWER, RouterMetrics
from .scores import scores
from .sequential import Sample
from .split import SeveralEntitiesError, Side, entity, side
from .state import State, StateFile

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1, and the length, which is set anew
HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_KEY = 256
# A version that fails, not a request that is wrong. 501 and above 504 are answers like any other.
FAILED = frozenset({500, 502, 503, 504})
BODY_SECONDS = 5.0
MAX_ANSWER = 2**24
MIRRORED_AT_ONCE = 32
OWN = "/router/"


@dataclass(frozen=True)
class Answer:
    """A complete answer of a version."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


class Refused(Exception):
    """A request that no version answers."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Proxy:
    """Answers the requests of one rollout."""

    def __init__(self, config: Config, state: StateFile, metrics: RouterMetrics) -> None:
        """Create a proxy. Call `start` in the event loop before the first request."""
        self._config = config
        self._state = state
        self._metrics = metrics
        self._sides: dict[Side, Backend] = {"stable": config.stable, "candidate": config.candidate}
        self._open = 0
        self._mirrors: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        # The controller sets it. Until then, the stable version answers.
        self.candidate_ready = False
        self.differences = Sample()
        self.largest_difference = 0.0

    async def start(self) -> None:
        """Open the pool of connections to the versions."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit_per_host=self._config.max_requests, limit=0),
            timeout=aiohttp.ClientTimeout(total=self._config.timeout_seconds),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def stop(self) -> None:
        """Wait for copies in flight, which end at their time limit, and close the pool."""
        await asyncio.gather(*self._mirrors, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pool of connections to the versions."""
        assert self._session is not None, "the proxy is not started"
        return self._session

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if request.path.startswith(OWN):
            return self._own(request)
        found = request.headers.get("x-request-id", "")
        request_id = found if REQUEST_ID.fullmatch(found) else uuid.uuid4().hex
        if self._open >= self._config.max_requests:
            self._metrics.refused.labels("busy").inc()
            return _problem(503, "too many requests are open", request_id, {"Retry-After": "1"})
        self._open += 1
        try:
            body = await self._body(request)
            return await self._route(request, body, request_id)
        except Refused as error:
            self._metrics.refused.labels(error.reason).inc()
            answer = _problem(error.status, str(error), request_id)
            if error.status in (408, 413):
                # The rest of the body is not read.
                answer.force_close()
            return answer
        finally:
            self._open -= 1

    def _own(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/router/healthz":
            return web.json_response({"status": "ok"})
        if request.path == "/router/state":
            return web.Response(
                body=orjson.dumps(state_of(self._state.value)), content_type="application/json"
            )
        return _problem(404, "the router has /router/healthz and /router/state", "")

    async def _body(self, request: web.BaseRequest) -> bytes:
        limit = self._config.max_body_bytes
        if request.content_length is not None and request.content_length > limit:
            raise Refused(413, "too_large", f"the body has more than {limit} bytes")
        if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        parts = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.content.iter_any():
                    parts += part
                    if len(parts) > limit:
                        raise Refused(413, "too_large", f"the body has more than {limit} bytes")
        except TimeoutError:
            raise Refused(408, "slow_body", "the body did not arrive in time") from None
        return bytes(parts)

    async def _route(
        self, request: web.BaseRequest, body: bytes, request_id: str
    ) -> web.StreamResponse:
        state = self._state.value
        headers = _forwarded(request, request_id)
        target: Side = "candidate" if state.phase == "promoted" else "stable"
        if request.method == "POST":
            target = self._side(request.headers, body, request_id, state)
        answer = await self._ask(target, request, headers, body)
        if answer is not None and answer.status not in FAILED:
            if self._mirrors_now(request, state):
                self._mirror(request, headers, body, answer)
            return self._response(answer, self._sides[target], request_id)
        degraded = None
        if target == "candidate":
            degraded = await self._ask("stable", request, headers, body)
        if degraded is not None and degraded.status not in FAILED:
            self._metrics.degraded.labels("previous").inc()
            return self._response(
                _marked(degraded), self._config.stable, request_id, degraded="previous"
            )
        if request.method == "POST" and self._config.default_answer is not None:
            self._metrics.degraded.labels("default").inc()
            content = Answer(
                200,
                CIMultiDict({hdrs.CONTENT_TYPE: "application/json"}),
                orjson.dumps(self._config.default_answer),
            )
            return self._response(_marked(content), None, request_id, degraded="default")
        if answer is None:
            return _problem(502, "no version answered", request_id)
        return self._response(answer, self._sides[target], request_id)

    def _side(self, headers: Mapping[str, str], body: bytes, request_id: str, state: State) -> Side:
        """Return the version for a request. Raises Refused if an A/B test cannot use it."""
        running = state.phase == "running"
        if running and not self.candidate_ready:
            return "stable"
        test = self._config.mode == "ab" and running
        if not test and state.weight in (0.0, 1.0):
            return "candidate" if state.weight else "stable"
        key = headers.get(self._config.key_header)
        if self._config.entity is not None:
            try:
                found = entity(body, headers, self._config.entity, strict=test and not key)
            except SeveralEntitiesError:
                raise Refused(
                    400, "several_entities", "an A/B test needs one entity for each request"
                ) from None
            key = found or key
        if not key and test:
            raise Refused(400, "no_key", f"an A/B test needs a key: send {self._config.key_header}")
        return side(self._config.split_salt, (key or request_id)[:MAX_KEY], state.weight)

    async def _ask(
        self, target: Side, request: web.BaseRequest, headers: CIMultiDict[str], body: bytes
    ) -> Answer | None:
        """Return the answer of a version, or None if it gave none."""
        # The path is forwarded byte for byte: encoding it again would change it.
        url = URL(self._sides[target].url.rstrip("/") + request.raw_path, encoded=True)
        started = time.perf_counter()
        status = NO_ANSWER
        try:
            async with self.session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as found:
                content = bytearray()
                async for part in found.content.iter_any():
                    content += part
                    if len(content) > MAX_ANSWER:
                        return None
                status = str(found.status)
                return Answer(found.status, found.headers.copy(), bytes(content))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        finally:
            self._metrics.requests.labels(target, status).inc()
            if request.method == "POST":
                self._metrics.seconds.labels(target).observe(time.perf_counter() - started)

    def _mirrors_now(self, request: web.BaseRequest, state: State) -> bool:
        shadow = self._config.mode == "shadow" and state.phase == "running"
        return shadow and self.candidate_ready and request.method == "POST"

    def _mirror(
        self, request: web.BaseRequest, headers: CIMultiDict[str], body: bytes, answer: Answer
    ) -> None:
        """Send a copy to the candidate after the answer is known; drop it if too many are open."""
        if len(self._mirrors) >= MIRRORED_AT_ONCE:
            self._metrics.mirrored.labels("dropped").inc()
            return
        task = asyncio.create_task(self._compare(request, headers, body, answer))
        self._mirrors.add(task)
        task.add_done_callback(self._mirrors.discard)

    async def _compare(
        self, request: web.BaseRequest, headers: CIMultiDict[str], body: bytes, answer: Answer
    ) -> None:
        copy = await self._ask("candidate", request, headers, body)
        if copy is None or copy.status in FAILED or (answer.status < 300 <= copy.status):
            self._metrics.mirrored.labels("failed").inc()
            return
        first, second = scores(answer.body), scores(copy.body)
        self._metrics.mirrored.labels("compared").inc()
        if len(first) != len(second):
            return
        for old, new in zip(first, second, strict=True):
            difference = abs(new - old)
            self.differences.add(new - old)
            self.largest_difference = max(self.largest_difference, difference)
            self._metrics.difference.observe(difference)

    def _response(
        self, answer: Answer, backend: Backend | None, request_id: str, degraded: str | None = None
    ) -> web.Response:
        headers = CIMultiDict(
            (name, value)
            for name, value in answer.headers.items()
            if name.lower() not in HOP_BY_HOP
        )
        headers["x-request-id"] = request_id
        headers["x-served-version"] = backend.version if backend else "none"
        if degraded:
            headers["x-degraded"] = degraded
        return web.Response(status=answer.status, headers=headers, body=answer.body)


def state_of(state: State) -> dict[str, Any]:
    """Return the state as JSON types."""
    return {name: getattr(state, name) for name in state.__struct_fields__}


def _forwarded(request: web.BaseRequest, request_id: str) -> CIMultiDict[str]:
    """Return the headers for a version: all but those of the connection itself."""
    named = {name.strip().lower() for name in request.headers.get(hdrs.CONNECTION, "").split(",")}
    headers = CIMultiDict(
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in HOP_BY_HOP and name.lower() not in named
    )
    headers["x-request-id"] = request_id
    return headers


def _marked(answer: Answer) -> Answer:
    """Add `degraded` to a JSON object; to the parameters in the Open Inference Protocol."""
    if hdrs.CONTENT_ENCODING in answer.headers:
        return answer
    try:
        content = orjson.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(content, dict):
        return answer
    if isinstance(content.get("outputs"), list):
        content["parameters"] = {**(content.get("parameters") or {}), "degraded": True}
    else:
        content["degraded"] = True
    return Answer(answer.status, answer.headers, orjson.dumps(content))


def _problem(
    status: int, message: str, request_id: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps({"detail": message}),
        content_type="application/json",
        headers={**(headers or {}), **({"x-request-id": request_id} if request_id else {})},
    )
