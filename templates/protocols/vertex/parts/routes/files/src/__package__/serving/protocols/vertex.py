"""Vertex AI: accepts instances and returns predictions at the routes set by the platform.

https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
The application reads AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE at startup.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...client.protocols.vertex import ROWS, health_route, predict_route
from ..http import Endpoint, HealthRoute
from ..rows import decode, from_json, member
from ..runtime import LoadedModel
from ..service import ServedModel, Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes; the one without a model name uses the default model."""

    async def answer(
        served: ServedModel, body: bytes, request_id: str, _: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        value = member(decode(body), ROWS)
        columns, rows = from_json(served.schema, value, service.config.max_rows, ROWS)
        loaded, predictions = await service.score(served, columns, rows, request_id)
        return loaded, orjson.dumps(
            {
                "predictions": predictions,
                "model": served.name,
                "model_version": loaded.target.version,
                "request_id": request_id,
            }
        )

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"ready": service.ready}, 200 if service.ready else 503)

    path = predict_route()
    return [
        HealthRoute(health_route(), health),
        Route(path, Endpoint(service, answer, service.default), methods=["POST"]),
        Route(f"{path}/{{model}}", Endpoint(service, answer), methods=["POST"]),
    ]


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths; instances are rows of the data contract, by name or by position."""
    path = predict_route()
    paths: dict[str, Any] = {
        health_route(): {
            "get": {
                "summary": "Report whether the container is ready",
                "tags": ["vertex"],
                "responses": {"200": {"description": "Ready"}, "503": {"description": "Not yet"}},
            }
        }
    }
    named = {f"{path}/{name}": model for name, model in service.models.items()}
    for place, model in {path: service.default, **named}.items():
        example = {ROWS: [model.schema.example]}
        paths[place] = {
            "post": {
                "summary": f"Score instances with {model.name}",
                "tags": ["vertex"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"example": example}},
                },
                "responses": {
                    "200": {"description": "One prediction per instance, in order"},
                    "422": {"description": "An instance violates the data contract"},
                },
            }
        }
    return paths, {}
