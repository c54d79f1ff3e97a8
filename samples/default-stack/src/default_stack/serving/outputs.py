"""Outputs of predictions: one JSON object per row, and its model for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..tasks import Output


def prediction_model(title: str, outputs: tuple[Output, ...]) -> type[BaseModel]:
    """Return the pydantic model of a prediction; `title` starts its name."""
    fields: dict[str, Any] = {
        output.name: (_type(title, output), Field(description=output.description))
        for output in outputs
    }
    config = ConfigDict(protected_namespaces=())
    return create_model(f"{title}Prediction", __config__=config, **fields)


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


def _type(title: str, output: Output) -> Any:
    value: Any = str if output.kind == "string" else float
    if output.kind == "float" and (output.min is not None or output.max is not None):
        value = Annotated[float, Field(ge=output.min, le=output.max)]
    if output.size is None:
        return Literal[output.names] if output.names else value
    # A class can have any name, so the attributes are numbered.
    fields: dict[str, Any] = {
        f"value_{number}": (value, Field(alias=name, title=name))
        for number, name in enumerate(output.names)
    }
    return create_model(f"{title}{output.name.capitalize()}", **fields)
