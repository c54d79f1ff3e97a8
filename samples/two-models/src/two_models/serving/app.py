"""The application: prediction routes of the chosen protocols, health, metrics, version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import BaseRoute, Route

from ..platform.errors import UserError
from ..platform.settings import Settings, load_settings
from . import protocols
from .auth import Authenticate, authenticator
from .follow import Source
from .http import HealthRoute
from .listener import MetricsPort
from .service import Service

_PACKAGE = __package__.split(".")[0]


def create_app(settings: Settings | None = None, source: Source | None = None) -> FastAPI:
    """Create the application.

    settings: by default those of the environment. source: yields the versions to serve; by default
        it follows the settings (see `Serving.pinned`). Raises SettingsError if the environment
        requires authentication and none is configured.
    """
    settings = settings or load_settings()
    checks = authenticator(settings)
    service = Service(settings, source)
    metrics_port = None
    if checks is not None and service.config.metrics_port is not None:
        metrics_port = MetricsPort(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        if metrics_port is not None:
            await metrics_port.start()
        try:
            yield
        finally:
            if metrics_port is not None:
                await metrics_port.stop()
            await service.stop()

    app = FastAPI(
        title=f"{_PACKAGE} predictions",
        version=_version(),
        lifespan=lifespan,
        # It would look for providers at every request; the service has its own metrics.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.state.metrics_port = metrics_port

    @app.get("/healthz", tags=["operations"])
    async def healthz() -> dict[str, str]:
        """Report that the process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operations"], responses={503: {"description": "Not ready"}})
    async def readyz() -> JSONResponse:
        """Report whether predictions are served: 200 or 503."""
        if service.ready:
            served = {name: model.version for name, model in service.models.items()}
            return JSONResponse({"status": "ready", "models": served})
        waiting = service.waiting
        content = {"status": "not ready", "waiting": list(waiting), "reasons": waiting}
        return JSONResponse(content, status_code=503)

    if checks is None:

        @app.get("/metrics", tags=["operations"], response_class=Response)
        def metrics() -> Response:
            """Return metrics in the text format of Prometheus."""
            return Response(service.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/version", tags=["operations"])
    async def version() -> dict[str, Any]:
        """Report the served versions, their load times, and the state of the prediction log."""
        return {"package": _PACKAGE, "version": app.version, **service.describe()}

    # Prediction routes come first, so that they are matched first.
    routes = protocols.routes(service)
    _verify_distinct(routes)
    app.router.routes[:0] = routes
    health = {route.path for route in routes if isinstance(route, HealthRoute)}
    app.state.health_paths = frozenset({"/healthz", "/readyz", *health})
    if checks is not None:
        app.add_middleware(
            Authenticate,
            authenticator=checks,
            open_paths=app.state.health_paths | set(checks.config.platform_paths),
            metrics=service.metrics,
        )
    app.openapi = lambda: _openapi(app, service)  # type: ignore[method-assign]
    return app


def _verify_distinct(routes: list[BaseRoute]) -> None:
    """Raise UserError if two protocols have the same route: a platform can name its own paths."""
    taken: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, Route):
            for method in route.methods or ():
                if (method, route.path) in taken:
                    raise UserError(f"two protocols use {method} {route.path}: rename one")
                taken.add((method, route.path))


def _openapi(app: FastAPI, service: Service) -> dict[str, Any]:
    """Merge FastAPI's document with the OpenAPI paths of the protocols."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        paths, schemas = protocols.documents(service)
        document["paths"] = {**paths, **document["paths"]}
        components = document.setdefault("components", {})
        components["schemas"] = {**components.get("schemas", {}), **schemas}
        app.openapi_schema = document
    return app.openapi_schema


def _version() -> str:
    try:
        return version(_PACKAGE.replace("_", "-"))
    except PackageNotFoundError:
        return "0"
