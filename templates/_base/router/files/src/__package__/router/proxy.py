"""Forwards requests to one of two versions, mirrors them, and falls back if a version fails."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import posixpath
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiohttp
import orjson
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

from .config import Backend, Config
from .connections import Refused, problem
from .metrics import NO_ANSWER, RouterMetrics
from .scores import scores
from .sequential import Sample
from .split import SeveralEntitiesError, Side, entity, side
from .state import State, StateFile

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

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
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
FORWARDED = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
)
NOT_FORWARDED = frozenset({hdrs.METH_CONNECT, hdrs.METH_TRACE})
# POST is a prediction, which changes nothing.
REPEATABLE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS, hdrs.METH_POST})
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_KEY = 256
# Statuses of a failing version. Other statuses, such as 501, are forwarded.
FAILED = frozenset({500, 502, 503, 504})
MAX_ANSWER = 2**24
MIRRORED_AT_ONCE = 32
# Seconds that an idle connection to a version is kept: less than services keep theirs.
POOL_SECONDS = 2.0
OWN = "/router/"


@dataclass(frozen=True)
class Answer:
    """A complete answer of a version."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


@dataclass(frozen=True)
class Asked:
    """A request in the form in which versions get it. `target` is its path and query, as sent."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes

    @property
    def predicts(self) -> bool:
        """Whether a version computes scores for it: every POST request of the service does."""
        return self.method == hdrs.METH_POST

    @property
    def repeatable(self) -> bool:
        """Whether it changes nothing, so that it may be sent twice."""
        return self.method in REPEATABLE


class Proxy:
    """Answers the requests of one rollout."""

    def __init__(self, config: Config, state: StateFile, metrics: RouterMetrics) -> None:
        """Create a proxy. Call `start` in the event loop before the first request."""
        self._config = config
        self._state = state
        self._metrics = metrics
        self._sides: dict[Side, Backend] = {"stable": config.stable, "candidate": config.candidate}
        self._trusted = tuple(ipaddress.ip_network(text) for text in config.trusted_proxies)
        self._private = {"/metrics"} | {
            _normal(unquote(urlsplit(backend.metrics_url.removeprefix(backend.url)).path))
            for backend in self._sides.values()
            if backend.metrics_url.startswith(backend.url)
        }
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
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=self._config.max_requests,
                keepalive_timeout=POOL_SECONDS,
            ),
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

    async def handle(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        """Answer one request, whose body is complete. Raises Refused."""
        target = _target(request)
        path = unquote(target.partition("?")[0])
        if path.startswith(OWN):
            if path == f"{OWN}healthz":
                return web.json_response({"status": "ok"}, headers={hdrs.SERVER: "router"})
            return problem(404, f"the router has {OWN}healthz only")
        if _normal(path) in self._private:
            return problem(404, "metrics are at the metrics port")
        found = request.headers.get("x-request-id", "")
        request_id = found if REQUEST_ID.fullmatch(found) else uuid.uuid4().hex
        if self._open >= self._config.max_requests:
            self._metrics.refused.labels("busy").inc()
            return problem(503, "too many requests are open", request_id, {"Retry-After": "1"})
        self._open += 1
        try:
            headers = _forwarded(request, request_id, self._trusted)
            return await self._route(Asked(request.method, target, headers, body), request_id)
        except Refused as error:
            self._metrics.refused.labels(error.reason).inc()
            return problem(error.status, str(error), request_id)
        finally:
            self._open -= 1

    async def _route(self, asked: Asked, request_id: str) -> web.StreamResponse:
        state = self._state.value
        side: Side = "candidate" if state.phase == "promoted" else "stable"
        if asked.predicts:
            side = self._side(asked, request_id, state)
        answer = await self._ask(side, asked)
        if answer is not None and answer.status not in FAILED:
            if asked.predicts and self._mirrors_now(state):
                self._mirror(asked, answer)
            return _response(answer, asked, self._sides[side].version, request_id)
        other = self._other(side, state) if asked.repeatable else None
        if other is not None:
            second = await self._ask(other, asked)
            if second is not None and second.status not in FAILED:
                name = "previous" if other == "stable" else "candidate"
                self._metrics.degraded.labels(name).inc()
                version = self._sides[other].version
                return _response(_marked(second), asked, version, request_id, degraded=name)
        if asked.predicts and self._config.default_answer is not None:
            self._metrics.degraded.labels("default").inc()
            content = Answer(
                200,
                CIMultiDict({hdrs.CONTENT_TYPE: "application/json"}),
                orjson.dumps(self._config.default_answer),
            )
            return _response(_marked(content), asked, "none", request_id, degraded="default")
        if answer is None:
            return problem(502, "no version answered", request_id)
        return _response(answer, asked, self._sides[side].version, request_id)

    def _other(self, side: Side, state: State) -> Side | None:
        """Return the version that answers if `side` fails; None if only `side` may answer.

        The candidate answers for the stable version only while it has a share of the requests.
        """
        if side == "candidate":
            return "stable"
        if state.phase == "running" and self.candidate_ready and state.share > 0:
            return "candidate"
        return None

    def _side(self, asked: Asked, request_id: str, state: State) -> Side:
        """Return the version for a prediction. Raises Refused if an A/B test cannot use it."""
        running = state.phase == "running"
        if running and not self.candidate_ready:
            return "stable"
        test = self._config.mode == "ab" and running
        if not test and state.share in (0.0, 1.0):
            return "candidate" if state.share else "stable"
        key = asked.headers.get(self._config.key_header)
        if self._config.entity is not None:
            try:
                # The key of the caller is better than the first of several entities.
                strict = test or bool(key)
                found = entity(asked.body, asked.headers, self._config.entity, strict)
                key = found or key
            except SeveralEntitiesError:
                if not key:
                    raise Refused(
                        400, "several_entities", "an A/B test needs one entity for each request"
                    ) from None
        if not key and test:
            raise Refused(400, "no_key", f"an A/B test needs a key: send {self._config.key_header}")
        return side(self._config.split_salt, (key or request_id)[:MAX_KEY], state.share)

    async def _ask(self, side: Side, asked: Asked) -> Answer | None:
        """Return the answer of a version, or None if it gave none."""
        # The target begins with a slash, so that it cannot change the host. It is forwarded byte
        # for byte: encoding it again would change it.
        url = URL(self._sides[side].url.rstrip("/") + asked.target, encoded=True)
        started = time.perf_counter()
        status = NO_ANSWER
        try:
            async with asyncio.timeout(self._config.timeout_seconds):
                answer = await self._call(asked, url)
            if answer is not None:
                status = str(answer.status)
            return answer
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.info("no answer of version %s: %r", self._sides[side].version, error)
            return None
        finally:
            if asked.predicts:
                self._metrics.requests.labels(side, status).inc()
                self._metrics.seconds.labels(side).observe(time.perf_counter() - started)

    async def _call(self, asked: Asked, url: URL) -> Answer | None:
        """Send a request, and once again if the connection breaks: a pooled one may be stale."""
        for last in (not asked.repeatable, True):
            try:
                async with self.session.request(
                    asked.method,
                    url,
                    headers=asked.headers,
                    data=asked.body or None,
                    allow_redirects=False,
                ) as found:
                    content = bytearray()
                    async for part in found.content.iter_any():
                        content += part
                        if len(content) > MAX_ANSWER:
                            return None
                    return Answer(found.status, found.headers.copy(), bytes(content))
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError):
                if last:
                    raise
        return None

    def _mirrors_now(self, state: State) -> bool:
        shadow = self._config.mode == "shadow" and state.phase == "running"
        return shadow and self.candidate_ready

    def _mirror(self, asked: Asked, answer: Answer) -> None:
        """Send a copy to the candidate after the answer is known; drop it if too many are open."""
        if len(self._mirrors) >= MIRRORED_AT_ONCE:
            self._metrics.mirrored.labels("dropped").inc()
            return
        task = asyncio.create_task(self._compare(asked, answer))
        self._mirrors.add(task)
        task.add_done_callback(self._mirrors.discard)

    async def _compare(self, asked: Asked, answer: Answer) -> None:
        copy = await self._ask("candidate", asked)
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


def _target(request: web.BaseRequest) -> str:
    """Return path and query of a request. Raises Refused for a request that is not forwarded."""
    if request.method in NOT_FORWARDED:
        raise Refused(405, "method", f"{request.method} is not supported")
    target = request.raw_path
    if not target.startswith("/"):
        # The absolute form: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
        target = request.rel_url.raw_path_qs
    if not target.startswith("/"):
        raise Refused(400, "target", "the request target must be a path")
    return target


def _normal(path: str) -> str:
    """Return a path without empty parts and dots, because a service may normalize it, too."""
    return posixpath.normpath("/" + path.lstrip("/"))


def _forwarded(
    request: web.BaseRequest, request_id: str, trusted: tuple[Network, ...]
) -> CIMultiDict[str]:
    """Return the headers for a version: all but those of the connection itself.

    X-Forwarded headers of a client are kept only if it is a trusted proxy.
    """
    headers = _end_to_end(request.headers)
    peer = request.remote or "unknown"
    if not _is_in(peer, trusted):
        for name in FORWARDED:
            headers.popall(name, None)
    chain = [*headers.getall("x-forwarded-for", []), peer]
    headers["x-forwarded-for"] = ", ".join(chain)
    headers.setdefault("x-forwarded-proto", "http")
    if host := request.headers.get(hdrs.HOST):
        headers.setdefault("x-forwarded-host", host)
    headers.add("via", "1.1 router")
    headers["x-request-id"] = request_id
    return headers


def _is_in(peer: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """Return the headers without those of one connection, and without those that they name."""
    found = CIMultiDict(headers)
    named = {
        name.strip().lower()
        for value in found.getall(hdrs.CONNECTION, [])
        for name in value.split(",")
    }
    return CIMultiDict(
        (name, value)
        for name, value in found.items()
        if name.lower() not in HOP_BY_HOP and name.lower() not in named
    )


def _response(
    answer: Answer, asked: Asked, version: str, request_id: str, degraded: str | None = None
) -> web.Response:
    headers = _end_to_end(answer.headers)
    headers.setdefault(hdrs.SERVER, "router")
    headers["x-request-id"] = request_id
    headers["x-served-version"] = version
    if degraded:
        headers["x-degraded"] = degraded
    length = answer.headers.get(hdrs.CONTENT_LENGTH)
    if length is not None and (asked.method == hdrs.METH_HEAD or answer.status == 304):
        # It is the length that GET would have.
        headers[hdrs.CONTENT_LENGTH] = length
    return web.Response(status=answer.status, headers=headers, body=answer.body)


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
