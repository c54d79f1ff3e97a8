"""Pydantic models from the data contract, which validate and document requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from ..contract import DataContract
from ..contract import Field as Column

# The model takes 32-bit floats; a value beyond these limits would become infinity.
FLOAT_LIMIT = 3.4e38
INT_LIMIT = 2**53
# The length of open categories is limited, so that the log queue has bounded memory.
TEXT_LIMIT = 256

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class RequestSchema:
    """Request schema of one model.

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
    """Create the models of a contract. Types are strict: "12" is no number and 1.5 no integer."""
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
        # For a single name, attrgetter returns the value itself, not a tuple.
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
    """Return a valid example value, for the documentation and for `make predict`."""
    if column.is_category:
        return column.categories[0] if column.categories else ""
    low = 0.0 if column.min is None else column.min
    high = max(low, 100.0) if column.max is None else column.max
    middle = low + (high - low) / 10
    return int(middle) if column.kind == "int" else round(middle, 2)


def problems(error: ValidationError, *prefix: str | int) -> list[dict[str, Any]]:
    """Return the errors (location, message, type) without the values of the request."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {"loc": [*prefix, *item["loc"]], "msg": item["msg"], "type": item["type"]}
        for item in found[:20]
    ]


def _description(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.description or column.name}{unit}"
