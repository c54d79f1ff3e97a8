"""Tensors of the Open Inference Protocol, as columns of a model and from its predictions.

Numbers are FP32, FP64 or integers, booleans are BOOL, strings and datetimes (ISO 8601) are BYTES.
All are of shape [n] or [n, 1]. A missing value is null in the data, or an empty string.
Outputs are FP64 or BYTES, of shape [n], or [n, k] for one number per class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import ValidationError

from ..client.protocols.v2 import datatype
from ..contract import DataContract
from ..contract import Field as Column
from ..tasks import Output
from .schemas import RequestSchema, problems

_INTEGERS = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in ("8", "16", "32", "64"))
_FLOATS = frozenset({"FP32", "FP64"})


class Tensor(Protocol):
    """An input of a request: `data` has the values, flat or nested according to `shape`."""

    name: str
    shape: list[int]
    datatype: str
    data: Any


class TensorError(ValueError):
    """A request that cannot be answered.

    status: 400 if tensors or outputs are wrong, 422 if a value violates the data contract.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def wanted_outputs(schema: RequestSchema, names: Sequence[str]) -> list[Output]:
    """Return the outputs with these names, or all if there are none. Raises TensorError."""
    outputs = {output.name: output for output in schema.outputs}
    for name in names:
        if name not in outputs:
            known = ", ".join(f"'{known}'" for known in outputs)
            raise TensorError(400, f"no output '{name}'; there are {known}")
    return [outputs[name] for name in names] or list(outputs.values())


def columns_of(
    contract: DataContract, schema: RequestSchema, tensors: Sequence[Tensor], max_rows: int
) -> tuple[dict[str, Sequence[Any]], int]:
    """Return one list of values per column, and the number of rows. Raises TensorError."""
    given: dict[str, Tensor] = {}
    for tensor in tensors:
        if tensor.name in given:
            raise TensorError(400, f"input '{tensor.name}' is given twice")
        given[tensor.name] = tensor
    missing = [name for name in contract.names if name not in given]
    if missing:
        raise TensorError(400, f"input '{missing[0]}' is missing")
    unknown = sorted(set(given) - set(contract.names))
    if unknown:
        raise TensorError(400, f"no input '{unknown[0]}'; there are {', '.join(contract.names)}")
    shape = given[contract.names[0]].shape
    rows = shape[0] if shape else 0
    if not 1 <= rows <= max_rows:
        raise TensorError(400, f"expected 1 to {max_rows} rows, found {rows}")
    columns: dict[str, Sequence[Any]] = {}
    for column in contract.fields:
        tensor = given[column.name]
        allowed = _datatypes(column)
        if tensor.datatype not in allowed:
            raise TensorError(
                400, f"input '{column.name}': expected {allowed[0]}, found {tensor.datatype[:20]}"
            )
        if tensor.shape not in ([rows], [rows, 1]):
            raise TensorError(
                400, f"input '{column.name}': expected shape [{rows}], found {tensor.shape[:5]}"
            )
        data = _flat(tensor, rows)
        if column.nullable and column.kind == "datetime":
            data = [None if value == "" else value for value in data]
        try:
            columns[column.name] = schema.column_types[column.name].validate_python(data)
        except ValidationError as error:
            raise TensorError(422, sentence(problems(error, "inputs", column.name))) from None
    return columns, rows


def output_tensor(output: Output, predictions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an output of `predictions`, one JSON object per row, as a tensor."""
    values = [prediction[output.name] for prediction in predictions]
    if output.size is not None:
        values = [number for row in values for number in row.values()]
    return {
        "name": output.name,
        "shape": shape_of(output, len(predictions)),
        "datatype": output_type(output),
        "data": values,
    }


def output_type(output: Output) -> str:
    """Return the datatype of an output."""
    return "BYTES" if output.kind == "string" else "FP64"


def shape_of(output: Output, rows: int) -> list[int]:
    """Return the shape of an output for a number of rows; -1 if it is open."""
    return [rows] if output.size is None else [rows, output.size]


def sentence(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the first errors of a list with locations as one text."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found[:3])


def _datatypes(column: Column) -> tuple[str, ...]:
    """Return the accepted datatypes of a column; metadata shows the first one."""
    usual = datatype(column)
    if usual == "INT64":
        return (usual, *sorted(_INTEGERS - {usual}))
    if usual == "FP64":
        return (usual, *sorted(_FLOATS - {usual}), *sorted(_INTEGERS))
    return (usual,)


def _flat(tensor: Tensor, rows: int) -> list[Any]:
    data = tensor.data
    if not isinstance(data, list):
        raise TensorError(400, f"input '{tensor.name}': data is no list")
    if len(tensor.shape) == 2 and all(isinstance(item, list) and len(item) == 1 for item in data):
        data = [item[0] for item in data]
    if len(data) != rows:
        raise TensorError(
            400, f"input '{tensor.name}': shape {tensor.shape} does not fit {len(data)} values"
        )
    return data
