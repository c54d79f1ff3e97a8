"""Other programs of this repository as processes on this machine."""

from __future__ import annotations

import socket
import subprocess


def free_port() -> int:
    """Return a port of the loopback interface that was free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a process: ask it with SIGTERM, and kill it if it still runs after `seconds`."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
