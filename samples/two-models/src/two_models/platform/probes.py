"""Valid rows that a data set may lack: with missing, unseen and extreme values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..contract import DataContract, Field
from .columns import Columns

UNSEEN = "a value that no row has"
# Letters whose lowercase form has other letters or another length, and separators of words.
_TEXTS = ("", "Gr\u00f6\u00dfe \u212aelvin \u0130stanbul", "3.5-4_x a\tb\nc \u65e5\u672c\u8a9e")
# 1 January 1970 and 31 December 2099, in days.
_DAYS = (0, 47_481)


def probes(columns: Columns, contract: DataContract) -> dict[str, np.ndarray]:
    """Return rows that the contract allows, made from n > 0 rows of its columns.

    For each input, there is a row for each value that models treat specially: missing, unseen, the
    bounds. One more row for each kind has such values in all inputs. The other values of a row are
    those of an existing row.
    """
    changes: list[dict[str, Any]] = []
    together: dict[int, dict[str, Any]] = {}
    for field in contract.fields:
        for number, value in enumerate(_special(field, columns[field.name])):
            changes.append({field.name: value})
            together.setdefault(number, {})[field.name] = value
    changes += together.values()
    rows = np.arange(len(changes)) % len(columns[contract.names[0]])
    made = {name: columns[name][rows] for name in contract.names}
    for row, change in enumerate(changes):
        for name, value in change.items():
            made[name][row] = value
    return made


def _special(field: Field, values: np.ndarray) -> Iterator[Any]:
    """Yield the special values of an input; a missing one, if allowed, is the first."""
    if field.nullable:
        yield {"M": np.datetime64("NaT"), "O": ""}.get(values.dtype.kind, np.nan)
    if field.kind == "text":
        yield from _TEXTS
    elif field.kind == "category":
        yield from field.categories
        if field.unseen == "allow" or not field.categories:
            yield UNSEEN
    elif field.kind == "datetime":
        yield from (np.datetime64(day, "D") for day in _DAYS)
    elif field.kind == "boolean":
        yield from (0, 1)
    else:
        present = values[~np.isnan(values)]
        for bound, found in ((field.min, np.min), (field.max, np.max)):
            if bound is not None or present.size:
                yield found(present) if bound is None else bound
