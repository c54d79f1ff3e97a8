"""Amazon SageMaker: `GET /ping` and `POST /invocations`, JSON or CSV.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
A container with several models receives requests at `POST /models/{model}/invoke`.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ...client.outputs import numbers
from ...client.protocols.sagemaker import ROWS
from ..http import JSON, Answer, Endpoint, HealthRoute, media_type
from ..rows import decode, from_csv, from_json, member
from ..runtime import LoadedModel
from ..service import ServedModel, Service

CSV = b"text/csv"
TYPES = (JSON, CSV)


class Negotiated:
    """ASGI endpoint that selects another by the media types of request and response."""

    def __init__(self, service: Service, model: ServedModel | None) -> None:
        """Create it for `model`, or for the model named in the path."""
        self._endpoints = {
            (given, wanted): Endpoint(
                service,
                _answer(service, given, wanted),
                model,
                accepts=given,
                produces=wanted,
                headers=_attributes,
            )
            for given in TYPES
            for wanted in TYPES
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond in the accepted media type, or else in that of the request."""
        headers = dict(scope["headers"])
        given = media_type(headers.get(b"content-type", JSON))
        # The endpoint rejects any other type.
        given = given if given in TYPES else JSON
        wanted = media_type(headers.get(b"accept", given))
        await self._endpoints[given, wanted if wanted in TYPES else given](scope, receive, send)


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes; `/invocations` uses the default model."""

    async def ping(_: Request) -> JSONResponse:
        return JSONResponse({}, 200 if service.ready else 503)

    return [
        HealthRoute("/ping", ping),
        Route("/invocations", Negotiated(service, service.default), methods=["POST"]),
        Route("/models/{model}/invoke", Negotiated(service, None), methods=["POST"]),
    ]


def _answer(service: Service, given: bytes, wanted: bytes) -> Answer:
    limit = service.config.max_rows

    async def answer(
        served: ServedModel, body: bytes, request_id: str, _: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        if given == CSV:
            columns, rows = from_csv(served.schema, body, limit)
        else:
            value = member(decode(body), ROWS)
            columns, rows = from_json(served.schema, value, limit, ROWS)
        loaded, predictions = await service.score(served, columns, rows, request_id)
        if wanted == CSV:
            lines = (",".join(map(repr, numbers(prediction))) for prediction in predictions)
            return loaded, "".join(f"{line}\n" for line in lines).encode()
        return loaded, orjson.dumps(
            {
                "predictions": predictions,
                "model": served.name,
                "model_version": loaded.target.version,
                "request_id": request_id,
            }
        )

    return answer


def _attributes(loaded: LoadedModel, request_id: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that the endpoint forwards to the caller; it drops all others."""
    text = f"model_version={loaded.target.version},request_id={request_id}"
    return [(b"x-amzn-sagemaker-custom-attributes", text.encode())]


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths; rows are those of the data contract, by name or by position."""
    paths: dict[str, Any] = {
        "/ping": {
            "get": {
                "summary": "Report whether the container is ready",
                "tags": ["sagemaker"],
                "responses": {"200": {"description": "Ready"}, "503": {"description": "Not yet"}},
            }
        }
    }
    named = {f"/models/{name}/invoke": model for name, model in service.models.items()}
    for path, model in {"/invocations": service.default, **named}.items():
        example = model.schema.example
        paths[path] = {
            "post": {
                "summary": f"Score rows with {model.name}",
                "tags": ["sagemaker"],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"example": {ROWS: [example]}},
                        "text/csv": {"example": ",".join(map(str, example.values()))},
                    },
                },
                "responses": {
                    "200": {"description": "One prediction per row, in order"},
                    "415": {"description": "The body is neither JSON nor CSV"},
                    "422": {"description": "A row violates the data contract; `loc` locates it"},
                },
            }
        }
    return paths, {}
