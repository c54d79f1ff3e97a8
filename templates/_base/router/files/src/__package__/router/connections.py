"""Limits of client connections: their number, their sizes and their deadlines.

A connection for which the router waits (idle, half a head, half a body, an answer that is not read)
has a deadline, and gives way to new connections when all are taken: the longest wait first. So slow
clients cannot keep out others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import orjson
from aiohttp import hdrs, web

# Writes nothing below the level INFO.
log = logging.getLogger(__name__)

# Seconds from the first byte of a request to the end of its head, and from there to the end of its
# body.
HEADER_SECONDS = 5.0
BODY_SECONDS = 5.0
# Seconds without a request, and seconds in which a client must read an answer.
IDLE_SECONDS = 30.0
# Seconds in which the rest of a refused body is read, so that the client sees the refusal.
LINGER_SECONDS = 2.0
# Bytes of the request line and of each header, bytes of both together, and number of headers.
MAX_LINE = 8190
MAX_HEAD = 2**15
MAX_HEADERS = 100
# Bytes of all open bodies together.
MAX_OPEN_BYTES = 2**25
# Bytes on the wire for each byte of a body, after the first ones: tiny chunks cost much time.
MAX_FRAMING = 4
FREE_FRAMING = 2**18

Handler = Callable[[web.BaseRequest, bytes], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that no version answers. `reason` is a label of the metrics."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def problem(
    status: int, message: str, request_id: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return an answer of the router itself, in the format of the service's errors."""
    identity = {"x-request-id": request_id} if request_id else {}
    return web.Response(
        status=status,
        body=orjson.dumps({"detail": message}),
        content_type="application/json",
        headers={hdrs.SERVER: "router", **(headers or {}), **identity},
    )


class Connection(web.RequestHandler):
    """One connection of a client."""

    def __init__(self, bounded: BoundedServer, loop: asyncio.AbstractEventLoop) -> None:
        """Create a connection of a server."""
        super().__init__(
            bounded,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            # The body is forwarded as it came; its size stays bounded.
            auto_decompress=False,
            access_log=log,
        )
        self._bounded = bounded
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: asyncio.Timeout | None = None
        self._in_head = False
        self._head = 0
        self._held = 0
        self._wire = 0
        # The rest of a refused body is dropped, and is no head.
        self._refused = False
        # From the end of a head until the answer is complete.
        self.in_request = False
        # From the end of a body until the answer is complete: the client waits for the router.
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; over the limit, another one makes room."""
        super().connection_made(transport)
        self._bounded.opened(self)
        self._wait(IDLE_SECONDS)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._stop()
        self._bounded.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the deadline of a head at its first byte; more bytes do not extend it."""
        if self._refused or self.in_request:
            self._wire += len(data)
            super().data_received(data)
            return
        if not self._in_head:
            self._wait(HEADER_SECONDS)
            self._in_head = True
            self._head = 0
        requests = self._request_count
        super().data_received(data)
        if self._request_count > requests:
            self._in_head = False
            self.in_request = True
            return
        self._head += len(data)
        if self._head > MAX_HEAD and self.transport is not None:
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
                b"connection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer bytes that are not HTTP. Only errors of the router itself are logged."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        answer = problem(status, "the request is not valid HTTP, or its head is too large")
        answer.force_close()
        return answer

    async def body(self, request: web.BaseRequest, limit: int) -> bytes:
        """Return the body of a request.

        Raises Refused if it is too large, too slow, not valid or has to give way, and
        ConnectionError if the client is gone.
        """
        if request.content_length is not None and request.content_length > limit:
            raise Refused(413, "too_large", f"the body has more than {limit} bytes")
        expected = request.headers.get(hdrs.EXPECT, "").lower()
        if expected == "100-continue" and self.transport is not None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        parts = bytearray()
        self._wire = 0
        loop = asyncio.get_running_loop()
        end = loop.time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(end) as self._deadline:
                async for part in request.content.iter_any():
                    parts += part
                    self._held += len(part)
                    self._bounded.hold(len(part))
                    if len(parts) > limit:
                        raise Refused(413, "too_large", f"the body has more than {limit} bytes")
                    if self._wire > FREE_FRAMING + MAX_FRAMING * len(parts):
                        raise Refused(400, "bad_body", "the chunks of the body are too small")
            return bytes(parts)
        except TimeoutError:
            if loop.time() < end:
                raise Refused(503, "busy", "too many connections are open") from None
            raise Refused(408, "slow_body", "the body did not arrive in time") from None
        except web.RequestPayloadError:
            raise Refused(400, "bad_body", "the body is not valid HTTP") from None
        except RuntimeError:
            # aiohttp raises it for a connection that was closed before the read began.
            raise ConnectionResetError("the client is gone") from None
        finally:
            self._deadline = None

    def begin(self) -> None:
        """A head is complete: the handler has time limits of its own."""
        self._stop()
        # Already true, except for a request that was sent before the answer to the last one.
        self.in_request = True

    def end(self, refused: bool) -> None:
        """The answer is complete, and the client has to read it. refused: the body was not read."""
        self.in_request = self.busy = False
        self._refused = refused
        self._bounded.hold(-self._held)
        self._held = 0
        self._wait(2 * LINGER_SECONDS if refused else IDLE_SECONDS)

    def give_way(self) -> None:
        """Close the connection for a new one; a request with half a body gets status 503."""
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time())
        else:
            self.drop()

    def drop(self) -> None:
        """Close the connection without an answer."""
        if self.transport is not None:
            self.transport.abort()

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.drop)
        self._bounded.waits(self)

    def _stop(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedServer(web.Server):
    """An HTTP server with at most `limit` connections, and `max_body` bytes in each body."""

    def __init__(
        self,
        handler: Handler,
        limit: int,
        max_body: int = 0,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Create a server.

        handler: answers a request with its complete body. refused: gets the reason of each refusal.
        """
        super().__init__(self._answer)
        self._handler = handler
        self._limit = limit
        self._max_body = max_body
        self._refused = refused
        # The longest wait first: a dict keeps the order.
        self._open: dict[Connection, None] = {}
        self._held = 0
        self._draining = False

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, asyncio.get_running_loop())

    @property
    def count(self) -> int:
        """Number of open connections."""
        return len(self._open)

    def opened(self, connection: Connection) -> None:
        """Add a connection. Over the limit, the longest wait ends, or this connection is closed."""
        if len(self._open) >= self._limit:
            waiting = next((found for found in self._open if not found.busy), connection)
            self._open.pop(waiting, None)
            waiting.give_way()
            if waiting is connection:
                return
        self._open[connection] = None

    def waits(self, connection: Connection) -> None:
        """Move a connection to the end: its wait has just begun."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def closed(self, connection: Connection) -> None:
        """Remove a connection."""
        self._open.pop(connection, None)

    def hold(self, size: int) -> None:
        """Count bytes of open bodies. Raises Refused over the limit of all of them together."""
        self._held += size
        if size > 0 and self._held > MAX_OPEN_BYTES:
            raise Refused(503, "busy", "too many bodies are open")

    async def drain(self, seconds: float) -> None:
        """Close idle connections, and wait until the open requests are answered."""
        self._draining = True
        end = asyncio.get_running_loop().time() + seconds
        # Heads that have arrived become requests first.
        await asyncio.sleep(0)
        for connection in list(self._open):
            if not connection.in_request:
                connection.close()
        while any(connection.in_request for connection in self._open):
            if asyncio.get_running_loop().time() > end:
                return
            await asyncio.sleep(0.02)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        answer: web.StreamResponse
        refused = False
        try:
            body = await connection.body(request, self._max_body)
            connection.busy = True
            answer = await self._handler(request, body)
        except Refused as error:
            self._refused(error.reason)
            answer = problem(error.status, str(error))
            refused = True
            answer.force_close()
        except ConnectionError:
            # The client is gone; aiohttp finds that out when it writes.
            answer = problem(400, "the connection was closed")
        finally:
            connection.end(refused)
        if self._draining:
            answer.force_close()
        return answer
