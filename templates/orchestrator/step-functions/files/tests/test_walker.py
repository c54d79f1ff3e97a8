"""The walker follows the Amazon States Language and rejects unsupported definitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.step_functions.definition import PATH, DefinitionError, load
from pipelines.step_functions.expressions import ExpressionError, evaluate, fill, put
from pipelines.step_functions.run import VALUES
from pipelines.step_functions.walker import Walker
from pipelines.walking.walk import Execution, TaskError
from tests.walker_suite import STEPS, Jobs, WalkerSuite

BATCH, S3, SNS = (
    "arn:aws:states:::batch:submitJob.sync",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:::sns:publish",
)
FAILED, TIMEOUT = "States.TaskFailed", "States.Timeout"
Edit = Callable[[dict[str, Any]], None]


class Account:
    """Replacements of the AWS resources. `decision`: content of the decision file."""

    def __init__(self, jobs: Jobs, decision: object) -> None:
        self.jobs = jobs
        self.decision = decision
        self.notices: list[str] = []

    def batch(self, parameters: dict[str, Any], seconds: float) -> None:
        step = parameters["ContainerOverrides"]["Command"][2].rpartition(".")[2]
        own = parameters["Timeout"]["AttemptDurationSeconds"]
        self.jobs.run(step, min(own, seconds))

    def read(self, parameters: dict[str, Any], seconds: float) -> dict[str, str]:
        return {"Body": json.dumps(self.decision)}

    def publish(self, parameters: dict[str, Any], seconds: float) -> None:
        self.notices.append(parameters["Message"])
        left = self.jobs.errors.get("publish", [])
        if left:
            raise TaskError(left.pop(0), "no topic")

    def walk(self, path: Path = PATH, **data: str) -> Execution:
        handlers = {BATCH: self.batch, S3: self.read, SNS: self.publish}
        walker = Walker(load(VALUES, path), handlers, sleep=self.jobs.waits.append)
        return walker.walk("a-run", data or {"model": "a-model", "variant": "base", "until": "now"})


def account(jobs: Jobs | None = None, accepted: object = True) -> Account:
    return Account(jobs or Jobs(), {"accepted": accepted})


class TestStepFunctions(WalkerSuite):
    FAILED = FAILED
    TIMEOUT = TIMEOUT

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / PATH.name

    def walk(self, jobs: Jobs, text: str | None = None) -> Execution:
        self.path.write_text(PATH.read_text() if text is None else text)
        return account(jobs, jobs.accepted).walk(self.path)

    def fault(self, name: str) -> tuple[str, int]:
        first = STEPS[0].capitalize().replace("_", " ")
        old, new = {
            "cycle": ('"Next": "Read decision"', f'"Next": "{first}"'),
            "unknown node": ('"Next": "Read decision"', '"Next": "Nowhere"'),
            "unresolved parameter": ('"JobQueue": "${queue}"', '"JobQueue": "${unknown}"'),
            "unknown construct": ('"ResultPath": null,', '"HeartbeatSeconds": 60,'),
        }[name]
        # A formatter may have written the file in another layout.
        text = json.dumps(json.loads(PATH.read_text()), indent=2)
        before, after = text.split(old, 1)
        return before + new + after, before.count("\n") + 1


@pytest.mark.parametrize(
    ("accepted", "end"),
    [(True, "Promoted"), (False, "Refused"), ("true", "Refused"), (1, "Refused")],
)
def test_the_gate_decides(accepted: object, end: str) -> None:
    execution = account(accepted=accepted).walk()
    assert execution.path[-1] == end
    assert execution.output == {"accepted": accepted}


def test_exhausted_retries_are_caught_and_notified() -> None:
    here = account(Jobs(errors={"train": [FAILED] * 3}))
    execution = here.walk()
    assert execution.path[-2:] == ["Notify", "Failed"]
    assert (execution.error, execution.cause) == (FAILED, "it broke")
    assert here.notices == ["States.TaskFailed in execution a-run of training: it broke"]


def test_a_timeout_is_caught_and_not_retried() -> None:
    here = account(Jobs(errors={"train": [TIMEOUT]}))
    assert here.walk().error == TIMEOUT
    assert here.jobs.ran.count("train") == 1
    assert len(here.notices) == 1


def test_an_error_of_the_definition_is_never_caught() -> None:
    here = account(Jobs(errors={"train": ["States.Runtime"]}))
    assert here.walk().path[-1] == "Train"
    assert here.notices == []


def test_a_notice_that_cannot_be_sent_does_not_hide_the_error() -> None:
    errors = {"gate": [FAILED] * 3, "publish": ["SNS.InternalError"] * 4}
    execution = account(Jobs(errors=errors)).walk()
    assert execution.path[-1] == "Failed"
    assert execution.cause == "it broke"


def test_an_input_without_a_model_fails() -> None:
    here = account()
    assert here.walk(variant="base").error == "States.Runtime"
    assert here.jobs.ran == []


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
def test_unsupported_expressions_are_rejected(expression: str) -> None:
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


def _unreached(definition: dict[str, Any]) -> None:
    definition["States"]["Alone"] = {"Type": "Succeed"}


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (_unreached, '"Alone" is never reached'),
        (_state("Train", Type="Parallel"), 'Train: "Parallel" is not a supported state type'),
        (_state("Train", Resource="arn:aws:states:::sqs:sendMessage"), "no local implementation"),
        (_state("Train", Retry=[{"ErrorEquals": ["States.ALL"]}]), '"BackoffRate" is missing'),
        (
            _state("Accepted?", Choices=[{"Variable": "$.a", "StringEquals": "b", "Next": "Gate"}]),
            '"StringEquals" is not supported here',
        ),
        (lambda definition: definition.update(QueryLanguage="JSONata"), '"QueryLanguage" is not'),
        (lambda definition: definition.pop("TimeoutSeconds"), '"TimeoutSeconds" is missing'),
    ],
)
def test_unsupported_definitions_are_rejected_with_their_line(
    tmp_path: Path, edit: Edit, says: str
) -> None:
    definition = json.loads(PATH.read_text())
    edit(definition)
    path = tmp_path / "pipeline.asl.json"
    path.write_text(json.dumps(definition, indent=2))
    with pytest.raises(DefinitionError, match=says) as caught:
        load(VALUES, path)
    assert str(caught.value).startswith("pipeline.asl.json:")


def test_a_missing_field_is_reported_at_its_state(tmp_path: Path) -> None:
    definition = json.loads(PATH.read_text())
    del definition["States"]["Split"]["Retry"][0]["BackoffRate"]
    path = tmp_path / "pipeline.asl.json"
    path.write_text(text := json.dumps(definition, indent=2))
    line = text[: text.index('"Split": {')].count("\n") + 1
    with pytest.raises(DefinitionError, match=rf'json:{line}: Split: "BackoffRate" is missing'):
        load(VALUES, path)
