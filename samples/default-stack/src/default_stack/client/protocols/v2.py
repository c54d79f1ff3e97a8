"""The format of the Open Inference Protocol, version 2: one input tensor for each column.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract, Field
from ..reply import Reply


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    inputs = [
        {
            "name": field.name,
            "shape": [len(rows)],
            "datatype": datatype(field),
            "data": [row[field.name] for row in rows],
        }
        for field in contract.fields
    ]
    return f"/v2/models/{contract.model}/infer", {"inputs": inputs}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a response."""
    columns: dict[str, list[Any]] = {}
    for output in answer["outputs"]:
        data, size = output["data"], output["shape"][1:]
        if size:
            data = [data[start : start + size[0]] for start in range(0, len(data), size[0])]
        columns[output["name"]] = data
    rows = zip(*columns.values(), strict=True)
    predictions = [dict(zip(columns, row, strict=True)) for row in rows]
    return Reply(predictions, answer["model_version"], answer["id"])


def datatype(field: Field) -> str:
    """Return the datatype in which a client sends the values of a field."""
    if field.is_string or field.kind == "datetime":
        return "BYTES"
    return {"boolean": "BOOL", "int": "INT64"}.get(field.kind, "FP64")
