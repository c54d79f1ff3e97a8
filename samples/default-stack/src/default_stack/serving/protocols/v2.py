"""Open Inference Protocol, version 2 (REST): one input tensor per column.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
Numbers are FP32, FP64 or integers, booleans are BOOL, strings and datetimes (ISO 8601) are BYTES.
All are of shape [n] or [n, 1]. A missing value is null in the data, or an empty string.
Outputs are FP64 or BYTES, of shape [n], or [n, k] for one number per class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ...client.protocols.v2 import datatype, request
from ...contract import Field as Column
from ...tasks import Output
from ..http import Endpoint, HealthRoute, Problem
from ..runtime import LoadedModel
from ..schemas import problems
from ..service import ServedModel, Service

_INTEGERS = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in ("8", "16", "32", "64"))
_FLOATS = frozenset({"FP32", "FP64"})


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
            raise Problem(400, _sentence(problems(error))) from None
        wanted = _wanted(served, request.outputs or ())
        columns, rows = _columns(served, request.inputs, service.config.max_rows)
        identifier = request.id or request_id
        loaded, predictions = await service.score(served, columns, rows, identifier)
        outputs = [_tensor(output, predictions) for output in wanted]
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
            {"name": output.name, "datatype": _output_type(output), "shape": _shape(output, -1)}
            for output in served.schema.outputs
        ],
    }


def _wanted(served: ServedModel, requested: Sequence[RequestedOutput]) -> list[Output]:
    """Return the requested outputs, or all. Raises Problem 400 for an unknown one."""
    outputs = {output.name: output for output in served.schema.outputs}
    for output in requested:
        if output.name not in outputs:
            known = ", ".join(f"'{name}'" for name in outputs)
            raise Problem(400, f"no output '{output.name}'; there are {known}")
    return [outputs[output.name] for output in requested] or list(outputs.values())


def _output_type(output: Output) -> str:
    return "BYTES" if output.kind == "string" else "FP64"


def _shape(output: Output, rows: int) -> list[int]:
    return [rows] if output.size is None else [rows, output.size]


def _tensor(output: Output, predictions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = [prediction[output.name] for prediction in predictions]
    if output.size is not None:
        values = [number for row in values for number in row.values()]
    return {
        "name": output.name,
        "shape": _shape(output, len(predictions)),
        "datatype": _output_type(output),
        "data": values,
    }


def _known_version(served: ServedModel, parameters: dict[str, str]) -> None:
    version = parameters.get("version")
    if version is not None and version != served.version:
        raise Problem(404, f"version '{version}' of '{served.name}' is not served")


def _datatypes(column: Column) -> tuple[str, ...]:
    """Return the accepted datatypes of a column; metadata shows the first one."""
    usual = datatype(column)
    if usual == "INT64":
        return (usual, *sorted(_INTEGERS - {usual}))
    if usual == "FP64":
        return (usual, *sorted(_FLOATS - {usual}), *sorted(_INTEGERS))
    return (usual,)


def _columns(
    served: ServedModel, tensors: list[InputTensor], max_rows: int
) -> tuple[dict[str, Sequence[Any]], int]:
    """Return one list of values per column and the number of rows. Raises Problem 400 or 422."""
    given: dict[str, InputTensor] = {}
    for tensor in tensors:
        if tensor.name in given:
            raise Problem(400, f"input '{tensor.name}' is given twice")
        given[tensor.name] = tensor
    missing = [name for name in served.contract.names if name not in given]
    if missing:
        raise Problem(400, f"input '{missing[0]}' is missing")
    unknown = sorted(set(given) - set(served.contract.names))
    if unknown:
        raise Problem(400, f"no input '{unknown[0]}'; there are {', '.join(served.contract.names)}")
    rows = given[served.contract.names[0]].shape[0]
    if not 1 <= rows <= max_rows:
        raise Problem(400, f"expected 1 to {max_rows} rows, found {rows}")
    columns: dict[str, Sequence[Any]] = {}
    for column in served.contract.fields:
        tensor = given[column.name]
        allowed = _datatypes(column)
        if tensor.datatype not in allowed:
            raise Problem(
                400, f"input '{column.name}': expected {allowed[0]}, found {tensor.datatype[:20]}"
            )
        if tensor.shape not in ([rows], [rows, 1]):
            raise Problem(
                400, f"input '{column.name}': expected shape [{rows}], found {tensor.shape}"
            )
        data = _flat(tensor, rows)
        if column.nullable and column.kind == "datetime":
            data = [None if value == "" else value for value in data]
        try:
            columns[column.name] = served.schema.column_types[column.name].validate_python(data)
        except ValidationError as error:
            raise Problem(422, _sentence(problems(error, "inputs", column.name))) from None
    return columns, rows


def _flat(tensor: InputTensor, rows: int) -> list[Any]:
    data = tensor.data
    if len(tensor.shape) == 2 and all(isinstance(item, list) and len(item) == 1 for item in data):
        data = [item[0] for item in data]
    if len(data) != rows:
        raise Problem(
            400, f"input '{tensor.name}': shape {tensor.shape} does not fit {len(data)} values"
        )
    return data


def _sentence(found: list[dict[str, Any]]) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found[:3])


def _render(problem: Problem, request_id: str) -> bytes:
    return orjson.dumps({"error": _text(problem.detail), "id": request_id})


def _text(detail: Any) -> str:
    return _sentence(detail) if isinstance(detail, list) else str(detail)
