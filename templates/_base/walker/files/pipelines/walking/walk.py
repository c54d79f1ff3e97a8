"""One execution of a definition: from node to node, with retries, limits and a history."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

# The tool waits as long as its definition says; here no other machine has to recover.
LONGEST_WAIT_SECONDS = 0.5

Result = TypeVar("Result")


def rest(seconds: float) -> None:
    """Wait between two attempts, though never for long."""
    time.sleep(min(seconds, LONGEST_WAIT_SECONDS))


class TaskError(Exception):
    """A task that failed: the name of the error, and its cause."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(cause)
        self.name = name
        self.cause = cause


@dataclass
class Retrier:
    """Repeats a task that failed with an error that `matches`.

    times: further attempts at most. The n-th wait is `seconds` * `backoff` ** (n - 1).
    """

    matches: Callable[[str], bool]
    times: int
    seconds: float
    backoff: float
    used: int = 0

    def wait(self) -> float | None:
        """Return the seconds until the next attempt, or None if there is none."""
        if self.used == self.times:
            return None
        self.used += 1
        return float(self.seconds * self.backoff ** (self.used - 1))


@dataclass
class Visit:
    """One attempt of one node."""

    node: str
    attempt: int
    seconds: float = 0.0
    error: str | None = None


@dataclass
class Execution:
    """How an execution ended: `error` and `cause` are None if it succeeded."""

    name: str
    output: Any = None
    error: str | None = None
    cause: str | None = None
    history: list[Visit] = field(default_factory=list)

    @property
    def path(self) -> list[str]:
        """Nodes that were entered, in order; a node that was tried again is listed once."""
        return [visit.node for visit in self.history if visit.attempt == 1]


class Walk(ABC):
    """One execution under way. `seconds`: what all of it may take."""

    # What the tool calls a task, or an execution, that takes too long.
    TIMEOUT: ClassVar[str]

    def __init__(self, name: str, seconds: float, sleep: Callable[[float], None] = rest) -> None:
        self.execution = Execution(name)
        self._deadline = time.monotonic() + seconds
        self._sleep = sleep

    @abstractmethod
    def visit(self, node: str, data: Any) -> tuple[str | None, Any]:
        """Do what a node does; return the next one, None at an end, and its input."""

    def run(self, first: str, data: Any) -> Execution:
        """Execute from the first node to an end. Errors are in what is returned."""
        node: str | None = first
        try:
            while node is not None:
                node, data = self.visit(node, data)
            self.execution.output = data
        except TaskError as error:
            self.execution.error, self.execution.cause = error.name, error.cause
        return self.execution

    def is_late(self) -> bool:
        """Whether the time of the execution is up."""
        return time.monotonic() >= self._deadline

    def enter(self, node: str) -> None:
        """Note a node that is no task."""
        self.execution.history.append(Visit(node, 1))

    def attempt(
        self,
        node: str,
        task: Callable[[float], Result],
        retriers: Sequence[Retrier],
        seconds: float | None = None,
    ) -> Result:
        """Try a task as often as its retriers say; the first one that matches an error decides.

        task: gets the seconds that it has: those of one attempt, or what is left of the execution.
        Raises the TaskError of the last attempt.
        """
        number = 1
        while True:
            visit = Visit(node, number)
            self.execution.history.append(visit)
            started = time.monotonic()
            try:
                left = self._deadline - started
                if left <= 0:
                    raise TaskError(self.TIMEOUT, "the execution takes longer than it may")
                return task(left if seconds is None else min(seconds, left))
            except TaskError as error:
                visit.error = f"{error.name}: {error.cause}"
                retrier = next((item for item in retriers if item.matches(error.name)), None)
                wait = retrier.wait() if retrier and not self.is_late() else None
                if wait is None:
                    raise
            finally:
                visit.seconds = round(time.monotonic() - started, 3)
            self._sleep(wait)
            number += 1
