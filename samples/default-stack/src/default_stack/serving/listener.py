"""The ports of the service: sockets, and a server of its own for the metrics port."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import resource
import socket
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from ..platform.errors import UserError
from ..platform.sections.serving import Serving
from .connections import RESERVE, Connection, Connections, Limits
from .service import Service

METRICS_CONNECTIONS = 64
METRICS_OPEN_BYTES = 1_000_000
BACKLOG = 2048
# A scrape gets metrics of at most this age, so that a flood of scrapes does not take the processor.
RENDER_SECONDS = 0.5
# The kernel holds at most this part of the largest body for a connection, and at least MIN_RECEIVE
# bytes: what it holds is read at once, and memory limits apply to what was read.
RECEIVE_PART = 32
MIN_RECEIVE = 32_768
# M_MMAP_THRESHOLD of <malloc.h>, and glibc's initial value.
MMAP_THRESHOLD = -3
MMAP_BYTES = 131_072
# Files that the process needs beside its connections.
OWN_FILES = 128


def bind(host: str, port: int, setting: str, body_bytes: int = 0) -> list[socket.socket]:
    """Return a socket for each address of a host. Raises UserError if that fails.

    setting: name of the setting of the port, for the message. body_bytes: size of the largest body.
    """
    receive = max(MIN_RECEIVE, body_bytes // RECEIVE_PART)
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            listener = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Connections inherit this size.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            # The port is ours from here on: another service that starts now gets the error.
            listener.listen(BACKLOG)
    except OSError as error:
        for listener in sockets:
            listener.close()
        variable = f"MLOPS_{setting.replace('.', '__').upper()}"
        if error.errno == errno.EADDRINUSE:
            reason = "the port is taken: stop the program that uses it"
        else:
            reason = error.strerror or str(error)
        raise UserError(
            f"cannot listen on {host}, port {port} ({setting}): {reason}, or set {variable}"
        ) from None
    return sockets


def return_memory() -> None:
    """Let the C library return the memory of large bodies to the system.

    glibc raises this threshold to the size of the bodies that it has seen, keeps them in its heap
    from then on, and the holes between them are memory of this process for ever.
    """
    with suppress(AttributeError, OSError):  # Other C libraries have no such function.
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, MMAP_BYTES)


def reserve_files(connections: int) -> int:
    """Raise the limit of open files for `connections`; return how many fit.

    Above the limit the kernel accepts connections that the process cannot take: health would be
    as unreachable as the rest.
    """
    wanted = connections + RESERVE + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, soft - RESERVE - OWN_FILES))


def limits(serving: Serving, connections: int, always: frozenset[str] = frozenset()) -> Limits:
    """Return the limits of a port with at most `connections` connections."""
    return Limits(
        connections=connections,
        open_bytes=serving.max_open_bytes,
        head_bytes=serving.max_head_bytes,
        head_seconds=serving.head_seconds,
        idle_seconds=serving.idle_seconds,
        # The application's own limit comes first: its answer has the request ID.
        body_seconds=1.5 * serving.request_seconds + 1,
        always=always,
    )


def configure(app: ASGIApp, connections: Connections, **options: Any) -> uvicorn.Config:
    """Return uvicorn's configuration of a port."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=connections.protocol,
        ws="none",
        # An access log would cost a quarter of the throughput; predictions have their own log.
        access_log=False,
        log_level="warning",
        server_header=False,
        **options,
    )


class MetricsPort:
    """Serves the metrics to the internal network, with limits like those of the service."""

    def __init__(self, service: Service) -> None:
        """Create a closed port with the settings of a service; port 0 is a free one."""
        self._metrics = service.metrics
        self._config = service.config
        self._connections = Connections(
            # A scrape has no body.
            replace(limits(service.config, METRICS_CONNECTIONS), open_bytes=METRICS_OPEN_BYTES),
            service.metrics.turned_away,
        )
        self._state = ServerState()
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._rendering = asyncio.Lock()
        self._content = b""
        self._rendered = float("-inf")

    @property
    def port(self) -> int:
        """The port, after `bind`."""
        return int(self._sockets[0].getsockname()[1])

    def bind(self) -> None:
        """Take the port, unless it is already taken by this object. Raises UserError."""
        if not self._sockets:
            port = self._config.metrics_port or 0
            self._sockets = bind(self._config.host, port, "serving.metrics_port")

    async def start(self) -> None:
        """Answer requests until `stop`. Raises UserError."""
        self.bind()
        config = configure(
            self._answer, self._connections, interface="asgi3", log_config=None, lifespan="off"
        )
        config.load()
        loop = asyncio.get_running_loop()
        for listener in self._sockets:
            self._servers.append(
                await loop.create_server(
                    lambda: self._connections.protocol(
                        config=config, server_state=self._state, app_state={}, _loop=loop
                    ),
                    sock=listener,
                    backlog=BACKLOG,
                )
            )

    async def stop(self) -> None:
        """Close the port and its connections."""
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            cast(Connection, connection).abort()
        self._servers.clear()
        self._sockets.clear()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        # One at a time: many requests at once must not take all threads.
        async with self._rendering:
            if time.monotonic() - self._rendered > RENDER_SECONDS:
                self._content = await asyncio.to_thread(self._metrics.render)
                self._rendered = time.monotonic()
        await Response(self._content, media_type=CONTENT_TYPE_LATEST)(scope, receive, send)
