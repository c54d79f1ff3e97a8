"""Plain JSON: `POST /predict` and `POST /models/{model}/predict`, rows in and predictions out."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute, Route

from ..http import Endpoint, Problem
from ..runtime import LoadedModel
from ..schemas import problems
from ..service import ServedModel, Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes; `/predict` uses the default model."""

    async def answer(
        served: ServedModel, body: bytes, request_id: str, _: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        schema = served.schema
        try:
            rows = schema.parse(body).rows
        except ValidationError as error:
            raise Problem(422, problems(error, "body")) from None
        columns = schema.columns(rows)
        loaded, predictions = await service.score(served, columns, len(rows), request_id)
        return loaded, orjson.dumps(
            {
                "predictions": predictions,
                "model": served.name,
                "model_version": loaded.target.version,
                "request_id": request_id,
            }
        )

    return [
        Route("/predict", Endpoint(service, answer, service.default), methods=["POST"]),
        Route("/models/{model}/predict", Endpoint(service, answer), methods=["POST"]),
    ]


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths and schemas, from the pydantic models that check the requests."""
    kinds: list[type[BaseModel]] = [
        kind
        for model in service.models.values()
        for kind in (model.schema.body, model.schema.response)
    ]
    names, found = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    references = {kind: schema for (kind, _), schema in names.items()}
    paths = {"/predict": _path("predict", service.default, references)}
    for model in service.models.values():
        path = f"/models/{model.name}/predict"
        paths[path] = _path(f"predict_{model.name.replace('-', '_')}", model, references)
    return paths, found.get("$defs", {})


def _path(identifier: str, model: ServedModel, references: dict[Any, Any]) -> dict[str, Any]:
    body = {"schema": references[model.schema.body], "example": {"rows": [model.schema.example]}}
    refusals = {
        "408": "The request took too long",
        "413": "The body is too large",
        "415": "The body is not JSON",
        "422": "A row violates the data contract; `loc` names the field",
        "503": "No version is loaded yet, or too many rows are queued",
    }
    return {
        "post": {
            "operationId": identifier,
            "summary": f"Score rows with {model.name}",
            "tags": ["predictions"],
            "parameters": [
                {
                    "name": "x-request-id",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
                }
            ],
            "requestBody": {"required": True, "content": {"application/json": body}},
            "responses": {
                "200": {
                    "description": "One prediction per row, in order",
                    "content": {"application/json": {"schema": references[model.schema.response]}},
                },
                **{status: {"description": text} for status, text in refusals.items()},
            },
        }
    }
