"""Versions to serve, as the setting `serving.pinned` names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..platform.errors import SettingsError

_PINNED = re.compile(
    r"(?P<model>[^:=#]+):(?P<version>[^=#]+)=(?P<uri>[^#]+)#(?P<sha256>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Target:
    """A version to serve. `metrics` are its metrics in the registry."""

    model: str
    version: str
    uri: str
    sha256: str
    metrics: dict[str, float]


def pinned_targets(entries: tuple[str, ...]) -> list[Target]:
    """Parse `pinned`. Raises SettingsError with the entry that has another format."""
    targets = []
    for entry in entries:
        match = _PINNED.fullmatch(entry.strip())
        if match is None:
            raise SettingsError(
                f"serving.pinned: expected <model>:<version>=<uri>#<sha256>, found {entry!r}"
            )
        targets.append(Target(**match.groupdict(), metrics={}))
    return targets
