"""Values of a run in the forms that trackers take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value of nested mappings with its dotted name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def lines_of(table: Mapping[str, Any]) -> dict[str, tuple[list[float], list[float]]]:
    """Return line -> x and y of its points, in order, for a table whose plot is `lines`.

    Undefined points are left out.
    """
    found: dict[str, tuple[list[float], list[float]]] = {}
    for name, x, y in table["rows"]:
        if x is not None and y is not None:
            xs, ys = found.setdefault(str(name), ([], []))
            xs.append(float(x))
            ys.append(float(y))
    return found


def slug(title: str) -> str:
    """Return a title as the name of a file: lowercase letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
