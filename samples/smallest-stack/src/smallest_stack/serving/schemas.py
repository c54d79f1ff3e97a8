"""Pydantic models made from the data contract: they check requests and document them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from ..contract import DataContract
from ..contract import Field as Column

# The model takes 32-bit floats; beyond these a value would turn into infinity on the way.
FLOAT_LIMIT = 3.4e38
INT_LIMIT = 2**53
# Open categories are bounded too: what waits to be logged must not grow with what is sent.
TEXT_LIMIT = 256

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class RequestSchema:
    """What one model accepts.

    row: pydantic model of one row. body: pydantic model of the request. columns: turns the rows
    of a valid request into one sequence per input. column_types: validators of whole columns.
    """

    row: type[BaseModel]
    body: type[BaseModel]
    response: type[BaseModel]
    parse: Callable[[bytes], Any]
    columns: Callable[[Sequence[Any]], dict[str, Sequence[Any]]]
    column_types: Mapping[str, TypeAdapter[list[Any]]]
    example: dict[str, Any]


class Prediction(BaseModel):
    """Probability of the positive class."""

    score: float = Field(ge=0, le=1)


def request_schema(contract: DataContract, max_rows: int) -> RequestSchema:
    """Make the models of a contract. Types are strict: "12" is no number and 1.5 no integer."""
    title = "".join(part.capitalize() for part in contract.model.replace("_", "-").split("-"))
    types = {column.name: column_type(column) for column in contract.fields}
    fields: dict[str, Any] = {
        column.name: (
            types[column.name],
            Field(description=_description(column), examples=[example_value(column)]),
        )
        for column in contract.fields
    }
    strict = ConfigDict(strict=True, extra="forbid", protected_namespaces=())
    row = create_model(f"{title}Row", __config__=strict, **fields)
    rows = Annotated[list[row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]
    body = create_model(f"{title}Request", __config__=strict, rows=(rows, ...))
    answer: dict[str, Any] = {
        "predictions": (list[Prediction], ...),
        "model": (Literal[contract.model], ...),
        "model_version": (str, ...),
        "request_id": (str, ...),
    }
    response = create_model(
        f"{title}Response", __config__=ConfigDict(protected_namespaces=()), **answer
    )
    names = contract.names
    values = attrgetter(*names)

    def columns(rows: Sequence[Any]) -> dict[str, Sequence[Any]]:
        # attrgetter gives a bare value, not a tuple, when there is one name only.
        if len(names) == 1:
            return {names[0]: [values(row) for row in rows]}
        return dict(zip(names, zip(*map(values, rows), strict=True), strict=True))

    adapters = {
        name: TypeAdapter(list[kind], config=ConfigDict(strict=True))  # type: ignore[valid-type]
        for name, kind in types.items()
    }
    return RequestSchema(
        row=row,
        body=body,
        response=response,
        parse=body.__pydantic_validator__.validate_json,
        columns=columns,
        column_types=adapters,
        example={column.name: example_value(column) for column in contract.fields},
    )


def column_type(column: Column) -> Any:
    """Return the annotated type of one value of a column, bounds included."""
    if column.is_category:
        if column.categories:
            return Literal[column.categories]
        return Annotated[str, Field(max_length=TEXT_LIMIT)]
    limit = INT_LIMIT if column.kind == "int" else FLOAT_LIMIT
    low = -limit if column.min is None else column.min
    high = limit if column.max is None else column.max
    if column.kind == "int":
        return Annotated[int, Field(ge=int(low), le=int(high))]
    return Annotated[float, Field(ge=low, le=high, allow_inf_nan=False)]


def example_value(column: Column) -> float | int | str:
    """Return a value that the contract allows, for documents and for `make predict`."""
    if column.is_category:
        return column.categories[0] if column.categories else ""
    low = 0.0 if column.min is None else column.min
    high = max(low, 100.0) if column.max is None else column.max
    middle = low + (high - low) / 10
    return int(middle) if column.kind == "int" else round(middle, 2)


def problems(error: ValidationError, *prefix: str | int) -> list[dict[str, Any]]:
    """List what is wrong: place, message, kind. Values of the request are not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {"loc": [*prefix, *item["loc"]], "msg": item["msg"], "type": item["type"]}
        for item in found[:20]
    ]


def _description(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.description or column.name}{unit}"
