"""Time limit of requests: one look over all open ones instead of a timer for each."""

from __future__ import annotations

import asyncio
import time


class Deadlines:
    """Cancels tasks that are open for longer than allowed, give or take a quarter."""

    def __init__(self, seconds: float) -> None:
        """Make a limit of `seconds` per task; nothing is looked at before `watch`."""
        self._seconds = seconds
        self._open: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()

    def enter(self, started: float) -> asyncio.Task[object]:
        """Put the current task under the limit; `started` is a time of `perf_counter`."""
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = started
        return task

    def leave(self, task: asyncio.Task[object]) -> None:
        """Take a task out again."""
        del self._open[task]
        self._late.discard(task)

    def passed(self, task: asyncio.Task[object]) -> bool:
        """Tell a task that caught CancelledError whether this limit was the cause, and undo it."""
        if task not in self._late:
            return False
        # False if somebody else cancelled it too: then it has to end.
        return task.uncancel() == 0

    async def watch(self) -> None:
        """Look after the open tasks until cancelled."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            limit = time.perf_counter() - self._seconds
            for task, started in list(self._open.items()):
                if started < limit and task not in self._late:
                    self._late.add(task)
                    task.cancel()
