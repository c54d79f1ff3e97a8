"""Which version answers a request: a stable hash of its key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import orjson

Side = Literal["stable", "candidate"]

# Members that hold the rows of a body: plain JSON, Vertex AI and SageMaker, Azure ML.
ROWS = ("rows", "instances", "data", "input_data")


class SeveralEntitiesError(Exception):
    """A request has rows of several entities, which may belong to different versions."""


def side(salt: str, key: str, weight: float) -> Side:
    """Return the version for a key.

    A larger weight keeps the keys that the candidate had, because the hash of a key is fixed.
    """
    digest = hashlib.sha256(f"{salt}\0{key}".encode("utf-8", "surrogatepass")).digest()
    # Integers are compared: as a float, the largest hashes would round to 1 and miss weight 1.
    return "candidate" if int.from_bytes(digest[:8]) < int(weight * 2**64) else "stable"


def entity(body: bytes, headers: Mapping[str, str], column: str, strict: bool) -> str | None:
    """Return the value of a column in the first row of a body, as text. None without one.

    Knows rows of plain JSON, Vertex AI, SageMaker and Azure ML, and tensors of the Open Inference
    Protocol, with the JSON part of its binary extension.
    strict: raise SeveralEntitiesError unless all rows have the same value.
    """
    length = headers.get("inference-header-content-length", "")
    try:
        content = orjson.loads(body[: int(length)] if length.isdecimal() else body)
    except ValueError:
        return None
    values = _values(content, column)
    if not values or values[0] is None:
        return None
    if strict and any(value != values[0] for value in values):
        raise SeveralEntitiesError
    return values[0]


def _values(content: Any, column: str) -> list[str | None]:
    if not isinstance(content, dict):
        return []
    if isinstance(content.get("inputs"), list):
        for tensor in content["inputs"]:
            if isinstance(tensor, dict) and tensor.get("name") == column:
                return [_text(_first(value)) for value in _list(tensor.get("data"))]
        return []
    for name in ROWS:
        found = content.get(name)
        if isinstance(found, list):
            return [_text(row.get(column)) for row in found if isinstance(row, dict)]
        if isinstance(found, dict):
            columns = _list(found.get("columns"))
            if column in columns:
                at = columns.index(column)
                rows = _list(found.get("data"))
                return [_text(row[at]) for row in rows if isinstance(row, list) and len(row) > at]
    return []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str | None:
    """Return a value as text, which is the same for 7, 7.0 and "7": protocols differ in this."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, str | int | float) else None
