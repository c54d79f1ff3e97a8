"""The AWS Lambda invoke API over HTTP, like the runtime emulator: for local tests with events.

`POST /2015-03-31/functions/{model}/invocations` takes the event of a direct invocation. Inside
Lambda there is no server: `serving/lambda_handler.py` answers the events with the same code.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import ValidationError
from starlette.routing import BaseRoute, Route

from ...client.protocols.lambda_ import PREFIX
from ..http import Endpoint, Problem
from ..runtime import LoadedModel
from ..schemas import problems
from ..service import ServedModel, Service

INVALID = "InvalidRequest"


async def answer(
    service: Service, served: ServedModel, body: bytes, request_id: str
) -> tuple[LoadedModel, bytes]:
    """Score the rows of a JSON body; return the model version and the JSON response.

    Raises Problem 422, and the errors of `Service.score`.
    """
    try:
        rows = served.schema.parse(body).rows
    except ValidationError as error:
        raise Problem(422, problems(error, "body")) from None
    columns = served.schema.columns(rows)
    loaded, predictions = await service.score(served, columns, len(rows), request_id)
    return loaded, orjson.dumps(
        {
            "predictions": predictions,
            "model": served.name,
            "model_version": loaded.target.version,
            "request_id": request_id,
        }
    )


def error_text(detail: Any) -> str:
    """Return the error on one line, because a Lambda error has a type and a message only."""
    if not isinstance(detail, list):
        return str(detail)
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in detail[:3])


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes; the emulator's default name, `function`, is the default model."""

    async def invoke(
        served: ServedModel, body: bytes, request_id: str, _: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        return await answer(service, served, body, request_id)

    default = Endpoint(service, invoke, service.default, render=_render)
    named = Endpoint(service, invoke, render=_render)
    return [
        Route(f"{PREFIX}/function/invocations", default, methods=["POST"]),
        Route(f"{PREFIX}/{{model}}/invocations", named, methods=["POST"]),
    ]


def _render(problem: Problem, request_id: str) -> bytes:
    kind = INVALID if problem.status < 500 else "ServiceError"
    text = error_text(problem.detail)
    return orjson.dumps({"errorType": kind, "errorMessage": text, "requestId": request_id})


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths."""
    named = {f"{PREFIX}/{name}/invocations": model for name, model in service.models.items()}
    paths: dict[str, Any] = {}
    for path, model in {f"{PREFIX}/function/invocations": service.default, **named}.items():
        example = {"rows": [model.schema.example]}
        paths[path] = {
            "post": {
                "summary": f"Invoke {model.name} as Lambda would",
                "tags": ["lambda"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"example": example}},
                },
                "responses": {
                    "200": {"description": "One prediction per row, in order"},
                    "422": {"description": "A row violates the data contract"},
                },
            }
        }
    return paths, {}
