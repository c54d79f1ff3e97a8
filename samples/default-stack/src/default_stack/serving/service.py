"""The service without HTTP: its models, and the memory and the time that requests can take."""

from __future__ import annotations

import asyncio

from ..platform.errors import UserError
from ..platform.settings import Settings
from .core import Core, NotFinite, NotServed, ServedModel
from .deadlines import Deadlines
from .follow import Source
from .prediction_log import PredictionLog

__all__ = ["NotFinite", "NotServed", "Room", "ServedModel", "Service"]


class Room:
    """Memory budget, in bytes, for the bodies of all open requests."""

    def __init__(self, limit: int) -> None:
        """Create a budget of `limit` bytes."""
        self._limit = limit
        self._held = 0

    def enter(self, size: int) -> bool:
        """Reserve `size` bytes if they are available."""
        if self._held + size > self._limit:
            return False
        self._held += size
        return True

    def leave(self, size: int) -> None:
        """Release `size` bytes."""
        self._held -= size


class Service(Core):
    """All models of one process. Call methods from the event loop unless documented otherwise."""

    def __init__(
        self,
        settings: Settings,
        source: Source | None = None,
        log: PredictionLog | None = None,
    ) -> None:
        """Create a service. `source` yields the versions to serve, `log` records the answers.

        By default the settings decide both.
        """
        super().__init__(settings, source, log)
        default = self.config.default_model or next(iter(self.models))
        if default not in self.models:
            raise UserError(f"serving.default_model: no model '{default}'")
        self.default = self.models[default]
        self.room = Room(self.config.max_open_bytes)
        self.deadlines = Deadlines(self.config.request_seconds)

    async def start(self) -> None:
        """Load the pinned versions or start to follow the alias; start the prediction log."""
        self._tasks.append(asyncio.get_running_loop().create_task(self.deadlines.watch()))
        await super().start()
