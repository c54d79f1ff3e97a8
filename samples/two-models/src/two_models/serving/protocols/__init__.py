"""The wire protocols that this service speaks: one file each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.routing import BaseRoute

from ...contract import DataContract
from ..http import Reply
from ..service import Service
from . import rest, v2

PROTOCOLS = (rest, v2)


def routes(service: Service) -> list[BaseRoute]:
    """All routes, in the order in which they are tried."""
    return [route for protocol in PROTOCOLS for route in protocol.routes(service)]


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Path and body of a request that scores `rows`, in the first protocol."""
    return PROTOCOLS[0].request(contract, rows)


def reply(answer: dict[str, Any]) -> Reply:
    """Read the answer to such a request."""
    return PROTOCOLS[0].reply(answer)


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths and schemas of all routes."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for protocol in PROTOCOLS:
        more_paths, more_schemas = protocol.documents(service)
        paths |= more_paths
        schemas |= more_schemas
    return paths, schemas
