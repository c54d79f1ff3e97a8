"""Rows as columns: what feature code and models receive in training, batch prediction and service.

Each input of the contract is one array of n values:

- float, int, boolean: float32; a missing value is NaN.
- category, text: str in an object array; a missing value is an empty string.
- datetime: datetime64[us] in UTC; a missing value is NaT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..contract import DataContract
from .errors import UserError

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, np.ndarray]
# n values per input: columns, or the lists of a request.
Values = Columns | Mapping[str, Sequence[Any]]


def columns_of(frame: pd.DataFrame, contract: DataContract) -> dict[str, np.ndarray]:
    """Convert the inputs of n rows of a table, in the order of the contract.

    Datetimes are datetime64, or ISO 8601 text, as in a prediction log; without a time zone, they
    are in UTC. Raises UserError if the table lacks an input, and ValueError if a value has another
    type than its input.
    """
    import pandas as pd

    missing = [name for name in contract.names if name not in frame]
    if missing:
        raise UserError(
            f"the rows of {contract.model} lack {', '.join(missing)}, which its contract has as "
            "input: add the values; if these are the inputs of an older version, train again"
        )
    columns: dict[str, np.ndarray] = {}
    for field in contract.fields:
        values = frame[field.name]
        if field.is_number:
            # Python numbers become float64 first; so do these, so that they are rounded alike.
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
            # Numbers beyond the range of float32 become infinite, as they do in a request.
            with np.errstate(over="ignore"):
                columns[field.name] = numbers.astype(np.float32)
        elif field.is_string:
            columns[field.name] = values.astype("str").to_numpy(dtype=object, na_value="")
        else:
            times = pd.to_datetime(values, utc=True, format="ISO8601").dt.tz_localize(None)
            columns[field.name] = times.to_numpy(dtype="datetime64[us]")
    return columns


def converter(contract: DataContract) -> Callable[[Values], Columns]:
    """Return a function that converts n values per input, as JSON has them, to columns.

    None is a missing value; a datetime is a `datetime` or ISO 8601 text, in UTC without a time
    zone. What `columns_of` made remains as it is. The columns have the order of the contract.
    """
    first = contract.names[0]
    special: dict[str, Callable[[Any], np.ndarray]] = {}
    types: list[tuple[str, Any]] = []
    for field in contract.fields:
        types.append((field.name, np.float32 if field.is_number else object))
        if field.kind == "datetime":
            special[field.name] = _times
        elif field.is_string and field.nullable:
            special[field.name] = _texts

    def convert(values: Values) -> Columns:
        if isinstance(values[first], np.ndarray):
            return cast(Columns, values)
        if special:
            return {
                name: special[name](values[name])
                if name in special
                else np.asarray(values[name], dtype=dtype)
                for name, dtype in types
            }
        return {name: np.asarray(values[name], dtype=dtype) for name, dtype in types}

    return convert


def _texts(values: Sequence[str | None]) -> np.ndarray:
    return np.array(["" if value is None else value for value in values], dtype=object)


def _times(values: Sequence[datetime | str | None]) -> np.ndarray:
    found = [None if value is None else _utc(value) for value in values]
    return np.array(found, dtype="datetime64[us]")


def _utc(value: datetime | str) -> datetime:
    """Return a point in time in UTC, without a time zone, as NumPy takes it."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
