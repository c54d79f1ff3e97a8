"""Parse rows in the formats of platforms: by name or position, as JSON values or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from .http import Problem
from .schemas import RequestSchema, problems

Columns = Mapping[str, Sequence[Any]]
Place = tuple[str | int, ...]


def refused(message: str, *place: str | int, kind: str = "value_error") -> Problem:
    """Return the Problem for a body, with the location of the error."""
    return Problem(422, [{"loc": ["body", *place], "msg": message, "type": kind}])


def decode(body: bytes) -> Any:
    """Decode JSON. Raises Problem 422."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise refused(f"Invalid JSON: {error}"[:200], kind="json_invalid") from None


def member(value: Any, name: str) -> Any:
    """Return a member of a JSON object. Raises Problem 422."""
    if not isinstance(value, dict) or name not in value:
        raise refused(f"Expected an object with '{name}'", name, kind="missing")
    return value[name]


def from_json(
    schema: RequestSchema, value: Any, max_rows: int, *place: str | int
) -> tuple[Columns, int]:
    """Return columns and number of rows of a list of objects, or of lists in the model's order.

    Raises Problem 422 with the location of the value that breaks the contract.
    """
    rows = _rows(value, max_rows, place)
    if all(isinstance(row, dict) for row in rows):
        found = []
        for number, row in enumerate(rows):
            try:
                found.append(schema.row.__pydantic_validator__.validate_python(row))
            except ValidationError as error:
                raise Problem(422, problems(error, "body", *place, number)) from None
        return schema.columns(found), len(found)
    return from_table(schema, tuple(schema.column_types), rows, max_rows, *place)


def from_table(
    schema: RequestSchema, names: Sequence[Any], value: Any, max_rows: int, *place: str | int
) -> tuple[Columns, int]:
    """Return columns and number of rows of a list of lists with the columns `names`."""
    rows = _rows(value, max_rows, place)
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise refused(f"Expected {len(names)} values", *place, number, kind="row_length")
    return _columns(schema, names, rows, place, text=False), len(rows)


def from_csv(schema: RequestSchema, body: bytes, max_rows: int) -> tuple[Columns, int]:
    """Return columns and number of rows of CSV.

    Columns are in the model's order, unless the first line is a header. In a nullable column, an
    empty value is missing.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("Expected UTF-8", kind="encoding") from None
    if "\0" in text:
        raise refused("Invalid CSV", kind="csv_invalid")
    names: Sequence[str] = tuple(schema.column_types)
    header: Sequence[str] | None = None
    rows: list[list[str]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), strict=True):
            if not line:
                continue
            if not rows and not header and sorted(line) == sorted(names):
                names = header = line
                continue
            if len(rows) == max_rows:
                raise refused(f"Expected 1 to {max_rows} rows", kind="too_long")
            if len(line) != len(names):
                raise refused(f"Expected {len(names)} values", len(rows), kind="row_length")
            rows.append(line)
    except csv.Error as error:
        raise refused(f"Invalid CSV: {error}", kind="csv_invalid") from None
    if not rows:
        raise refused(f"Expected 1 to {max_rows} rows", kind="too_short")
    return _columns(schema, names, rows, (), text=True), len(rows)


def _rows(value: Any, max_rows: int, place: Place) -> list[Any]:
    if not isinstance(value, list):
        raise refused("Expected a list of rows", *place, kind="list_type")
    if not 1 <= len(value) <= max_rows:
        raise refused(f"Expected 1 to {max_rows} rows, found {len(value)}", *place, kind="length")
    return value


def _columns(
    schema: RequestSchema,
    names: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    place: Place,
    text: bool,
) -> Columns:
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns: dict[str, Sequence[Any]] = {}
    for name, kind in schema.column_types.items():
        values: list[Any] = list(given[name])
        if text and name in schema.nullable:
            values = [value or None for value in values]
        try:
            # CSV has no types, so "12" is a number there.
            columns[name] = kind.validate_python(values, strict=False if text else None)
        except ValidationError as error:
            found = problems(error, "body", *place)
            for item in found:
                # The row comes first, then the column, as in the body.
                *before, row = item["loc"]
                item["loc"] = [*before, row, name]
            raise Problem(422, found) from None
    return columns
