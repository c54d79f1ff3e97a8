"""Bounds of the connections of clients: their number, and the time until a request is complete."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

# Writes nothing below the level INFO.
log = logging.getLogger(__name__)

# From the first byte of a request to the end of its header.
HEADER_SECONDS = 5.0
IDLE_SECONDS = 30.0
MAX_LINE = 8190

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Connection(web.RequestHandler):
    """One connection: closed if it sends no complete header in time."""

    def __init__(self, bounded: BoundedServer, loop: asyncio.AbstractEventLoop) -> None:
        """Create a connection of a server."""
        super().__init__(
            bounded,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            # The body is forwarded as it came; its size stays bounded.
            auto_decompress=False,
            access_log=log,
        )
        self._bounded = bounded
        self._timer: asyncio.TimerHandle | None = None
        self._in_header = False
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; over the limit, an idle one makes room."""
        super().connection_made(transport)
        self._bounded.opened(self)
        self._wait(IDLE_SECONDS)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._stop()
        self._bounded.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the time of a header at its first byte; more bytes do not extend it."""
        if not self.busy and not self._in_header:
            self._wait(HEADER_SECONDS)
            self._in_header = True
        super().data_received(data)

    def begin(self) -> None:
        """A header is complete: the handler has time limits of its own."""
        self._stop()
        self.busy = True

    def end(self) -> None:
        """The answer is sent."""
        self.busy = False
        self._wait(IDLE_SECONDS)

    def drop(self) -> None:
        """Close the connection without an answer."""
        if self.transport is not None:
            self.transport.abort()

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.drop)

    def _stop(self) -> None:
        self._in_header = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedServer(web.Server):
    """An HTTP server with at most `limit` connections."""

    def __init__(self, handler: Handler, limit: int) -> None:
        """Create a server; `handler` answers every request."""
        super().__init__(self._answer)
        self._handler = handler
        self._limit = limit
        # Oldest first: a dict keeps the order.
        self._open: dict[Connection, None] = {}

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, asyncio.get_running_loop())

    @property
    def count(self) -> int:
        """Number of open connections."""
        return len(self._open)

    def opened(self, connection: Connection) -> None:
        """Add a connection. Over the limit, the oldest idle connection is closed, or this one."""
        if len(self._open) >= self._limit:
            idle = next((found for found in self._open if not found.busy), connection)
            self._open.pop(idle, None)
            idle.drop()
            if idle is connection:
                return
        self._open[connection] = None

    def closed(self, connection: Connection) -> None:
        """Remove a connection."""
        self._open.pop(connection, None)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        try:
            return await self._handler(request)
        finally:
            connection.end()
