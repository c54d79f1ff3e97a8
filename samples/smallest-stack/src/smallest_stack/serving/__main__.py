"""Run the service: `python -m <package>.serving`. SIGTERM ends it after the open requests."""

from __future__ import annotations

import signal

import uvicorn

from ..platform import interrupts
from ..platform.errors import UserError
from ..platform.sections.serving import Serving
from ..platform.settings import load_settings
from .app import create_app
from .auth import require_loopback
from .connections import Connections
from .listener import bind, configure, limits, reserve_files, return_memory

GRACE_SECONDS = 10


def main() -> None:
    """Serve until a signal arrives; if a setting is wrong, print one sentence and exit with 1."""
    try:
        settings = load_settings()
        serving = settings.section("serving", Serving)
        require_loopback(settings, serving)
        app = create_app(settings)
        sockets = bind(serving.host, serving.port, "serving.port", serving.max_body_bytes)
        if app.state.metrics_port is not None:
            app.state.metrics_port.bind()
    except UserError as error:
        raise SystemExit(f"serving: {error}") from None
    return_memory()
    connections = Connections(
        limits(serving, reserve_files(serving.max_connections), app.state.health_paths),
        app.state.service.metrics.turned_away,
    )
    config = configure(app, connections, timeout_graceful_shutdown=GRACE_SECONDS)
    interrupts.advise("It has answered the open requests.", GRACE_SECONDS + 5, {signal.SIGTERM})
    uvicorn.Server(config).run(sockets)


if __name__ == "__main__":
    main()
