"""Tests of the services of a deployed environment with local substitutes.

`make demo` runs each of these modules after the loop: `rehearse(settings, model) -> Shown`. They
use the settings of the deployed environment, so an error here would also occur there.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import interrupts
from ..processes import stop

READY_SECONDS = 60


class StandInError(Exception):
    """The substitute did not start, or a test with it failed."""


@dataclass(frozen=True)
class Shown:
    """Result of a rehearsal, and the program that replaced the real service."""

    evidence: str
    stand_in: str


@contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on `port` until the block ends; its output goes to `log`.

    Raises StandInError, with the end of the log, if it does not listen within READY_SECONDS.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    interrupts.own(process)
    try:
        end = time.monotonic() + READY_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                last = log.read_text(errors="replace").splitlines()[-5:]
                raise StandInError("\n".join([f"{command[0]} does not listen:", *last]))
            time.sleep(0.05)
        yield process
    finally:
        stop(process, 10)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
