"""Execute a definition node by node, with retries, time limits and a history."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

# The tool waits as long as its definition says; locally no remote service has to recover.
LONGEST_WAIT_SECONDS = 0.5

Result = TypeVar("Result")


def rest(seconds: float) -> None:
    """Wait between two attempts, for a limited time."""
    time.sleep(min(seconds, LONGEST_WAIT_SECONDS))


class TaskError(Exception):
    """A failed task: the name of the error, and its cause."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(cause)
        self.name = name
        self.cause = cause


@dataclass
class Retrier:
    """Repeats a task after an error that `matches`.

    times: maximum number of further attempts. The n-th wait is `seconds` * `backoff` ** (n - 1).
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
    """Result of an execution; `error` and `cause` are None if it succeeded."""

    name: str
    output: Any = None
    error: str | None = None
    cause: str | None = None
    history: list[Visit] = field(default_factory=list)

    @property
    def path(self) -> list[str]:
        """Return the entered nodes in order; a repeated node is listed once."""
        return [visit.node for visit in self.history if visit.attempt == 1]


class Walk(ABC):
    """A running execution. `seconds`: time limit of the execution."""

    # Names that the tool uses for a task or an execution that times out.
    TIMEOUT: ClassVar[str]

    def __init__(self, name: str, seconds: float, sleep: Callable[[float], None] = rest) -> None:
        self.execution = Execution(name)
        self._deadline = time.monotonic() + seconds
        self._sleep = sleep

    @abstractmethod
    def visit(self, node: str, data: Any) -> tuple[str | None, Any]:
        """Run a node; return the next node (None at an end) and its input."""

    def run(self, first: str, data: Any) -> Execution:
        """Execute from the first node to an end. Errors are part of the result."""
        node: str | None = first
        try:
            while node is not None:
                node, data = self.visit(node, data)
            self.execution.output = data
        except TaskError as error:
            self.execution.error, self.execution.cause = error.name, error.cause
        return self.execution

    def is_late(self) -> bool:
        """Whether the time limit of the execution is reached."""
        return time.monotonic() >= self._deadline

    def enter(self, node: str) -> None:
        """Record a node that is not a task."""
        self.execution.history.append(Visit(node, 1))

    def attempt(
        self,
        node: str,
        task: Callable[[float], Result],
        retriers: Sequence[Retrier],
        seconds: float | None = None,
    ) -> Result:
        """Run a task with its retriers; the first one that matches an error applies.

        task: gets its time limit in seconds: that of one attempt, or the rest of the execution.
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
                    raise TaskError(self.TIMEOUT, "the execution exceeded its time limit")
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
