"""Executes a definition on this machine, state by state, as the Amazon States Language says.

https://states-language.net
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .definition import Definition
from .expressions import ExpressionError, IntrinsicError, evaluate, fill, put

# The state machine waits as long as its definition says; here nobody else has to come to rest.
LONGEST_WAIT_SECONDS = 0.5
# Nothing may catch these: the definition itself is wrong. States.ALL does not mean them either.
TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})

Task = Callable[[dict[str, Any], float], Any]
"""Does what a resource of AWS would do: takes its parameters and the seconds it has."""


class TaskError(Exception):
    """A task that failed: the name of the error, and its cause."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(cause)
        self.name = name
        self.cause = cause


@dataclass
class Visit:
    """One attempt of one state."""

    state: str
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
        """Names of the states that were entered, in order; one that was tried again stands once."""
        return [visit.state for visit in self.history if visit.attempt == 1]


class Walker:
    """Executes one definition. `tasks`: what stands in for each resource."""

    def __init__(
        self,
        definition: Definition,
        tasks: Mapping[str, Task],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._definition = definition
        self._tasks = tasks
        self._sleep = sleep

    def walk(self, name: str, data: dict[str, Any]) -> Execution:
        """Execute from the first state to an end. Errors are in what is returned."""
        walk = _Walk(self._definition, self._tasks, self._sleep, name, data)
        try:
            walk.execution.output = walk.from_state(self._definition.start, data)
        except TaskError as error:
            walk.execution.error, walk.execution.cause = error.name, error.cause
        return walk.execution


class _Walk:
    """One execution under way."""

    def __init__(
        self,
        definition: Definition,
        tasks: Mapping[str, Task],
        sleep: Callable[[float], None],
        name: str,
        data: dict[str, Any],
    ) -> None:
        self.states = definition.states
        self.tasks = tasks
        self.sleep = sleep
        self.execution = Execution(name)
        self.deadline = time.monotonic() + definition.seconds
        self.context = {
            "Execution": {"Name": name, "Input": data},
            "StateMachine": {"Name": "training"},
        }

    def from_state(self, first: str, data: Any) -> Any:
        name: str | None = first
        while name is not None:
            state = self.states[name]
            if state["Type"] == "Task":
                name, data = self.task(name, state, data)
            else:
                self.execution.history.append(Visit(name, 1))
                name, data = self.step(state, data)
        return data

    def step(self, state: Mapping[str, Any], data: Any) -> tuple[str | None, Any]:
        """Do what a state does that is no task; return the next one and its input."""
        match state["Type"]:
            case "Pass":
                return state["Next"], self.evaluated(fill, state.get("Parameters", data), data)
            case "Choice":
                for rule in state["Choices"]:
                    # Of another type, it is not equal: 1 is not true.
                    if self.evaluated(evaluate, rule["Variable"], data) is rule["BooleanEquals"]:
                        return rule["Next"], data
                return state["Default"], data
            case "Succeed":
                return None, self.evaluated(evaluate, state.get("OutputPath", "$"), data)
        error = self.evaluated(evaluate, state["ErrorPath"], data)
        raise TaskError(error, self.evaluated(evaluate, state["CausePath"], data))

    def task(self, name: str, state: Mapping[str, Any], data: Any) -> tuple[str | None, Any]:
        """Try a task as often as its retriers say; go where its catchers say."""
        used = [0] * len(state.get("Retry", []))
        while True:
            visit = Visit(name, sum(used) + 1)
            self.execution.history.append(visit)
            started = time.monotonic()
            try:
                return state["Next"], self.attempt(state, data)
            except TaskError as error:
                visit.error = f"{error.name}: {error.cause}"
                if error.name in TERMINAL or time.monotonic() >= self.deadline:
                    raise
                wait = _wait(state, error.name, used)
                if wait is None:
                    catcher = _catcher(state, error.name)
                    if catcher is None:
                        raise
                    output = {"Error": error.name, "Cause": error.cause}
                    return catcher["Next"], put(catcher["ResultPath"], output, data)
            finally:
                visit.seconds = round(time.monotonic() - started, 3)
            self.sleep(min(wait, LONGEST_WAIT_SECONDS))

    def attempt(self, state: Mapping[str, Any], data: Any) -> Any:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TaskError("States.Timeout", "the execution takes longer than it may")
        parameters = self.evaluated(fill, state.get("Parameters", data), data)
        seconds = min(state.get("TimeoutSeconds", left), left)
        result = self.tasks[state["Resource"]](parameters, seconds)
        if "ResultSelector" in state:
            result = self.evaluated(fill, state["ResultSelector"], result)
        return put(state.get("ResultPath", "$"), result, data)

    def evaluated(self, function: Callable[..., Any], what: Any, data: Any) -> Any:
        try:
            return function(what, data, self.context)
        except IntrinsicError as error:
            raise TaskError("States.IntrinsicFailure", str(error)) from None
        except ExpressionError as error:
            raise TaskError("States.Runtime", str(error)) from None


def _matches(names: list[str], error: str) -> bool:
    # States.TaskFailed stands for every error but a timeout.
    return (
        error in names
        or "States.ALL" in names
        or ("States.TaskFailed" in names and error != "States.Timeout")
    )


def _wait(state: Mapping[str, Any], error: str, used: list[int]) -> float | None:
    """Seconds until the next attempt, None if there is none. The first retrier that fits decides.

    The n-th wait of a retrier is IntervalSeconds * BackoffRate ** (n - 1).
    """
    for index, retrier in enumerate(state.get("Retry", [])):
        if _matches(retrier["ErrorEquals"], error):
            if used[index] == retrier["MaxAttempts"]:
                return None
            used[index] += 1
            return float(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** (used[index] - 1))
    return None


def _catcher(state: Mapping[str, Any], error: str) -> Mapping[str, Any] | None:
    for catcher in state.get("Catch", []):
        if _matches(catcher["ErrorEquals"], error):
            found: Mapping[str, Any] = catcher
            return found
    return None
