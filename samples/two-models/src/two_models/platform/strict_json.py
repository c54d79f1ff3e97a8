"""JSON that every parser reads: without NaN and infinities, for which JSON has no notation.

A measured number can be undefined, such as a loss of predictions that are not numbers. It becomes
null by `finite`. Anywhere else, a number that is not finite is an error, and `dumps` refuses it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any


def dumps(value: object, indent: int | None = None, sort_keys: bool = False) -> str:
    """Return `value` as JSON. NumPy scalars are written as numbers, dates in ISO 8601.

    Raises ValueError for NaN and infinities, TypeError for a type that JSON does not have.
    """
    try:
        return json.dumps(
            value, indent=indent, sort_keys=sort_keys, default=_plain, allow_nan=False
        )
    except ValueError as error:
        where = ".".join(_where(value))
        raise ValueError(f"{where or 'the value'} is not a finite number") from error


def loads(text: str | bytes) -> Any:
    """Parse JSON. NaN and infinities, which releases before 0.3 wrote, are read as None."""
    return json.loads(text, parse_constant=lambda _: None)


def finite(value: Any) -> Any:
    """Return a copy of nested mappings and lists in which NaN and infinities are None."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if _is_undefined(value) else value


def _is_undefined(value: object) -> bool:
    try:
        return isinstance(_plain(value), float) and not math.isfinite(_plain(value))
    except TypeError:
        return False


def _where(value: object) -> list[str]:
    """Return the keys that lead to the first number that is not finite."""
    items = enumerate(value) if isinstance(value, (list, tuple)) else ()
    for key, item in value.items() if isinstance(value, Mapping) else items:
        if _is_undefined(item):
            return [str(key)]
        inner = _where(item)
        if inner:
            return [str(key), *inner]
    return []


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
