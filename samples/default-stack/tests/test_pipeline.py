"""The flow: its tasks, edges and branch, and a real run with a temporary server."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.cli.deploy._models import PrefectYamlModel, RawScheduleConfig
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import TaskRun
from prefect.client.schemas.sorting import TaskRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings

from default_stack.platform import models
from default_stack.platform.errors import DataContractError
from default_stack.platform.paths import RunPaths

from pipelines.prefect import flows, run_training, server, session
from pipelines.prefect.deploy import POOL

# Step -> maximum number of retries.
RETRIES = {
    "ingest": 2,
    "validate": 0,
    "split": 2,
    "train": 2,
    "export": 2,
    "evaluate": 2,
    "register": 2,
    "gate": 2,
    "promote": 2,
}
# Steps that run for every version, and steps only for accepted versions.
STEPS = ["ingest", "validate", "split", "train", "export", "evaluate", "register", "gate"]
ACCEPTED = ["promote"]


def _record(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        return logging.LogRecord("", logging.ERROR, "", 1, "failed", (), sys.exc_info())


@pytest.mark.parametrize("name", ["prefect.flow_runs", "prefect.task_runs"])
def test_an_error_that_the_user_can_fix_is_logged_without_a_traceback(name: str) -> None:
    ours, other = _record(DataContractError("one sentence", [])), _record(RuntimeError("a bug"))
    for record in (ours, other):
        assert logging.getLogger(name).filter(record)
    assert ours.exc_info is None
    assert other.exc_info


def task_runs(flow_run: str, expected: int) -> list[TaskRun]:
    """Return the task runs of a flow run; the server records them shortly after they end."""

    async def ask() -> list[TaskRun]:
        async with get_client() as client:
            return await client.read_task_runs(
                flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[flow_run])),
                sort=TaskRunSort.EXPECTED_START_TIME_ASC,
                limit=50,
            )

    for _ in range(100):
        found = asyncio.run(ask())
        if len(found) == expected and all(run.state and run.state.is_final() for run in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{flow_run}: {[(run.name, run.state_name) for run in found]}")


def edges(runs: list[TaskRun]) -> list[tuple[str, str]]:
    """Return pairs of task names: a task and a task that waits for it."""
    names = {run.id: step_of(run) for run in runs}
    return [
        (names[source.id], step_of(run))
        for run in runs
        for source in run.task_inputs.get("wait_for", [])
    ]


def step_of(run: TaskRun) -> str:
    return run.name.rsplit("-", 1)[0]


def test_steps_are_tasks_with_retries_and_timeouts() -> None:
    tasks = {name: getattr(flows, f"{name}_task") for name in RETRIES}
    assert {task.name: task.retries for task in tasks.values()} == RETRIES
    assert all(task.timeout_seconds for task in tasks.values())


def test_the_deployments_are_those_of_models_and_of_one_pool() -> None:
    text = (Path(__file__).parents[1] / "prefect.yaml").read_text()
    found = PrefectYamlModel.model_validate(yaml.safe_load(text)).deployments
    assert found
    for deployment in found:
        assert deployment.name in models.names()
        assert deployment.parameters == {"model": deployment.name}
        assert deployment.work_pool is not None
        assert deployment.work_pool.name == POOL
        for schedule in deployment.schedules or ():
            assert isinstance(schedule, RawScheduleConfig)
            assert schedule.timezone == "UTC"
        module, _, name = str(deployment.entrypoint).partition(":")
        assert Path(module).is_file()
        assert name == "training"


@pytest.mark.slow
def test_runs_are_recorded_with_their_edges(home: Path, model: str) -> None:
    calls: dict[str, Any] = {}
    with session():
        accepted = RunPaths.new(model)
        calls["base"] = run_training(model, accepted.root)
        with temporary_settings({PREFECT_API_URL: server.api_url()}):
            runs = task_runs(f"training-{model}", len(RETRIES))
        assert edges(runs) == list(pairwise([*STEPS, *ACCEPTED]))
        assert {run.state_name for run in runs} == {"Completed"}

        # The gate rejects this version: the branch does not run.
        calls["mislabelled"] = run_training(model, RunPaths.new(model).root, "mislabelled")
        with temporary_settings({PREFECT_API_URL: server.api_url()}):
            both = len(RETRIES) + len(STEPS)
            assert len(task_runs(f"training-{model}", both)) == both

        # Invalid data ends the run without a retry, with the original error.
        with pytest.raises(DataContractError):
            run_training(model, RunPaths.new(model).root, "corrupted")
        process = server._current and server._current.process
    assert process is not None
    assert process.poll() is not None
    assert calls["base"]["accepted"]
    assert calls["base"]["promoted"]
    assert calls["base"]["version"]
    assert not calls["mislabelled"]["accepted"]
    assert not calls["mislabelled"]["promoted"]
    assert calls["mislabelled"]["decision"]["refused"]
