"""Values of a run in the forms that trackers take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping


def flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value of nested mappings with its dotted name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def slug(title: str) -> str:
    """Return a title as the name of a file: lowercase letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
