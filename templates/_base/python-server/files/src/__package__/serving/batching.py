"""Micro-batching: requests that arrive together are scored together.

Rows that arrive during one iteration of the event loop form a batch, so a single request is not
delayed. A model that takes milliseconds runs in a thread; rows that arrive in the meantime form the
next batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

Columns = Mapping[str, Sequence[Any]]

# Result of n rows: one JSON object per row, and n scores whose distribution is monitored.
Scored = tuple[list[dict[str, Any]], list[float]]
Score = Callable[[Columns], Scored]


Batch = list[tuple[Columns, int, asyncio.Future[Scored]]]


class Overloaded(Exception):
    """The number of waiting rows exceeds the limit."""


class Batcher:
    """Collects rows for one loaded model. Use it from one event loop only."""

    def __init__(
        self,
        score: Score,
        executor: Executor | None = None,
        max_rows: int = 1_024,
        max_waiting: int = 20_000,
    ) -> None:
        """Create a batcher; `score` runs in `executor`, or in the event loop if that is None.

        max_rows: rows per call, unless a single request has more.
        max_waiting: limit of waiting rows; above it, `submit` raises Overloaded.
        """
        self._score = score
        self._executor = executor
        self._max_rows = max_rows
        self._max_waiting = max_waiting
        self._queue: Batch = []
        self._waiting = 0
        self._scheduled = False
        self._task: asyncio.Task[None] | None = None

    def submit(self, columns: Columns, rows: int) -> asyncio.Future[Scored]:
        """Return a future of the results of `rows` rows. A model error is set on the future."""
        if self._waiting + rows > self._max_waiting and self._waiting:
            raise Overloaded(f"{self._waiting} rows are waiting")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Scored] = loop.create_future()
        self._queue.append((columns, rows, future))
        self._waiting += rows
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._flush)
        return future

    def _flush(self) -> None:
        if self._executor is not None:
            self._task = asyncio.get_running_loop().create_task(self._drain(self._executor))
            return
        self._scheduled = False
        while self._queue:
            batch = self._take()
            _deliver(batch, self._run(batch))

    async def _drain(self, executor: Executor) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            batch = self._take()
            _deliver(batch, await loop.run_in_executor(executor, self._run, batch))
        self._scheduled = False

    def _run(self, batch: Batch) -> list[Scored | Exception]:
        if not batch:
            return []
        try:
            result = self._score(_joined(batch))
        except Exception as error:
            if len(batch) == 1:
                return [error]
            # A request must not fail because of another one: score each request separately.
            return [result for item in batch for result in self._run([item])]
        if len(batch) == 1:
            return [result]
        predictions, scores = result
        results: list[Scored | Exception] = []
        start = 0
        for _, rows, _ in batch:
            end = start + rows
            results.append((predictions[start:end], scores[start:end]))
            start = end
        return results

    def _take(self) -> Batch:
        total, count = 0, 0
        for _, rows, _ in self._queue:
            if count and total + rows > self._max_rows:
                break
            total += rows
            count += 1
        batch, self._queue = self._queue[:count], self._queue[count:]
        self._waiting -= total
        # A caller that disconnected needs no score.
        return [item for item in batch if not item[2].done()]


def _joined(batch: Batch) -> Columns:
    if len(batch) == 1:
        return batch[0][0]
    columns: dict[str, list[Any]] = {name: [] for name in batch[0][0]}
    for item, _, _ in batch:
        for name, values in columns.items():
            values.extend(item[name])
    return columns


def _deliver(batch: Batch, results: list[Scored | Exception]) -> None:
    for (_, _, future), result in zip(batch, results, strict=True):
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
