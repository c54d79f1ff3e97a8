"""The Prefect server for flow runs: that of `prefect.api_url`, or a temporary one."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from default_stack.platform.errors import UserError
from default_stack.platform.sections.prefect import Prefect
from default_stack.platform.settings import load_settings

START_SECONDS = 90


@dataclass
class _Server:
    url: str
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    is_ready: bool = False


_current: _Server | None = None


@contextlib.contextmanager
def session() -> Iterator[None]:
    """Keep one server for all runs in the block. Nested sessions have no effect.

    A temporary server starts in the background; the first run waits for it.
    """
    global _current
    if _current is not None:
        yield
        return
    url = load_settings().section("prefect", Prefect).api_url
    _current = _Server(url, is_ready=True) if url else _start()
    try:
        yield
    finally:
        _stop(_current)
        _current = None


def is_temporary() -> bool:
    """Return whether the server ends with this session."""
    return _current is not None and _current.process is not None


def api_url() -> str:
    """Return the API URL of this session when the server is ready. Raises UserError if it fails."""
    server = _current
    if server is None:
        raise RuntimeError("call api_url() only within session()")
    if not server.is_ready:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=START_SECONDS):
                server.is_ready = True
        except OSError as error:
            raise UserError(f"the Prefect server does not start: see {server.log}") from error
    return server.url


def _start() -> _Server:
    settings = load_settings()
    home = Path(settings.resolve(settings.section("prefect", Prefect).home))
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    # The socket is bound here and served by the child process: no other process can take the port,
    # and an early request waits.
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.prefect.temporary", str(listener.fileno())],
            cwd=Path(__file__).parents[2],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")},
                "PREFECT_HOME": str(home),
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "PREFECT_UI_ENABLED": "false",
            },
            pass_fds=[listener.fileno()],
            # Ctrl-C in a terminal reaches the whole process group. The server must outlive the run,
            # which reports its end to it; it ends when its standard input closes.
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
        return _Server(f"http://127.0.0.1:{listener.getsockname()[1]}/api", log, process)


def _stop(server: _Server) -> None:
    if server.process is None:
        return
    if server.is_ready:
        _send_the_rest()
    server.process.terminate()
    try:
        server.process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.communicate()


def _send_the_rest() -> None:
    # Prefect sends events and logs in the background. At the end of this process, it would try to
    # reach the server for more than a minute.
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (EventsWorker, APILogWorker):
        worker.drain_all(timeout=10)
