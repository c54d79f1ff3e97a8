"""Scores in the answer of a version, in the protocols that the service speaks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import orjson

# Of lists and objects in a prediction; deeper ones are no scores.
MAX_DEPTH = 8


def scores(body: bytes) -> list[float]:
    """Return the numbers of an answer in order: one or more for each row; none if unknown.

    Members of a prediction are read in the order of their names, because an object has no order.
    """
    try:
        content = orjson.loads(body)
    except ValueError:
        return []
    if isinstance(content, dict):
        if isinstance(content.get("outputs"), list):
            tensors = [tensor for tensor in content["outputs"] if isinstance(tensor, dict)]
            tensors.sort(key=lambda tensor: str(tensor.get("name")))
            return list(_numbers([tensor.get("data") for tensor in tensors]))
        content = content.get("predictions")
    return list(_numbers(content)) if isinstance(content, list) else []


def _numbers(value: Any, depth: int = 0) -> Iterator[float]:
    if isinstance(value, bool) or depth > MAX_DEPTH:
        return
    if isinstance(value, int | float):
        if math.isfinite(value):
            yield float(value)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item, depth + 1)
    elif isinstance(value, dict):
        for name in sorted(value):
            yield from _numbers(value[name], depth + 1)
