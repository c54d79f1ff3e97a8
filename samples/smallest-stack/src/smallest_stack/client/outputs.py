"""Values of predictions: in order, and compared with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(prediction: Mapping[str, Any]) -> Iterator[float | str]:
    """Yield the values of one prediction, in order; a protocol can group them differently."""
    for value in prediction.values():
        if isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def numbers(prediction: Mapping[str, Any]) -> list[float]:
    """Return all numbers of a prediction, in order: the format of CSV responses."""
    return [value for value in leaves(prediction) if not isinstance(value, str)]


def is_close(first: Mapping[str, Any], second: Mapping[str, Any], tolerance: float) -> bool:
    """Whether two predictions have equal strings, and numbers that differ by at most `tolerance`.

    The tolerance is relative to numbers above 1.
    """
    pairs = list(zip(leaves(first), leaves(second), strict=True))
    return bool(pairs) and all(
        one == other
        if isinstance(one, str) or isinstance(other, str)
        else abs(one - other) <= tolerance * max(1.0, abs(other))
        for one, other in pairs
    )
