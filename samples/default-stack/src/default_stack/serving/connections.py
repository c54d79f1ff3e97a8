"""Limits of connections: clients that keep the service waiting cannot keep out others.

uvicorn has no deadline for the head of a request and no limit of its size. When all connections are
taken, it answers 503 to everyone, probes included. This protocol adds the limits:

- A connection for which the service waits (idle, half a head, half a body, an answer that is not
  read) has a deadline, and gives way to new connections when all are taken: the longest wait first.
- The parser never gets more of a head than the limit, so a long one costs neither time nor memory.
- Requests that have not arrived completely share a memory limit. When it is exceeded, those go
  first that have held the most bytes for the longest time.
- Requests of health paths are answered even if all connections have open requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Literal, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEADERS = 100
# Requests that a client may send ahead of its first answer.
MAX_AHEAD = 16
# Average bytes of the chunks of a body after the first ones: each costs a call.
FREE_PARTS = 256
MIN_PART = 64
# Connections beyond the limit: they answer health requests, and 503 to the rest.
RESERVE = 64
# Connections with an unread answer hold the most memory, so that few of them are enough.
MAX_UNREAD = 64
LINGER_SECONDS = 2.0
DRAIN_SECONDS = 5.0
CHECK_SECONDS = 0.5
# Share of the memory limit that is left after an eviction, so that it is not repeated at once.
LEFT = 0.75

IDLE, HEAD, BODY = range(3)

# Why a client gets no answer from the application: its request is no HTTP, has a long head or
# arrives slowly; all connections are open; the service ends.
Refused = Literal["malformed", "head", "slow", "full", "ending"]
# Why a client loses its connection to others: its place, its memory, or an answer it did not read.
Evicted = Literal["place", "memory", "unread"]
Count = Callable[[Refused | Evicted], object]


@dataclass(frozen=True)
class Limits:
    """Limits of the connections of one port; seconds that the service waits for a client.

    open_bytes: of all requests together that have not arrived completely, or are large.
    head_bytes: bytes of request line and headers.
    body_seconds: until a request has arrived, and until an answer is read.
    always: paths that are answered when all connections are taken.
    """

    connections: int
    open_bytes: int
    head_bytes: int
    head_seconds: float
    idle_seconds: float
    body_seconds: float
    always: frozenset[str] = frozenset()


class _Trailers(list[tuple[bytes, bytes]]):
    """Drops what is added to it."""

    def append(self, header: tuple[bytes, bytes], /) -> None:
        """Drop a trailer."""


_TRAILERS = _Trailers()


class Connections:
    """The open connections of one port."""

    def __init__(self, limits: Limits, count: Count = lambda reason: None) -> None:
        """Create an empty set; pass `protocol` to uvicorn. `count` gets each refusal."""
        self.limits = limits
        self.count = count
        self.draining = False
        self.open_bytes = 0
        # Both in the order of time: the first has waited longest.
        self.waiting: dict[Connection, float] = {}
        self.unread: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def protocol(self) -> Any:
        """The factory of protocols that `uvicorn.Config` takes as `http`."""
        return partial(Connection, self)

    def enter(self, connection: Connection) -> None:
        """Add a new connection; if it exceeds the limit, close the one that has waited longest."""
        if self._timer is None:
            self._timer = connection.loop.call_later(CHECK_SECONDS, self._check, connection.loop)
        excess = len(connection.connections) - self.limits.connections
        if excess > 0:
            for other in self.waiting:
                if other.keeps_waiting:
                    other.give_way()
                    break
            else:
                if excess > RESERVE:
                    self.count("full")
                    connection.abort()
                    return
        self.waiting[connection] = connection.loop.time()

    def leave(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self.waiting.pop(connection, None)
        self.unread.pop(connection, None)

    def make_room(self, now: float) -> None:
        """Refuse half-sent requests until the others fit in the memory limit again.

        The order is that of bytes times seconds: a request that arrives at a normal speed goes
        last, however large it is.
        """
        held = [item for item in self.waiting.items() if item[0].held]
        for other, _ in sorted(held, key=lambda item: item[0].held * (item[1] - now)):
            if self.open_bytes <= LEFT * self.limits.open_bytes:
                return
            other.evict()

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        limit = self.limits.body_seconds
        for connection in [item for item, since in self.unread.items() if since + limit < now]:
            self.count("unread")
            connection.abort()
        for connection, since in list(self.waiting.items()):
            if connection.keeps_waiting and since + connection.patience < now:
                connection.expire()
        if self.waiting or self.unread:
            self._timer = loop.call_later(CHECK_SECONDS, self._check, loop)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with limits. It needs no timer per request, which pays for the limits."""

    # CPython is slow if an object has more than 30 attributes in its dictionary, and uvicorn's
    # protocol has 28.
    __slots__ = (
        "_debt",
        "_framing",
        "_group",
        "_head",
        "_limit",
        "_messages",
        "_phase",
        "_refused",
        "_running",
        "_status",
        "held",
    )

    def __init__(self, group: Connections, *args: Any, **options: Any) -> None:
        """Create a connection of a group; the rest are uvicorn's parameters.

        held: bytes of requests that have not arrived completely, or are large.
        """
        super().__init__(*args, **options)
        self.held = 0
        self._group = group
        self._limit = group.limits.head_bytes
        self._phase = IDLE
        self._messages = 0
        self._head = 0
        self._framing = 0
        self._debt = 0
        self._status = 400
        self._refused = False
        self._running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline of the first request."""
        super().connection_made(transport)
        self._group.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End all deadlines of this connection."""
        self._group.leave(self)
        self._drop()
        super().connection_lost(exc)

    @property
    def keeps_waiting(self) -> bool:
        """Whether the client is to act, not this service."""
        return not self.flow.read_paused or self.flow.write_paused or self.transport.is_closing()

    @property
    def patience(self) -> float:
        """Seconds that the service waits in the current state."""
        limits = self._group.limits
        if self._refused or self.transport.is_closing():
            return LINGER_SECONDS
        if self._group.draining:
            return DRAIN_SECONDS
        if self._phase == HEAD or not self._messages:
            return limits.head_seconds
        if self._phase == IDLE:
            return limits.idle_seconds
        # What remains of the body of an answered request is of no use.
        return LINGER_SECONDS if self.cycle.response_complete else limits.body_seconds

    def data_received(self, data: bytes) -> None:
        """Parse bytes. A head is parsed up to its limit, and the rest of a refused one dropped."""
        if self._refused:
            return
        messages = self._messages
        size = len(data)
        try:
            if self._phase == IDLE and size < self._limit:
                self.parser.feed_data(data)
                if self._phase == IDLE and not self.pipeline:
                    # Nearly always: one small request, complete.
                    if self._messages != messages:
                        self._group.waiting.pop(self, None)
                    return
                if self._phase == HEAD and self._messages == messages + 1:
                    # Only bytes that surely belong to this head count: others may precede it.
                    self._head = size
            else:
                self._feed(data)
            if self._phase == HEAD:
                self._verify_headers()
        except httptools.HttpParserUpgrade:
            # No upgrade is supported: the request is answered, and what follows is not HTTP/1.
            self.cycle.keep_alive = False
            self._refused = True
        except httptools.HttpParserError:
            self._group.count("malformed" if self._status == 400 else "head")
            self.refuse(self._status)
            return
        if self._phase != IDLE:
            if self._messages != messages:
                self._wait()
        elif self._messages and not self.cycle.response_complete:
            self._group.waiting.pop(self, None)
        if self._phase == HEAD or (self.cycle is not None and not self.cycle.response_complete):
            self._hold(size)

    def _feed(self, data: bytes) -> None:
        """Parse bytes in pieces, so that the parser gets no more of a head than the limit."""
        while data:
            size = len(data) if self._phase == BODY else self._limit - self._head
            part, data = data[:size], data[size:]
            was, messages = self._phase, self._messages
            self._framing += len(part)
            self.parser.feed_data(part)
            if self._phase == HEAD:
                if self._messages == messages:
                    self._head += len(part)
                elif was == IDLE and self._messages == messages + 1:
                    self._head = len(part)
                if self._head >= self._limit:
                    self._status = 431 if self.headers else 414
                    raise httptools.HttpParserError
            elif self._phase == BODY and self._framing > self._limit + len(part):
                # Extensions of chunks, or trailers, without end.
                raise httptools.HttpParserError

    def _verify_headers(self) -> None:
        if len(self.headers) > MAX_HEADERS:
            self._status = 431
            raise httptools.HttpParserError

    def on_message_begin(self) -> None:
        """Start a request."""
        if len(self.pipeline) >= MAX_AHEAD:
            raise httptools.HttpParserError
        self._phase = HEAD
        self._messages += 1
        self._head = 0
        HttpToolsProtocol.on_message_begin(self)

    def on_headers_complete(self) -> None:
        """Start to answer."""
        self._verify_headers()
        HttpToolsProtocol.on_headers_complete(self)
        self._phase = BODY
        self._framing = self._debt = self._head = 0
        # The parser reports trailers like headers.
        self.headers = _TRAILERS
        if self._group.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body: uvicorn's method without upgrades."""
        size = len(body)
        self._framing = 0
        self._debt += MIN_PART - size
        if self._debt > FREE_PARTS * MIN_PART:
            raise httptools.HttpParserError
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End a request: uvicorn's method without upgrades."""
        self._phase = IDLE
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        limits = self._group.limits
        if (
            # Requests of connections that are closed already can still be at work.
            len(self.connections) > limits.connections or len(self.tasks) > 2 * limits.connections
        ) and cycle.scope["path"] not in limits.always:
            self._group.count("full")
            app = cast(ASGI3Application, service_unavailable)
        HttpToolsProtocol._start_asgi_task(self, cycle, app)

    def on_response_complete(self) -> None:
        """Start the next request, or wait for one: uvicorn's method without a timer."""
        self.server_state.total_requests += 1
        if self.held:
            # Requests that wait for their turn are whole in their buffers, except for the heads.
            self._hold(sum(len(cycle.body) for cycle, _ in self.pipeline) - self.held)
        if not self.transport.is_closing():
            if self.flow.read_paused:
                self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
                if self._phase == IDLE:
                    return
        self._wait()

    def _hold(self, size: int) -> None:
        group = self._group
        self.held += size
        group.open_bytes += size
        if size > 0 and group.open_bytes > group.limits.open_bytes:
            group.make_room(self.loop.time())
            if group.open_bytes > group.limits.open_bytes and self.held:
                self.evict()

    def _wait(self) -> None:
        waiting = self._group.waiting
        waiting.pop(self, None)
        waiting[self] = self.loop.time()

    def pause_writing(self) -> None:
        """Start the deadline of an answer that is not read."""
        super().pause_writing()
        unread = self._group.unread
        unread[self] = self.loop.time()
        if len(unread) > MAX_UNREAD:
            self._group.count("unread")
            next(iter(unread)).abort()

    def resume_writing(self) -> None:
        """End the deadline of an answer that was not read."""
        super().resume_writing()
        self._group.unread.pop(self, None)

    def expire(self) -> None:
        """End a connection whose deadline passed."""
        if self._refused or self.transport.is_closing():
            self.abort()
        elif self._phase == IDLE or (self._phase == BODY and self.cycle.response_complete):
            self.transport.close()
            self._wait()
        elif self._group.draining:
            self._group.count("ending")
            self.refuse(503)
        else:
            self._group.count("slow")
            self.refuse(408)

    def give_way(self) -> None:
        """Close this connection for a new one."""
        if not self._refused and not self.transport.is_closing():
            self._group.count("place")
            if self._phase != IDLE:
                self.refuse(503)
        # Its place is free at once, although the event loop closes the socket later.
        self._group.leave(self)
        self.connections.discard(self)
        if self.transport.get_write_buffer_size():
            # A client that does not read must not keep its socket.
            self.abort()
        else:
            self._drop()
            self.transport.close()

    def evict(self) -> None:
        """Refuse what is not being answered yet, to free its memory."""
        self._group.count("memory")
        self.refuse(503, whole=True)

    def abort(self) -> None:
        """Close the socket at once."""
        self._drop()
        self.transport.abort()

    def _drop(self) -> None:
        """Start no more requests, and let nothing that is still sent reach the socket."""
        self.pipeline.clear()
        self._hold(-self.held)
        for cycle in (self._running, self.cycle):
            if cycle is not None:
                # The application gets http.disconnect, and what it sends is dropped.
                cycle.disconnected = True
                cycle.message_event.set()

    def refuse(self, status: int, *, whole: bool = False) -> None:
        """Answer the request that has not arrived completely; read nothing more.

        Requests before it are answered first, and then the connection is closed.
        whole: also refuse requests that have arrived, but whose answer was not begun.
        """
        if self._phase == HEAD:
            # Small headers take many times their size.
            self.headers.clear()
        if whole:
            self.pipeline.clear()
        elif self._phase == BODY and self.pipeline:
            self.pipeline.popleft()
        self._refused = True
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None and not last.response_complete:
            refused = self._phase == BODY or (whole and self._phase == IDLE)
            if last is not self.cycle or not refused:
                self._hold(-self.held)
                last.keep_alive = False
                self._wait()
                return
            if last.response_started:
                self.abort()
                return
            last.body.clear()
        self._drop()
        if self.transport.is_closing():
            return
        phrase = HTTPStatus(status).phrase
        content = f'{{"detail": "{phrase}"}}'
        lines = (
            f"HTTP/1.1 {status} {phrase}",
            "content-type: application/json",
            f"content-length: {len(content)}",
            "connection: close",
            "",
            content,
        )
        self.transport.write("\r\n".join(lines).encode())
        # Closing a socket with unread input resets it, and the client may lose the answer: the
        # rest of the input is read until the client closes or the deadline passes.
        self.transport.write_eof()
        self.flow.resume_reading()
        self._wait()

    def shutdown(self) -> None:
        """Finish what has begun: an open request is answered, or refused after DRAIN_SECONDS."""
        self._group.draining = True
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None and not last.response_complete:
            last.keep_alive = False
        elif self._phase == IDLE:
            self.transport.close()
        if self in self._group.waiting:
            self._wait()
