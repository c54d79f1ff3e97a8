"""Model registry: one protocol, one implementation in its own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..platform.settings import Settings, load_settings

CHALLENGER = "challenger"
CHAMPION = "champion"


@dataclass(frozen=True)
class ModelVersion:
    """One immutable version.

    uri: folder of its files. sha256: hash of its manifest, which holds the hash of each file.
    """

    model: str
    version: str
    uri: str
    sha256: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Registry(Protocol):
    """What every registry offers. An unknown model, version or alias raises RegistryError."""

    def register(
        self,
        model: str,
        model_dir: Path,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:
        """Keep the files of `model_dir` as a new version, alias it challenger, return it."""

    def get(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        """Return the version behind an alias, None if the alias or the model is not there."""

    def version(self, model: str, version: str) -> ModelVersion:
        """Return one version."""

    def versions(self, model: str) -> list[ModelVersion]:
        """Return all versions, oldest first; none for an unknown model."""

    def promote(self, model: str, version: str, alias: str = CHAMPION) -> str | None:
        """Move the alias; return the version that it left. Doing it twice changes nothing."""

    def rollback(self, model: str, alias: str = CHAMPION) -> str:
        """Move the alias back to where the last `promote` took it from; return that version.

        Doing it twice changes nothing. Raises RegistryError if there is nothing to go back to.
        """


def get_registry(settings: Settings | None = None) -> Registry:
    """Return the registry of the environment. Imports its client, so call it late."""
    from .mlflow import MlflowRegistry as _Implementation

    return _Implementation(settings or load_settings())
