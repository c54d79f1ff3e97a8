"""Run the service: `python -m <package>.serving`. SIGTERM ends it after the open requests."""

from __future__ import annotations

import uvicorn

from ..platform.errors import UserError
from ..platform.sections.serving import Serving
from ..platform.settings import load_settings
from .app import create_app
from .auth import require_loopback

GRACE_SECONDS = 10


def main() -> None:
    """Serve until a signal arrives; if a setting is wrong, print one sentence and exit with 1."""
    try:
        settings = load_settings()
        serving = settings.section("serving", Serving)
        require_loopback(settings, serving)
        app = create_app(settings)
    except UserError as error:
        raise SystemExit(f"serving: {error}") from None
    uvicorn.run(
        app,
        host=serving.host,
        port=serving.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        # An access log would cost a quarter of the throughput; predictions have their own log.
        access_log=False,
        log_level="warning",
        server_header=False,
        limit_concurrency=serving.max_connections,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
