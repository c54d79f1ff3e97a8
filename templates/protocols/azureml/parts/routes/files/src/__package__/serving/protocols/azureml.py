"""Azure Machine Learning: `POST /score`, compatible with the Azure ML inference server.

https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container
A body is `{"data": [row, …]}`, or `{"input_data": {"columns": […], "data": [[…], …]}}`, the
format of MLflow models on Azure ML.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...client.protocols.azureml import ROWS
from ..http import Endpoint, HealthRoute
from ..rows import Columns, decode, from_json, from_table, member, refused
from ..runtime import LoadedModel
from ..service import ServedModel, Service

TABLE = "input_data"
SCORE = "score"


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes; `/score` uses the default model."""

    async def answer(
        served: ServedModel, body: bytes, request_id: str, _: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        columns, rows = _columns(served, decode(body), service.config.max_rows)
        loaded, predictions = await service.score(served, columns, rows, request_id)
        # Version 0.2.0 of the generator returned scores only.
        scores = [prediction[SCORE] for prediction in predictions if SCORE in prediction]
        return loaded, orjson.dumps(
            {
                "predictions": predictions,
                **({"scores": scores} if scores else {}),
                "model": served.name,
                "model_version": loaded.target.version,
                "request_id": request_id,
            }
        )

    async def health(_: Request) -> JSONResponse:
        text = "Healthy" if service.ready else "Not ready"
        return JSONResponse(text, 200 if service.ready else 503)

    return [
        HealthRoute("/", health),
        Route("/score", Endpoint(service, answer, service.default), methods=["POST"]),
        Route("/score/{model}", Endpoint(service, answer), methods=["POST"]),
    ]


def _columns(served: ServedModel, value: Any, max_rows: int) -> tuple[Columns, int]:
    schema = served.schema
    if not isinstance(value, dict) or TABLE not in value:
        return from_json(schema, member(value, ROWS), max_rows, ROWS)
    table = value[TABLE]
    if not isinstance(table, dict):
        return from_json(schema, table, max_rows, TABLE)
    names = table.get("columns")
    expected = served.contract.names
    if not isinstance(names, list) or sorted(map(repr, names)) != sorted(map(repr, expected)):
        raise refused(f"Expected the columns {', '.join(expected)}", TABLE, "columns")
    return from_table(schema, names, table.get("data"), max_rows, TABLE, "data")


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths; rows are those of the data contract, by name or by position."""
    paths: dict[str, Any] = {
        "/": {
            "get": {
                "summary": "Report whether the container is ready",
                "tags": ["azureml"],
                "responses": {"200": {"description": "Ready"}, "503": {"description": "Not yet"}},
            }
        }
    }
    named = {f"/score/{name}": model for name, model in service.models.items()}
    for path, model in {"/score": service.default, **named}.items():
        example = {ROWS: [model.schema.example]}
        paths[path] = {
            "post": {
                "summary": f"Score rows with {model.name}",
                "tags": ["azureml"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"example": example}},
                },
                "responses": {
                    "200": {"description": "One prediction per row, in order"},
                    "422": {"description": "A row violates the data contract; `loc` locates it"},
                },
            }
        }
    return paths, {}
