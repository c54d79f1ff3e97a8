"""Execute a WorkflowTemplate on this machine, as the workflow controller does.

https://argo-workflows.readthedocs.io/en/latest/walk-through/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..walking.definition import DefinitionError
from ..walking.walk import Execution, Retrier, TaskError, Walk, rest
from .definition import (
    FAILURES,
    JSON_PATH,
    RESULT,
    TAG,
    WHEN,
    Container,
    Definition,
    Template,
    result_name,
)

FAILED, ERROR = "Failed", "Error"

Run = Callable[[list[str], Mapping[str, str], float], str]
"""Runs a command with environment variables for a limited time; returns its standard output."""


class Walker:
    """Executes one definition. `run`: runs the container of a step."""

    def __init__(
        self, definition: Definition, run: Run, sleep: Callable[[float], None] = rest
    ) -> None:
        self._definition = definition
        self._run = run
        self._sleep = sleep

    def walk(
        self,
        name: str,
        arguments: Mapping[str, str],
        entrypoint: str | None = None,
        done: Mapping[str, str] | None = None,
    ) -> Execution:
        """Execute from the entrypoint to the end. The result contains errors.

        arguments: those of the workflow. entrypoint: a template, by default that of the definition.
        done: step -> its result, for steps that succeeded in an earlier attempt of this workflow.
        Raises DefinitionError for a parameter without a value. The output of the execution is the
        result of each step that succeeded, also if another step fails.
        """
        definition = self._definition
        values = {"workflow.name": name, "workflow.namespace": "this-machine"}
        for parameter, default in definition.parameters.items():
            value = arguments.get(parameter, default)
            if value is None:
                raise DefinitionError(f"the parameter {parameter} has no value")
            values[f"workflow.parameters.{parameter}"] = value
        walk = _Walk(definition, self._run, self._sleep, name, values, dict(done or {}))
        execution = walk.run(entrypoint or definition.entrypoint, dict(arguments))
        execution.output = walk.done
        if definition.on_exit is not None:
            self._exit(definition.on_exit, walk)
        return execution

    def _exit(self, template: str, walk: _Walk) -> None:
        """Run the template of `onExit`. Its own failure counts only if the workflow succeeded."""
        execution = walk.execution
        failures = [
            {"displayName": visit.node, "message": execution.cause, "phase": FAILED}
            for visit in execution.history[-1:]
            if execution.error is not None
        ]
        listed = json.dumps(failures, allow_nan=False)
        values = walk.values | {
            "workflow.status": "Succeeded" if execution.error is None else FAILED,
            # Argo quotes this list as a JSON text.
            "workflow.failures": json.dumps(listed, allow_nan=False),
        }
        # The time limit of the workflow does not apply to this template.
        end = _Walk(
            walk.definition, walk.start, walk.sleep, execution.name, values, {}, is_exit=True
        )
        ended = end.run(template, {})
        execution.history += ended.history
        if execution.error is None:
            execution.error, execution.cause = ended.error, ended.cause


class _Walk(Walk):
    TIMEOUT = "DeadlineExceeded"

    def __init__(
        self,
        definition: Definition,
        run: Run,
        sleep: Callable[[float], None],
        name: str,
        values: dict[str, str],
        done: dict[str, str],
        is_exit: bool = False,
    ) -> None:
        super().__init__(name, float("inf") if is_exit else definition.seconds, sleep)
        self.definition = definition
        self.start = run
        self.sleep = sleep
        self.values = values
        self.done = done
        self.prefix = "onExit." if is_exit else ""

    def visit(self, node: str, data: Any) -> tuple[str | None, Any]:
        """Run a template with its arguments; return no next node."""
        self.template(self.definition.templates[node], data, self.prefix)
        return None, None

    def template(self, template: Template, arguments: Mapping[str, str], prefix: str) -> None:
        """Run the tasks of a graph. `prefix`: what their names begin with."""
        values = self.inputs(template, arguments, self.values)
        for task in template.tasks:
            node = prefix + task.name
            called = self.definition.templates[task.template]
            if task.when is not None and not holds(resolve(task.when, values)):
                values[RESULT.format(task.name)] = ""
                continue
            given = {name: resolve(value, values) for name, value in task.arguments.items()}
            if called.container is None:
                self.template(called, given, f"{node}.")
                continue
            if node not in self.done:
                self.done[node] = self.step(
                    node, called, called.container, self.inputs(called, given, self.values)
                )
            values[RESULT.format(task.name)] = self.done[node]

    def step(
        self, node: str, template: Template, container: Container, values: Mapping[str, str]
    ) -> str:
        """Run a container with its retries; return its standard output without line breaks."""
        command = [resolve(word, values) for word in container.command]
        variables = {key: resolve(value, values) for key, value in container.variables.items()}
        retry = template.retry
        output = self.attempt(
            node,
            lambda seconds: self.start(command, variables, seconds),
            [Retrier(lambda _: True, retry.limit, retry.seconds, retry.factor)],
            template.seconds,
        )
        return output.rstrip("\n")

    @staticmethod
    def inputs(
        template: Template, arguments: Mapping[str, str], known: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the values that tags of a template can name."""
        own = {
            f"inputs.parameters.{name}": arguments.get(name, resolve(default or "", known))
            for name, default in template.inputs.items()
        }
        return {**known, **own}


def resolve(text: str, values: Mapping[str, str]) -> str:
    """Replace the tags of a text. Raises TaskError if a result is not the expected JSON."""

    def value(found: re.Match[str]) -> str:
        if found[1] == FAILURES:
            return str(json.loads(values["workflow.failures"]))
        call = JSON_PATH.fullmatch(found[1])
        if call is None:
            return values[found[1]]
        name = result_name(call)
        try:
            content = json.loads(values[name])
            for key in call[3].split("."):
                content = content[key]
        except (KeyError, TypeError, ValueError):
            raise TaskError(ERROR, f"{name} has no JSON value {call[3]}") from None
        return content if isinstance(content, str) else json.dumps(content, allow_nan=False)

    return TAG.sub(value, text)


def holds(condition: str) -> bool:
    """Evaluate a condition whose tags are replaced."""
    found = WHEN.fullmatch(condition)
    if found is None:
        raise TaskError(ERROR, f"the condition {condition} is not valid")
    return (found[1] == found[3]) is (found[2] == "==")
