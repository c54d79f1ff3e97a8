"""Rows as the JSON values of a request: an example, and those of a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..contract import DataContract, Field
from ..platform import models

if TYPE_CHECKING:
    import pandas as pd

# The model takes 32-bit floats; a value beyond these limits would become infinity.
FLOAT_LIMIT = 3.4e38
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
JSON_TYPES: dict[str, Callable[[Any], float | int | bool]] = {
    "float": float,
    "int": int,
    "boolean": bool,
}


def sample(model: str) -> dict[str, Any]:
    """Return a row that satisfies the contract of a model."""
    return {field.name: example_value(field) for field in models.load(model).contract.fields}


def json_rows(frame: pd.DataFrame, contract: DataContract) -> list[dict[str, Any]]:
    """Return the inputs of a table as the JSON values of a request."""
    columns = [
        [
            None if is_missing else json_value(field, value)
            for value, is_missing in zip(
                frame[field.name].tolist(), frame[field.name].isna(), strict=True
            )
        ]
        for field in contract.fields
    ]
    return [dict(zip(contract.names, row, strict=True)) for row in zip(*columns, strict=True)]


def json_value(field: Field, value: Any) -> float | int | str | bool:
    """Return a value of a table as a JSON value; it must not be missing."""
    if field.kind == "datetime":
        return str(value.isoformat())
    return JSON_TYPES.get(field.kind, str)(value)


def example_value(field: Field) -> float | int | str | bool:
    """Return a valid JSON value, for the documentation and for `make predict`."""
    if field.kind == "boolean":
        return True
    if field.kind == "datetime":
        return "2024-01-31T12:00:00+00:00"
    if field.is_string:
        return field.categories[0] if field.categories else "some text"
    low, high = limits(field)
    start = low if field.min is not None else min(0, high)
    end = high if field.max is not None else max(start, 100)
    middle = start + (end - start) / 10
    if field.kind == "int":
        return min(max(int(middle), math.ceil(start)), math.floor(end))
    # A short number, which rounding must not move out of the limits.
    return float(min(max(float(f"{middle:.4g}"), start), end))


def limits(field: Field) -> tuple[float, float]:
    """Return the smallest and the largest allowed number."""
    if field.kind == "int":
        low = INT_MIN if field.min is None else max(math.ceil(field.min), INT_MIN)
        high = INT_MAX if field.max is None else min(math.floor(field.max), INT_MAX)
        return low, high
    return (
        -FLOAT_LIMIT if field.min is None else max(float(field.min), -FLOAT_LIMIT),
        FLOAT_LIMIT if field.max is None else min(float(field.max), FLOAT_LIMIT),
    )
