"""Outputs of predictions: one JSON object per row, and its model for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..tasks import Output

if TYPE_CHECKING:
    import numpy as np

# Output -> one value per row; an output of size k has lists of k values.
Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class OutputSchema:
    """Outputs of one model.

    outputs: their declarations, in order. prediction: pydantic model of a row. rows: turns one
    sequence per output into one object per row; an output of size k becomes an object by name.
    example: a row as JSON values.
    """

    outputs: tuple[Output, ...]
    prediction: type[BaseModel]
    rows: Callable[[Values], list[dict[str, Any]]]
    example: dict[str, Any]

    def numbers(self, values: Values) -> list[list[float]]:
        """Return one list of all numbers per row, in order: the format of CSV responses."""
        columns: list[Sequence[Any]] = []
        for output in self.outputs:
            if output.kind == "float":
                column = values[output.name]
                columns += [column] if output.size is None else zip(*column, strict=True)
        return [list(row) for row in zip(*columns, strict=True)]


def output_schema(title: str, outputs: tuple[Output, ...]) -> OutputSchema:
    """Create the schema of the outputs of a task; `title` starts the names of the models."""
    fields: dict[str, Any] = {
        output.name: (_type(title, output), Field(description=output.description))
        for output in outputs
    }
    prediction = create_model(
        f"{title}Prediction", __config__=ConfigDict(protected_namespaces=()), **fields
    )
    order = tuple(output.name for output in outputs)
    named = {output.name: output.names for output in outputs if output.size is not None}

    def rows(values: Values) -> list[dict[str, Any]]:
        columns = [values[name] for name in order]
        return [dict(zip(order, row, strict=True)) for row in zip(*columns, strict=True)]

    def rows_of_named(values: Values) -> list[dict[str, Any]]:
        objects = {
            name: [dict(zip(names, row, strict=True)) for row in values[name]]
            for name, names in named.items()
        }
        return rows({**values, **objects})

    return OutputSchema(
        outputs=outputs,
        prediction=prediction,
        rows=rows_of_named if named else rows,
        example={output.name: _example(output) for output in outputs},
    )


def rows_of(outputs: tuple[Output, ...], values: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Return the predictions of a model, one JSON object per row."""
    lists = {name: array.tolist() for name, array in values.items()}
    return output_schema("", outputs).rows(lists)


def leaves(prediction: Mapping[str, Any]) -> Iterator[float | str]:
    """Yield the values of one prediction, in order; a protocol can group them differently."""
    for value in prediction.values():
        if isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        else:
            yield value


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


def _example(output: Output) -> Any:
    if output.size is not None:
        return {name: round(1 / output.size, 4) for name in output.names}
    if output.kind == "string":
        return output.names[-1] if output.names else "text"
    return 0.5
