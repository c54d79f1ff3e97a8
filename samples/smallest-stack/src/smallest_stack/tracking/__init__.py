"""Experiment tracking: the interface that each tracker implements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ..platform.settings import Settings, load_settings
from ..tasks import Table


@dataclass(frozen=True)
class RunRecord:
    """A finished run, as read from the tracker. `metrics` holds the last value of each metric."""

    id: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Run(Protocol):
    """An open run. `url`: its page, or where it is stored; it can change when the run ends."""

    id: str
    url: str

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""

    def artifact(self, path: str, name: str) -> None:
        """Store a local file or folder under `name`."""

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables, and the plots of them that the tracker can draw."""


class Tracker(Protocol):
    """Interface of a tracker.

    `stand_in` names the local substitute for the hosted service; None if the service itself is
    used.
    """

    stand_in: str | None

    def run(self, name: str, tags: Mapping[str, str]) -> AbstractContextManager[Run]:
        """Open a run. It ends with the block and is marked as failed if the block raises.

        Trackers with groups of runs put the runs with the same tag `model` into one group.
        """

    def read(self, run_id: str) -> RunRecord:
        """Read a run. Raises UserError if it does not exist."""


def get_tracker(settings: Settings | None = None) -> Tracker:
    """Return the tracker of the environment. Imports the client, which is slow: call it late."""
    from .mlflow import MlflowTracker as _Implementation

    return _Implementation(settings or load_settings())
