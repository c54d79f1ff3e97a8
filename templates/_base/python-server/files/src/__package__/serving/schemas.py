"""Pydantic models from the data contract, which validate and document requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)

from ..client.rows import example_value, limits
from ..contract import DataContract
from ..contract import Field as Column
from ..tasks import Output
from .outputs import prediction_model

# The length of strings is limited, so that the log queue has bounded memory.
CATEGORY_LIMIT = 256
TEXT_LIMIT = 10_000

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class RequestSchema:
    """Schema of the requests and responses of one model.

    row: pydantic model of one row. body, response: pydantic models of request and response.
    columns: turns the rows of a valid request into one sequence per input. column_types: validators
    of whole columns. nullable: the columns that allow None. example: a valid row as JSON values.
    outputs: outputs of a prediction, in order.
    """

    row: type[BaseModel]
    body: type[BaseModel]
    response: type[BaseModel]
    parse: Callable[[bytes], Any]
    columns: Callable[[Sequence[Any]], dict[str, Sequence[Any]]]
    column_types: Mapping[str, TypeAdapter[list[Any]]]
    nullable: frozenset[str]
    example: dict[str, Any]
    outputs: tuple[Output, ...]

    def example_columns(self) -> dict[str, Sequence[Any]]:
        """Return the example as `columns` returns the rows of a request."""
        return self.columns([self.row.__pydantic_validator__.validate_python(self.example)])


def request_schema(
    contract: DataContract,
    outputs: tuple[Output, ...],
    max_rows: int,
    max_text: int = TEXT_LIMIT,
) -> RequestSchema:
    """Create the schema of a contract and the outputs of its task.

    Types are strict: "12" is no number and 1.5 no integer. max_text: characters of a text value.
    """
    title = "".join(part.capitalize() for part in contract.model.replace("_", "-").split("-"))
    types = {column.name: column_type(column, max_text) for column in contract.fields}
    # A column can have any name, also that of a method of pydantic's models. Its name is therefore
    # the alias of an attribute that is only numbered.
    attributes = [f"column_{number}" for number in range(len(contract.fields))]
    fields: dict[str, Any] = {
        attribute: (
            types[column.name],
            Field(
                alias=column.name,
                title=column.name,
                description=_description(column),
                examples=[example_value(column)],
            ),
        )
        for attribute, column in zip(attributes, contract.fields, strict=True)
    }
    strict = ConfigDict(strict=True, extra="forbid", protected_namespaces=())
    row = create_model(f"{title}Row", __config__=strict, **fields)
    rows = Annotated[list[row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]
    body = create_model(f"{title}Request", __config__=strict, rows=(rows, ...))
    prediction = prediction_model(title, outputs)
    answer: dict[str, Any] = {
        "predictions": (list[prediction], ...),  # type: ignore[valid-type]
        "model": (Literal[contract.model], ...),
        "model_version": (str, ...),
        "request_id": (str, ...),
    }
    response = create_model(
        f"{title}Response", __config__=ConfigDict(protected_namespaces=()), **answer
    )
    names = contract.names
    values = attrgetter(*attributes)

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
        nullable=frozenset(column.name for column in contract.fields if column.nullable),
        example={column.name: example_value(column) for column in contract.fields},
        outputs=outputs,
    )


def column_type(column: Column, max_text: int = TEXT_LIMIT) -> Any:
    """Return the annotated type of one value of a column, bounds included.

    A missing value is None. A nullable string can also be empty, which means the same.
    """
    kind = _value_type(column, max_text)
    return kind | None if column.nullable else kind


def _value_type(column: Column, max_text: int) -> Any:
    if column.kind == "boolean":
        return bool
    if column.kind == "datetime":
        return Instant
    if column.is_string:
        if column.categories and column.unseen == "refuse":
            return Literal[(*column.categories, *([""] * column.nullable))]
        longest = max_text if column.kind == "text" else CATEGORY_LIMIT
        return Annotated[str, Field(min_length=0 if column.nullable else 1, max_length=longest)]
    low, high = limits(column)
    if column.kind == "int":
        return Annotated[int, Field(ge=low, le=high)]
    return Annotated[float, Field(ge=low, le=high, allow_inf_nan=False)]


def _utc(value: object) -> datetime:
    """Parse ISO 8601. The result is in UTC and has no time zone, because NumPy knows none."""
    if not isinstance(value, str):
        raise ValueError("expected a date and time as ISO 8601 text")
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise ValueError("expected ISO 8601, as in 2024-01-31T12:00:00+00:00") from None


Instant = Annotated[
    datetime, PlainValidator(_utc), WithJsonSchema({"type": "string", "format": "date-time"})
]


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
