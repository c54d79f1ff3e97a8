"""Limits of connections: clients that keep the service waiting cannot keep out others.

uvicorn has no deadline for the head of a request and no limit of its size. When all connections are
taken, it answers 503 to everyone, probes included. This protocol adds the limits:

- A connection for which the service waits (idle, half a head, half a body, an answer that is not
  read) has a deadline, and gives way to new connections when all are taken: the longest wait first.
- The parser never gets more of a head than the limit, so a long one costs neither time nor memory.
- Requests of health paths are answered even if all connections have open requests.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, cast

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

IDLE, HEAD, BODY = range(3)


@dataclass(frozen=True)
class Limits:
    """Limits of the connections of one port; seconds that the service waits for a client.

    open_bytes: of all bodies together that are larger than uvicorn's buffer.
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


class Connections:
    """The open connections of one port."""

    def __init__(self, limits: Limits) -> None:
        """Create an empty set; pass `protocol` to uvicorn."""
        self.limits = limits
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
                    connection.transport.abort()
                    return
        self.waiting[connection] = connection.loop.time()

    def leave(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self.waiting.pop(connection, None)
        self.unread.pop(connection, None)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        limit = self.limits.body_seconds
        for connection in [item for item, since in self.unread.items() if since + limit < now]:
            connection.transport.abort()
        for connection, since in list(self.waiting.items()):
            if connection.keeps_waiting and since + connection.patience < now:
                connection.expire()
        if self.waiting or self.unread:
            self._timer = loop.call_later(CHECK_SECONDS, self._check, loop)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with limits. It needs no timer per request, which pays for the limits."""

    def __init__(self, group: Connections, *args: Any, **options: Any) -> None:
        """Create a connection of a group; the rest are uvicorn's parameters."""
        super().__init__(*args, **options)
        self._group = group
        self._limit = group.limits.head_bytes
        self._phase = IDLE
        self._messages = 0
        self._head = 0
        self._framing = 0
        self._parts = 0
        self._bytes = 0
        self._held = 0
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
        self._release()
        # Requests that wait for their turn are not started any more.
        self.pipeline.clear()
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
        try:
            while data:
                size = len(data) if self._phase == BODY else self._limit - self._head
                if size < len(data):
                    self._feed(data[:size])
                    data = data[size:]
                else:
                    self._feed(data)
                    break
        except httptools.HttpParserUpgrade:
            # No upgrade is supported: the request is answered, and what follows is not HTTP/1.
            self.cycle.keep_alive = False
            self._refused = True
        except httptools.HttpParserError:
            self.refuse(self._status)
            return
        if self._phase != IDLE:
            if self._messages != messages:
                self._wait()
        elif self._messages and not self.cycle.response_complete:
            self._group.waiting.pop(self, None)

    def _feed(self, data: bytes) -> None:
        was, messages = self._phase, self._messages
        self._framing += len(data)
        self.parser.feed_data(data)
        if self._phase == HEAD:
            # Only bytes that surely belong to this head count: others may precede it.
            if self._messages == messages:
                self._head += len(data)
            elif was == IDLE and self._messages == messages + 1:
                self._head = len(data)
            if self._head >= self._limit:
                self._status = 431 if self.headers else 414
                raise httptools.HttpParserError
        elif self._phase == BODY and self._framing > self._limit + len(data):
            # Extensions of chunks, or trailers, without end.
            raise httptools.HttpParserError

    def on_message_begin(self) -> None:
        """Start a request."""
        if len(self.pipeline) >= MAX_AHEAD:
            raise httptools.HttpParserError
        self._phase = HEAD
        self._messages += 1
        self._head = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are dropped."""
        if self._phase == HEAD:
            if len(self.headers) >= MAX_HEADERS:
                self._status = 431
                raise httptools.HttpParserError
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start to answer."""
        super().on_headers_complete()
        self._phase = BODY
        self._framing = self._parts = self._bytes = 0
        self._head = 0
        if self._group.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._framing = 0
        self._parts += 1
        self._bytes += len(body)
        if self._parts > FREE_PARTS + self._bytes // MIN_PART:
            raise httptools.HttpParserError
        if self._bytes > HIGH_WATER_LIMIT:
            self._held += len(body)
            self._group.open_bytes += len(body)
            if self._group.open_bytes > self._group.limits.open_bytes:
                self._status = 503
                raise httptools.HttpParserError
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._phase = IDLE
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        limits = self._group.limits
        if (
            # Requests of connections that are closed already can still be at work.
            len(self.connections) > limits.connections or len(self.tasks) > 2 * limits.connections
        ) and cycle.scope["path"] not in limits.always:
            app = cast(ASGI3Application, service_unavailable)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Start the next request, or wait for one: uvicorn's method without a timer."""
        self.server_state.total_requests += 1
        if self._held and not self.pipeline:
            self._release()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
                if self._phase == IDLE:
                    return
        self._wait()

    def _release(self) -> None:
        self._group.open_bytes -= self._held
        self._held = 0

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
            next(iter(unread)).transport.abort()

    def resume_writing(self) -> None:
        """End the deadline of an answer that was not read."""
        super().resume_writing()
        self._group.unread.pop(self, None)

    def expire(self) -> None:
        """End a connection whose deadline passed."""
        if self._refused or self.transport.is_closing():
            self.transport.abort()
        elif self._phase == IDLE or (self._phase == BODY and self.cycle.response_complete):
            self.transport.close()
            self._wait()
        else:
            self.refuse(503 if self._group.draining else 408)

    def give_way(self) -> None:
        """Close this connection for a new one."""
        if self._phase != IDLE and not self._refused and not self.transport.is_closing():
            self.refuse(503)
        # Its place is free at once, although the event loop closes the socket later.
        self._group.leave(self)
        self.connections.discard(self)
        if self.transport.get_write_buffer_size():
            # A client that does not read must not keep its socket.
            self.transport.abort()
        else:
            self.transport.close()

    def refuse(self, status: int) -> None:
        """Answer the request that has not arrived completely; read nothing more.

        Requests before it are answered first, and then the connection is closed.
        """
        if self._phase == BODY and self.pipeline:
            self.pipeline.popleft()
        self._refused = True
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None and not last.response_complete:
            if self._phase != BODY or last is not self.cycle:
                last.keep_alive = False
                self._wait()
                return
            if last.response_started:
                self.transport.abort()
                return
            # The application gets http.disconnect, and what it sends is dropped.
            last.disconnected = True
            last.message_event.set()
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
