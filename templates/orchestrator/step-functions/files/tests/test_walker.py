"""The walker: it does what the States Language says, and refuses what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.step_functions.definition import PATH, DefinitionError, load
from pipelines.step_functions.expressions import ExpressionError, evaluate, fill, put
from pipelines.step_functions.run import VALUES
from pipelines.step_functions.walker import Execution, TaskError, Walker

BATCH, S3, SNS = (
    "arn:aws:states:::batch:submitJob.sync",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:::sns:publish",
)
Edit = Callable[[dict[str, Any]], None]


class Tasks:
    """Jobs that fail as they are told: name of the step -> one error an attempt, None for none."""

    def __init__(self, accepted: object = True, **errors: list[TaskError | None]) -> None:
        self.accepted = accepted
        self.errors = errors
        self.jobs: list[str] = []
        self.notices: list[str] = []

    def batch(self, parameters: dict[str, Any], seconds: float) -> None:
        step = parameters["ContainerOverrides"]["Command"][2].rpartition(".")[2]
        self.jobs.append(step)
        left = self.errors.get(step, [])
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    def read(self, parameters: dict[str, Any], seconds: float) -> dict[str, str]:
        return {"Body": json.dumps({"accepted": self.accepted})}

    def publish(self, parameters: dict[str, Any], seconds: float) -> None:
        self.notices.append(parameters["Message"])
        left = self.errors.get("publish", [])
        if left and (error := left.pop(0)) is not None:
            raise error


def walk(tasks: Tasks, waits: list[float] | None = None) -> Execution:
    """Execute the definition of this repository with jobs that do nothing."""
    handlers = {BATCH: tasks.batch, S3: tasks.read, SNS: tasks.publish}
    walker = Walker(load(VALUES), handlers, sleep=(waits if waits is not None else []).append)
    return walker.walk("a-run", {"model": "a-model", "variant": "base"})


def failed(times: int, name: str = "States.TaskFailed") -> list[TaskError | None]:
    return [TaskError(name, "it broke") for _ in range(times)]


@pytest.mark.parametrize(
    ("accepted", "end"),
    [(True, "Promoted"), (False, "Refused"), ("true", "Refused"), (1, "Refused")],
)
def test_the_gate_decides(accepted: object, end: str) -> None:
    tasks = Tasks(accepted)
    execution = walk(tasks)
    assert execution.error is None
    assert execution.path[-1] == end
    assert ("promote" in tasks.jobs) is (end == "Promoted")
    assert execution.output == {"accepted": accepted}


def test_a_retry_waits_and_goes_on() -> None:
    waits: list[float] = []
    tasks = Tasks(train=failed(2))
    assert walk(tasks, waits).path[-1] == "Promoted"
    assert tasks.jobs.count("train") == 3
    assert len(waits) == 2


def test_exhausted_retries_are_caught_and_notified() -> None:
    tasks = Tasks(train=failed(3))
    execution = walk(tasks)
    assert tasks.jobs.count("train") == 3
    assert execution.path[-2:] == ["Notify", "Failed"]
    assert (execution.error, execution.cause) == ("States.TaskFailed", "it broke")
    assert tasks.notices == ["States.TaskFailed in execution a-run of training: it broke"]


def test_bad_rows_are_not_tried_again() -> None:
    tasks = Tasks(validate=failed(1))
    assert walk(tasks).path[-2:] == ["Notify", "Failed"]
    assert tasks.jobs == ["ingest", "validate"]


def test_a_timeout_is_caught_and_not_tried_again() -> None:
    tasks = Tasks(train=failed(1, "States.Timeout"))
    assert walk(tasks).error == "States.Timeout"
    assert tasks.jobs.count("train") == 1
    assert len(tasks.notices) == 1


def test_an_error_of_the_definition_is_caught_by_nothing() -> None:
    tasks = Tasks(train=failed(1, "States.Runtime"))
    assert walk(tasks).path[-1] == "Train"
    assert tasks.notices == []


def test_a_notice_that_cannot_be_sent_does_not_hide_the_error() -> None:
    execution = walk(Tasks(gate=failed(3), publish=failed(4, "SNS.InternalError")))
    assert execution.path[-1] == "Failed"
    assert execution.cause == "it broke"


def test_an_input_without_a_model_fails() -> None:
    tasks = Tasks()
    execution = Walker(load(VALUES), {BATCH: tasks.batch}).walk("a-run", {"variant": "base"})
    assert execution.error == "States.Runtime"
    assert tasks.jobs == []


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$.a.b", 1),
        ("$$.Execution.Name", "n"),
        ("States.Array('x', $.a.b, States.Array())", ["x", 1, []]),
        ("States.Format('{}-{}/it\\'s', $.c, $.a.b)", "d-1/it's"),
        ("States.StringToJson($.json)", {"k": [True]}),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    data = {"a": {"b": 1}, "c": "d", "json": '{"k": [true]}'}
    assert evaluate(expression, data, {"Execution": {"Name": "n"}}) == value


@pytest.mark.parametrize(
    "expression",
    [
        *("$.missing", "$.a[0]", "$..a", "States.UUID()", "States.Format('{}')", "'open"),
        *("States.Array('a' 'b')", "States.StringToJson('no')", "text", "$.a extra", ""),
    ],
)
def test_expressions_that_are_not_understood(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {"a": 1}, {})


def test_payloads() -> None:
    template = {"a.$": "$.x", "b": [{"c.$": "$.x"}], "d": "$.x"}
    assert fill(template, {"x": 1}, {}) == {"a": 1, "b": [{"c": 1}], "d": "$.x"}
    data = {"x": {"y": 1}}
    assert put("$.x.z", 2, data) == {"x": {"y": 1, "z": 2}}
    assert put("$", 2, data) == 2
    assert put(None, 2, data) == {"x": {"y": 1}} == data


def _state(name: str, **fields: object) -> Edit:
    return lambda definition: definition["States"][name].update(fields)


def _cycle(definition: dict[str, Any]) -> None:
    definition["States"]["Gate"]["Next"] = "Ingest"


def _unreached(definition: dict[str, Any]) -> None:
    definition["States"]["Alone"] = {"Type": "Succeed"}


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (_state("Train", Next="Nowhere"), 'Train: "Nowhere" is no state'),
        (_cycle, "comes after itself"),
        (_unreached, '"Alone" is never reached'),
        (_state("Train", HeartbeatSeconds=60), 'Train: "HeartbeatSeconds" is not understood here'),
        (_state("Train", Type="Parallel"), 'Train: "Parallel" is no type that is understood here'),
        (_state("Train", Resource="arn:aws:states:::sqs:sendMessage"), "has no stand-in here"),
        (_state("Train", Retry=[{"ErrorEquals": ["States.ALL"]}]), '"BackoffRate" is missing'),
        (
            _state("Accepted?", Choices=[{"Variable": "$.a", "StringEquals": "b", "Next": "Gate"}]),
            '"StringEquals" is not understood here',
        ),
        (_state("Train", Parameters={"JobQueue": "${unknown}"}), r"\$\{unknown\} has no value"),
        (lambda definition: definition.update(QueryLanguage="JSONata"), '"QueryLanguage" is not'),
        (lambda definition: definition.pop("TimeoutSeconds"), '"TimeoutSeconds" is missing'),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(
    tmp_path: Path, edit: Edit, says: str
) -> None:
    definition = json.loads(PATH.read_text())
    edit(definition)
    path = tmp_path / "pipeline.asl.json"
    path.write_text(json.dumps(definition, indent=2))
    with pytest.raises(DefinitionError, match=says) as caught:
        load(VALUES, path)
    assert str(caught.value).startswith("pipeline.asl.json:")
