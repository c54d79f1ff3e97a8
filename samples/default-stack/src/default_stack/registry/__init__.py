"""Model registry: the interface that each registry implements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..platform import artifacts
from ..platform.errors import RegistryError, UserError
from ..platform.settings import Settings, load_settings

CHALLENGER = "challenger"
CHAMPION = "champion"


@dataclass(frozen=True)
class ModelVersion:
    """One immutable version of a model.

    uri: folder of its files. sha256: hash of its manifest, which contains the hash of each file.
    """

    model: str
    version: str
    uri: str
    sha256: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    def local_files(self) -> Path:
        """Return a local folder with its files, which the caller verifies.

        Raises RegistryError if the artifact store does not have them.
        """
        try:
            return artifacts.local_copy(self.uri)
        except UserError as error:
            raise RegistryError(
                f"the files of {self.model} {self.version} are missing ({error}): restore them "
                "from a backup, or train again with make pipeline; the same data, parameters and "
                "code give the same files. Until then, use another version: see make versions"
            ) from error


class Registry(Protocol):
    """Interface of a registry. An unknown model, version or alias raises RegistryError."""

    def register(
        self,
        model: str,
        model_dir: Path,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:
        """Store the files of `model_dir` as a new version, set the alias challenger, return it."""

    def get(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        """Return the version that has an alias; None if the alias or the model does not exist."""

    def version(self, model: str, version: str) -> ModelVersion:
        """Return one version."""

    def versions(self, model: str) -> list[ModelVersion]:
        """Return all versions, oldest first; an empty list for an unknown model."""

    def promote(self, model: str, version: str, alias: str = CHAMPION) -> None:
        """Set the alias. This is idempotent.

        For the alias champion, `platform.releases` calls it: the log of releases decides which
        version is the champion.
        """


def get_registry(settings: Settings | None = None) -> Registry:
    """Return the registry of the environment. Imports the client, which is slow: call it late."""
    from .mlflow import MlflowRegistry as _Implementation

    return _Implementation(settings or load_settings())
