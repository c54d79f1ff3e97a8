"""The walker follows Argo Workflows and rejects unsupported definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.argo.definition import PATH, load
from pipelines.argo.walker import Walker
from pipelines.walking.definition import DefinitionError
from pipelines.walking.walk import Execution, TaskError
from tests.walker_suite import STEPS, Jobs, WalkerSuite

VALUES = {"model": "a-model", "environment": "local", "image": "none", "runs": "/runs"}
FAILED, TIMEOUT = "Failed", "DeadlineExceeded"


class Controller:
    """Runs containers without their work. `decision`: standard output of the gate."""

    def __init__(self, jobs: Jobs, decision: str = '{"accepted": true}') -> None:
        self.jobs = jobs
        self.decision = decision
        self.commands: dict[str, list[str]] = {}
        self.variables: dict[str, Mapping[str, str]] = {}
        self.notices: list[str] = []

    def run(self, command: list[str], variables: Mapping[str, str], seconds: float) -> str:
        module = command[2]
        step = module.rpartition(".")[2]
        self.commands[step], self.variables[step] = command, variables
        if ".steps." in module:
            self.jobs.run(step, seconds)
        else:
            self.notices.append(command[-1])
        return f"{self.decision}\n" if step == "gate" else "{}\n"

    def walk(self, path: Path = PATH, entrypoint: str | None = None, **values: str) -> Execution:
        walker = Walker(load(path), self.run, sleep=self.jobs.waits.append)
        return walker.walk("a-run", {**VALUES, **values}, entrypoint)


class TestArgo(WalkerSuite):
    FAILED = FAILED
    TIMEOUT = TIMEOUT

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / PATH.name

    def walk(self, jobs: Jobs, text: str | None = None) -> Execution:
        self.path.write_text(PATH.read_text() if text is None else text)
        return Controller(jobs, json.dumps({"accepted": jobs.accepted})).walk(self.path)

    def fault(self, name: str) -> tuple[str, int]:
        first = f"template: {STEPS[0]}-step\n"
        old, new = {
            "cycle": (first, f"{first}            depends: gate\n"),
            "unknown node": (f"depends: {STEPS[0]}", "depends: nowhere"),
            "unresolved parameter": (".parameters.variant}}", ".parameters.unknown}}"),
            "unknown construct": ("podGC:", "hooks:"),
        }[name]
        return edited(old, new)


def edited(old: str, new: str) -> tuple[str, int]:
    """Return the definition with the first occurrence of a text replaced, and its last line."""
    before, after = PATH.read_text().split(old, 1)
    return before + new + after, (before + new.rstrip("\n")).count("\n") + 1


@pytest.mark.parametrize(
    ("decision", "ends"),
    [
        ('{"accepted": true}', None),
        ('{"accepted": false}', None),
        ('{"accepted": "true"}', None),
        ("no JSON", "Error"),
        ("{}", "Error"),
    ],
)
def test_the_gate_decides(decision: str, ends: str | None) -> None:
    here = Controller(Jobs(), decision)
    execution = here.walk()
    assert execution.error == ends
    # The controller compares texts, so the text true and the value true are equal.
    assert ("promote" in here.jobs.ran) is ("true" in decision)


def test_commands_have_the_values_of_the_run() -> None:
    here = Controller(Jobs())
    here.walk(variant="drifted", until="2026-05-31")
    assert here.commands["ingest"][3:] == [
        "--model=a-model",
        "--out-data=/runs/a-model/a-run/data.parquet",
        "--variant=drifted",
        "--until=2026-05-31",
    ]
    assert here.variables["ingest"] == {"MLOPS_ENV": "local"}
    here.walk(run="s3://a-bucket/a-folder")
    assert here.commands["split"][4] == "--data=s3://a-bucket/a-folder/data.parquet"


def test_a_timeout_is_an_attempt_that_failed() -> None:
    here = Controller(Jobs(errors={"train": [TIMEOUT]}))
    assert here.walk().error is None
    assert here.jobs.ran.count("train") == 2


def test_steps_that_succeeded_are_not_repeated() -> None:
    jobs = Jobs(errors={"train": [FAILED] * 9})
    walker = Walker(load(), Controller(jobs).run, sleep=jobs.waits.append)
    execution = walker.walk("a-run", VALUES)
    done = execution.output
    assert list(done) == STEPS[: STEPS.index("train")]
    jobs = Jobs()
    execution = Walker(load(), Controller(jobs).run).walk("a-run", VALUES, done=done)
    assert jobs.ran[: len(STEPS) - len(done)] == STEPS[len(done) :]
    assert execution.error is None


def test_a_failed_workflow_sends_a_notice_with_the_failed_step() -> None:
    here = Controller(Jobs(errors={"split": [FAILED] * 9}))
    execution = here.walk()
    assert (execution.error, execution.path[-1]) == (FAILED, "onExit.notify")
    (notice,) = here.notices
    (failure,) = json.loads(notice.removeprefix("--message="))
    assert (failure["displayName"], failure["message"]) == ("split", "it broke")

    here = Controller(Jobs())
    assert here.walk().error is None
    assert here.notices == []


def test_a_parameter_without_a_value_is_rejected() -> None:
    jobs = Jobs()
    with pytest.raises(DefinitionError, match="the parameter model has no value"):
        Walker(load(), Controller(jobs).run).walk("a-run", {"runs": "/runs"})
    assert jobs.ran == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("template: split-step", "template: nowhere", "template nowhere does not exist"),
        ("entrypoint: train", "entrypoint: nowhere", "template nowhere does not exist"),
        ("            template: split-step", "            template: train", "cycle of templates"),
        ("depends: ingest", "withItems: [1]", "withItems is not supported here"),
        ("depends: ingest", "depends: ingest.Failed", "ingest.Failed is no task"),
        ("retryPolicy: Always", "retryPolicy: OnError", "OnError is not supported here"),
        ("duration: 10s", "duration: soon", "soon is not a duration such as 10s"),
        ("limit: 2", "limit: many", "limit must be a number"),
        ("'$.accepted')}} == true", "'$.accepted')}} > 1", "is not supported here"),
        ("=jsonpath(", "=sprig.trim(", "is not supported here"),
        ("tasks['gate']", "tasks['promote']", "promote.* has no value"),
        ('value: "{{inputs.parameters.run}}"', 'value: "{{inputs.parameters.r}}"', "has no value"),
        ("name: run, value", "name: other, value", "has no parameter other"),
        ("parameters: [{ name: run, value", "parameters: [] # ", "needs a value for run"),
        ("      container:", "      script:", "script is not supported here"),
        ("kind: WorkflowTemplate", "kind: Workflow", "expected a WorkflowTemplate"),
        ("\nspec:", "\nstatus: {}\nspec:", "status is not supported here"),
        ("  activeDeadlineSeconds:", "  parallelism:", "parallelism is not supported here"),
    ],
)
def test_unsupported_definitions_are_rejected_with_their_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text, _ = edited(old, new)
    path = tmp_path / PATH.name
    path.write_text(text)
    with pytest.raises(DefinitionError, match=rf"^training.yaml:\d+: .*{says}"):
        load(path)


def test_an_error_of_a_step_reaches_the_caller() -> None:
    def fails(command: list[str], variables: Mapping[str, str], seconds: float) -> str:
        raise TaskError(FAILED, "ingest: no rows")

    execution = Walker(load(), fails, sleep=lambda _: None).walk("a-run", VALUES)
    assert (execution.error, execution.cause) == (FAILED, "ingest: no rows")
