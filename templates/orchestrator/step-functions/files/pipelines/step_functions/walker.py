"""Execute a definition on this machine, state by state, by the Amazon States Language.

https://states-language.net
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..walking.walk import Execution, Retrier, TaskError, Walk, rest
from .definition import Definition
from .expressions import ExpressionError, IntrinsicError, evaluate, fill, put

# These errors cannot be caught, not even by States.ALL, because the definition itself is wrong.
TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})

Task = Callable[[dict[str, Any], float], Any]
"""Local implementation of an AWS resource: takes its parameters and the seconds that are left."""


class Walker:
    """Executes one definition. `tasks`: local implementation of each resource."""

    def __init__(
        self,
        definition: Definition,
        tasks: Mapping[str, Task],
        sleep: Callable[[float], None] = rest,
    ) -> None:
        self._definition = definition
        self._tasks = tasks
        self._sleep = sleep

    def walk(self, name: str, data: dict[str, Any]) -> Execution:
        """Execute from the first state to an end. The result contains errors."""
        walk = _StateWalk(self._definition, self._tasks, self._sleep, name, data)
        return walk.run(self._definition.start, data)


class _StateWalk(Walk):
    TIMEOUT = "States.Timeout"

    def __init__(
        self,
        definition: Definition,
        tasks: Mapping[str, Task],
        sleep: Callable[[float], None],
        name: str,
        data: dict[str, Any],
    ) -> None:
        super().__init__(name, definition.seconds, sleep)
        self.states = definition.states
        self.tasks = tasks
        self.context = {
            "Execution": {"Name": name, "Input": data},
            "StateMachine": {"Name": "training"},
        }

    def visit(self, node: str, data: Any) -> tuple[str | None, Any]:
        """Execute a state; return the next state and its input."""
        state = self.states[node]
        if state["Type"] == "Task":
            return self.task(node, state, data)
        self.enter(node)
        return self.step(state, data)

    def step(self, state: Mapping[str, Any], data: Any) -> tuple[str | None, Any]:
        """Execute a state that is not a task; return the next state and its input."""
        match state["Type"]:
            case "Pass":
                return state["Next"], self.evaluated(fill, state.get("Parameters", data), data)
            case "Choice":
                for rule in state["Choices"]:
                    # Values of different types are not equal: 1 is not true.
                    if self.evaluated(evaluate, rule["Variable"], data) is rule["BooleanEquals"]:
                        return rule["Next"], data
                return state["Default"], data
            case "Succeed":
                return None, self.evaluated(evaluate, state.get("OutputPath", "$"), data)
        error = self.evaluated(evaluate, state["ErrorPath"], data)
        raise TaskError(error, self.evaluated(evaluate, state["CausePath"], data))

    def task(self, name: str, state: Mapping[str, Any], data: Any) -> tuple[str | None, Any]:
        """Run a task with the retries of its retriers; continue at its catchers after a failure."""
        try:
            result = self.attempt(
                name,
                lambda seconds: self.once(state, data, seconds),
                [_retrier(rule) for rule in state.get("Retry", [])],
                state.get("TimeoutSeconds"),
            )
        except TaskError as error:
            catcher = None if self.is_late() else _catcher(state, error.name)
            if catcher is None:
                raise
            output = {"Error": error.name, "Cause": error.cause}
            return catcher["Next"], put(catcher["ResultPath"], output, data)
        return state["Next"], result

    def once(self, state: Mapping[str, Any], data: Any, seconds: float) -> Any:
        parameters = self.evaluated(fill, state.get("Parameters", data), data)
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
    if error in TERMINAL:
        return False
    # States.TaskFailed matches every error except a timeout.
    return (
        error in names
        or "States.ALL" in names
        or ("States.TaskFailed" in names and error != "States.Timeout")
    )


def _retrier(rule: Mapping[str, Any]) -> Retrier:
    names = rule["ErrorEquals"]
    return Retrier(
        lambda error: _matches(names, error),
        times=rule["MaxAttempts"],
        seconds=rule["IntervalSeconds"],
        backoff=rule["BackoffRate"],
    )


def _catcher(state: Mapping[str, Any], error: str) -> Mapping[str, Any] | None:
    for catcher in state.get("Catch", []):
        if _matches(catcher["ErrorEquals"], error):
            found: Mapping[str, Any] = catcher
            return found
    return None
