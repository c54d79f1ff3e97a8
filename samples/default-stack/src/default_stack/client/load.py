"""An open-loop load generator: sends one request at a constant rate over HTTP/1.1.

Each request has a scheduled time, independent of earlier answers, and its latency is measured from
that time. A slow service therefore cannot slow down the load and hide its latency ("coordinated
omission").
"""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

# Servers close connections that are idle for five seconds: do not send a request on such a one.
IDLE_SECONDS = 3.0
DRAIN_SECONDS = 10.0
# The event loop has a resolution of milliseconds; a longer delay is caused by this computer.
LATE_SECONDS = 0.005

clock = time.perf_counter


@dataclass
class Result:
    """Result of a load test.

    rate: requested rate in requests/s. latencies: seconds from the scheduled time of a request to
        its answer, for answers with status 200, ascending. failures: reason of a failed request ->
        count. late: share of the requests that the generator sent too late.
    """

    rate: float
    requests: int
    latencies: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    late: float = 0.0

    @property
    def availability(self) -> float:
        """Return the share of requests that were answered with 200."""
        return len(self.latencies) / self.requests

    def percentile(self, share: float) -> float:
        """Return the latency percentile of `share` in seconds (nearest rank); inf if no answers."""
        if not self.latencies:
            return math.inf
        return self.latencies[max(0, math.ceil(share * len(self.latencies)) - 1)]


def request_bytes(url: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the bytes of a POST request."""
    lines = [
        f"POST {urlsplit(url).path.rstrip('/')}{path} HTTP/1.1",
        f"host: {urlsplit(url).netloc}",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(url: str, request: bytes, rate: float, seconds: float, connections: int = 64) -> Result:
    """Send `request` to `url` at `rate` per second for `seconds` over `connections` connections.

    A request without a free connection waits, and its latency includes that time.
    """
    return uvloop.run(_Load(url, request, rate, seconds, connections).run())


class _Load:
    def __init__(
        self, url: str, request: bytes, rate: float, seconds: float, connections: int
    ) -> None:
        parts = urlsplit(url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._address = (parts.hostname or "", parts.port or (443 if self._tls else 80))
        self.request = request
        self._seconds = seconds
        self._connections = connections
        self._opened = 0
        self._free: list[_Connection] = []
        self._waiting: deque[float] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._pending = 0
        self.result = Result(rate, max(1, round(rate * seconds)))

    async def run(self) -> Result:
        started, sent, late = clock(), 0, 0
        while sent < self.result.requests:
            now = clock()
            due = started + sent / self.result.rate
            if due > now:
                await asyncio.sleep(max(due - now, 0.001))
                continue
            late += now - due > LATE_SECONDS
            sent += 1
            self._pending += 1
            self._send(due, now)
            if sent % 64 == 0:
                # The generator must also read answers while it catches up.
                await asyncio.sleep(0)
        deadline = clock() + DRAIN_SECONDS
        while self._pending and clock() < deadline:
            await asyncio.sleep(0.01)
        self.result.failures["no answer"] += self._pending
        self.result.failures += Counter()
        for connection in self._free:
            connection.close()
        self.result.late = late / self.result.requests
        self.result.latencies.sort()
        return self.result

    def _send(self, due: float, now: float) -> None:
        # The most recently used connection is the most likely to be open.
        while self._free:
            connection = self._free.pop()
            if now - connection.idle_since < IDLE_SECONDS:
                connection.send(due)
                return
            connection.close()
        self._waiting.append(due)
        self._grow()

    def _grow(self) -> None:
        if self._waiting and self._opened < self._connections:
            self._opened += 1
            task = asyncio.get_running_loop().create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), *self._address, ssl=self._tls
            )
        except OSError as error:
            self._opened -= 1
            if self._waiting:
                self._waiting.popleft()
                self.failed(error.strerror or str(error))
            return
        self.free(connection)

    def answered(self, due: float, status: int) -> None:
        if status == 200:
            self._pending -= 1
            self.result.latencies.append(clock() - due)
        else:
            self.failed(f"status {status}")

    def failed(self, reason: str) -> None:
        self._pending -= 1
        self.result.failures[reason] += 1

    def free(self, connection: _Connection) -> None:
        if self._waiting:
            connection.send(self._waiting.popleft())
        else:
            connection.idle_since = clock()
            self._free.append(connection)

    def lost(self, connection: _Connection) -> None:
        self._opened -= 1
        if connection in self._free:
            self._free.remove(connection)
        self._grow()


class _Connection(asyncio.Protocol):
    """One connection with at most one open request; the parser calls its methods."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._due: float | None = None
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of this class without being of it.
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)

    def send(self, due: float) -> None:
        self._due = due
        self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_complete(self) -> None:
        due, self._due = self._due, None
        if due is not None:
            self._load.answered(due, self._parser.get_status_code())
        if self._parser.should_keep_alive():
            self._load.free(self)
        else:
            self.close()

    def connection_lost(self, _: Exception | None) -> None:
        if self._due is not None:
            self._load.failed("connection closed")
        self._load.lost(self)

    def close(self) -> None:
        self._transport.close()
