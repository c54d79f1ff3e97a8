"""Open Inference Protocol, version 2 (REST): one input tensor per column.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
`serving/tensors.py` has the datatypes and the shapes.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...client.protocols.v2 import datatype, request
from ..http import Endpoint, HealthRoute, Problem
from ..runtime import LoadedModel
from ..schemas import problems
from ..service import ServedModel, Service
from ..tensors import (
    TensorError,
    columns_of,
    output_tensor,
    output_type,
    sentence,
    shape_of,
    wanted_outputs,
)


class InputTensor(BaseModel):
    """One input: `data` has the values, flat or nested according to `shape`."""

    model_config = ConfigDict(strict=True)

    name: str
    shape: list[int] = Field(min_length=1, max_length=2)
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] | None = None


class RequestedOutput(BaseModel):
    """A requested output; without any, the response has all outputs."""

    model_config = ConfigDict(strict=True)

    name: str
    parameters: dict[str, Any] | None = None


class InferRequest(BaseModel):
    """Body of an inference request."""

    model_config = ConfigDict(strict=True)

    inputs: list[InputTensor] = Field(min_length=1, max_length=10_000)
    id: str | None = Field(default=None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    outputs: list[RequestedOutput] | None = None
    parameters: dict[str, Any] | None = None


class OutputTensor(BaseModel):
    """One output."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float] | list[str]


class InferResponse(BaseModel):
    """Body of an inference response."""

    model_config = ConfigDict(protected_namespaces=())

    model_name: str
    model_version: str
    id: str
    outputs: list[OutputTensor]


def routes(service: Service) -> list[BaseRoute]:
    """Routes of this protocol."""

    async def infer(
        served: ServedModel, body: bytes, request_id: str, parameters: dict[str, str]
    ) -> tuple[LoadedModel, bytes]:
        _known_version(served, parameters)
        try:
            request = InferRequest.model_validate_json(body)
        except ValidationError as error:
            # The binary extension appends tensors to the JSON, which has their sizes.
            if b'"binary_data_size"' in body:
                raise Problem(400, "tensors must be JSON, binary is not supported") from None
            raise Problem(400, sentence(problems(error))) from None
        names = [output.name for output in request.outputs or ()]
        try:
            wanted = wanted_outputs(served.schema, names)
            columns, rows = columns_of(
                served.contract, served.schema, request.inputs, service.config.max_rows
            )
        except TensorError as error:
            raise Problem(error.status, str(error)) from None
        identifier = request.id or request_id
        loaded, predictions = await service.score(served, columns, rows, identifier)
        outputs = [output_tensor(output, predictions) for output in wanted]
        return loaded, orjson.dumps(
            {
                "model_name": served.name,
                "model_version": loaded.target.version,
                "id": identifier,
                "outputs": outputs,
            }
        )

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> JSONResponse:
        # The specification requires a 4xx status if a model is not ready.
        return JSONResponse({"ready": service.ready}, 200 if service.ready else 400)

    async def server(_: Request) -> JSONResponse:
        package = __name__.split(".")[0]
        return JSONResponse({"name": package, "version": "2", "extensions": []})

    async def model(request: Request) -> JSONResponse:
        served = service.models.get(request.path_params["model"])
        try:
            if served is None:
                raise Problem(404, f"no model '{request.path_params['model']}'")
            _known_version(served, request.path_params)
        except Problem as problem:
            return JSONResponse({"error": problem.detail}, problem.status)
        return JSONResponse(_metadata(served))

    async def model_ready(request: Request) -> JSONResponse:
        name = request.path_params["model"]
        served = service.models.get(name)
        if served is None:
            return JSONResponse({"error": f"no model '{name}'"}, 404)
        wanted = request.path_params.get("version", served.version)
        is_ready = served.live is not None and served.version == wanted
        return JSONResponse({"name": name, "ready": is_ready}, 200 if is_ready else 400)

    endpoint = Endpoint(service, infer, render=_render)
    return [
        Route("/v2/models/{model}/infer", endpoint, methods=["POST"]),
        Route("/v2/models/{model}/versions/{version}/infer", endpoint, methods=["POST"]),
        HealthRoute("/v2/health/live", live),
        HealthRoute("/v2/health/ready", ready),
        Route("/v2", server),
        Route("/v2/models/{model}", model),
        Route("/v2/models/{model}/ready", model_ready),
        Route("/v2/models/{model}/versions/{version}", model),
        Route("/v2/models/{model}/versions/{version}/ready", model_ready),
    ]


def documents(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """OpenAPI paths and schemas, from the pydantic models that check the requests."""
    names, found = models_json_schema(
        [(InferRequest, "validation"), (InferResponse, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    body = names[(InferRequest, "validation")]
    answer = names[(InferResponse, "serialization")]
    paths: dict[str, Any] = {
        path: {
            "get": {"summary": text, "tags": ["v2"], "responses": {"200": {"description": "OK"}}}
        }
        for path, text in (
            ("/v2", "Describe the server"),
            ("/v2/health/live", "Report whether the server responds"),
            ("/v2/health/ready", "Report whether all models are ready"),
        )
    }
    for served in service.models.values():
        path, example = request(served.contract, [served.schema.example])
        paths[path] = {
            "post": {
                "operationId": f"infer_{served.name.replace('-', '_')}",
                "summary": f"Score tensors with {served.name}",
                "tags": ["v2"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": body, "example": example}},
                },
                "responses": {
                    "200": {
                        "description": "One tensor per output; rows in order",
                        "content": {"application/json": {"schema": answer}},
                    },
                    "400": {"description": "A tensor is missing, or has a wrong shape or type"},
                    "422": {"description": "A value violates the data contract"},
                },
            }
        }
    return paths, found.get("$defs", {})


def _metadata(served: ServedModel) -> dict[str, Any]:
    return {
        "name": served.name,
        "versions": [served.version] if served.version else [],
        "platform": served.live.loaded.served if served.live else "",
        "inputs": [
            {"name": column.name, "datatype": datatype(column), "shape": [-1]}
            for column in served.contract.fields
        ],
        "outputs": [
            {"name": output.name, "datatype": output_type(output), "shape": shape_of(output, -1)}
            for output in served.schema.outputs
        ],
    }


def _known_version(served: ServedModel, parameters: dict[str, str]) -> None:
    version = parameters.get("version")
    if version is not None and version != served.version:
        raise Problem(404, f"version '{version}' of '{served.name}' is not served")


def _render(problem: Problem, request_id: str) -> bytes:
    return orjson.dumps({"error": _text(problem.detail), "id": request_id})


def _text(detail: Any) -> str:
    return sentence(detail) if isinstance(detail, list) else str(detail)
