"""The process of a temporary server: it serves an inherited socket until its parent ends."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from prefect.server.api.server import create_app


class _Server(uvicorn.Server):
    """Server that starts alone: two servers that create the same database at once both fail."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Create or migrate the database, then accept requests."""
        with Path(os.environ["PREFECT_HOME"], "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            await super().startup(sockets)


def _end_with_parent() -> None:
    # The pipe closes when the parent ends, even if the parent is killed.
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve the Prefect API with the services that record runs, without the scheduler."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(ephemeral=True, final=True)
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    server.run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
