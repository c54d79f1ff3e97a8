"""Time limit of requests: one periodic check of all open requests instead of a timer for each."""

from __future__ import annotations

import asyncio
import time


class Deadlines:
    """Cancels tasks that exceed the time limit, with a tolerance of a quarter of the limit."""

    def __init__(self, seconds: float) -> None:
        """Create a limit of `seconds` per task; nothing is checked before `watch`."""
        self._seconds = seconds
        self._open: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()

    def enter(self, started: float) -> asyncio.Task[object]:
        """Add the current task; `started` is a time of `perf_counter`."""
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = started
        return task

    def leave(self, task: asyncio.Task[object]) -> None:
        """Remove a task."""
        del self._open[task]
        self._late.discard(task)

    def passed(self, task: asyncio.Task[object]) -> bool:
        """Return whether this limit canceled a task that caught CancelledError, and undo that."""
        if task not in self._late:
            return False
        # False if other code canceled the task too: then it has to end.
        return task.uncancel() == 0

    async def watch(self) -> None:
        """Check the open tasks until canceled."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            limit = time.perf_counter() - self._seconds
            for task, started in list(self._open.items()):
                if started < limit and task not in self._late:
                    self._late.add(task)
                    task.cancel()
