"""Number of rows that a model was fitted on: counted where the rows reach the library.

`train` keeps it with the files of the model, so that the gate can compare it with the training rows
of the split.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from . import artifacts

FILE = "training.json"
E = TypeVar("E")

_noted: ContextVar[list[int] | None] = ContextVar("noted", default=None)


def note(rows: int) -> None:
    """Note that a library fits a model, or a part of one, on `rows` rows."""
    noted = _noted.get()
    if noted is not None:
        noted.append(rows)


def counted(fit: Callable[[], E], rows: int) -> tuple[E, int]:
    """Call `fit`; return its result and the largest number of rows that was noted.

    A model may be fitted several times, to parts of its rows and then to all. The number is `rows`,
    those that `fit` was given, if its code notes none.
    """
    noted: list[int] = []
    token = _noted.set(noted)
    try:
        return fit(), max(noted, default=rows)
    finally:
        _noted.reset(token)


def save(rows: int, directory: Path) -> None:
    """Write the number of rows next to the files of the model."""
    artifacts.write_json(str(directory / FILE), {"rows": rows})


def load(directory: Path) -> int | None:
    """Read the number of rows of a model; None if an earlier release trained it."""
    path = directory / FILE
    return int(artifacts.read_json(str(path))["rows"]) if path.exists() else None
