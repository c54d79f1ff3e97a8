"""Experiment tracking: one protocol, one implementation in its own file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ..platform.settings import Settings, load_settings


@dataclass(frozen=True)
class RunRecord:
    """A finished run as read back from the tracker. `metrics` holds the last value of each."""

    id: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Run(Protocol):
    """A run that is being written."""

    id: str
    url: str

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""

    def artifact(self, path: str, name: str) -> None:
        """Keep a local file or folder under `name`."""


class Tracker(Protocol):
    """What every tracker offers.

    `stand_in` names what replaces the hosted service here, or is None for the real one.
    """

    stand_in: str | None

    def run(self, name: str, tags: Mapping[str, str]) -> AbstractContextManager[Run]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""

    def read(self, run_id: str) -> RunRecord:
        """Read a run back. Raises UserError if there is none."""


def get_tracker(settings: Settings | None = None) -> Tracker:
    """Return the tracker of the environment. Imports its client, so call it late."""
    from .mlflow import MlflowTracker as _Implementation

    return _Implementation(settings or load_settings())
