"""Training as a Prefect flow: the steps as tasks, with retries, timeouts and names of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from default_stack.errors import UserError
from default_stack.paths import RunPaths
from default_stack.steps.evaluate import evaluate
from default_stack.steps.export import export
from default_stack.steps.gate import gate
from default_stack.steps.ingest import ingest
from default_stack.steps.promote import promote
from default_stack.steps.register import register
from default_stack.steps.split import split
from default_stack.steps.train import train
from default_stack.steps.validate import validate


def worth_retrying(failed: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Tell a broken connection from bad input, which is as bad the second time."""
    return not isinstance(state.result(raise_on_failure=False), UserError)


# Steps read and write files that their run alone has, so one that failed can be run again, and
# there is nothing to cache between runs.
STEP: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [1, 10],
    "retry_condition_fn": worth_retrying,
    "cache_policy": NO_CACHE,
}


class Done:
    """What a step returned.

    An object of its own, because Prefect draws edges from the identity of results: behind the
    values of a plain dict it may find another task, whose values had the same address before.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result


def as_task(step: Callable[..., dict[str, Any]], minutes: int) -> Task[..., Done]:
    """Make a task of a step; it is cut off after some minutes."""

    @functools.wraps(step)
    def call(*inputs: str) -> Done:
        return Done(step(*inputs))

    return task(name=step.__name__, timeout_seconds=60 * minutes, **STEP)(call)


ingest_task = as_task(ingest, minutes=30)
validate_task = as_task(validate, minutes=10)
split_task = as_task(split, minutes=10)
train_task = as_task(train, minutes=120)
export_task = as_task(export, minutes=10)
evaluate_task = as_task(evaluate, minutes=10)
register_task = as_task(register, minutes=10)
gate_task = as_task(gate, minutes=1)
promote_task = as_task(promote, minutes=1)


@flow(name="training", flow_run_name="training-{model}", timeout_seconds=180 * 60)
def training(model: str, run_dir: str | None = None, variant: str = "base") -> dict[str, Any]:
    """Train, judge and register one model; promote it if the gate accepts it.

    run_dir: folder of the run, a path or URI; a new one below `artifacts.root` by default.
    variant: of the sample data; `base` for any other source.
    """
    run = RunPaths(run_dir) if run_dir else RunPaths.new(model)
    data = ingest_task(model, run.data, variant)
    valid = validate_task(model, run.data, run.validation, wait_for=[data])
    parts = split_task(model, run.data, run.train, run.test, wait_for=[valid])
    fitted = train_task(model, run.train, run.model, run.train_metrics, wait_for=[parts])
    package = export_task(model, run.model, run.train, run.test, run.package, wait_for=[fitted])
    judged = evaluate_task(model, run.package, run.test, run.metrics, wait_for=[package])
    evidence = [run.package, run.data, run.train_metrics, run.metrics]
    version = register_task(model, *evidence, run.lineage, run.version, wait_for=[judged])
    gated = gate_task(model, run.metrics, run.version, run.decision, wait_for=[version])
    decision = gated.result
    if decision["accepted"]:
        promote_task(model, run.decision, run.promotion, wait_for=[gated])
    return {
        "version": decision["version"],
        "accepted": decision["accepted"],
        "decision": decision,
        "metrics": decision["metrics"],
        "promoted": decision["accepted"],
    }
