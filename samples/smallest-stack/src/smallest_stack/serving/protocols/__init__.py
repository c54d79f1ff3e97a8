"""The wire protocols that this service speaks: one file each."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute

from ..service import Service
from . import rest

PROTOCOLS = (rest,)


def routes(service: Service) -> list[BaseRoute]:
    """All routes, in the order in which they are tried."""
    return [route for protocol in PROTOCOLS for route in protocol.routes(service)]


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths and schemas of all routes."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for protocol in PROTOCOLS:
        more_paths, more_schemas = protocol.documents(service)
        paths |= more_paths
        schemas |= more_schemas
    return paths, schemas
