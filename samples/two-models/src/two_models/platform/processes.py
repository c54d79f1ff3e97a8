"""Other programs of this repository as processes on this machine."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess

# Linux and macOS give ports above these to clients: no connection takes one before a server does.
PORTS = range(10_000, 32_000)


def free_port() -> int:
    """Return a port of the loopback interface that was free. Raises OSError if 100 are taken."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("100 ports of the loopback interface are taken")


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a process: ask it with SIGTERM, and kill it if it still runs after `seconds`."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
