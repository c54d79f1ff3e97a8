"""Training as a Prefect flow: the steps are tasks with retries, timeouts and names."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

from prefect import Flow, Task, flow, task
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.utilities.hashing import hash_objects
from prefect.utilities.urls import url_for

from default_stack.platform.errors import UserError
from default_stack.platform.notices import Failure, send
from default_stack.platform.paths import RunPaths
from default_stack.platform.records import training_result
from default_stack.platform.sections.prefect import Prefect
from default_stack.platform.settings import load_settings
from default_stack.platform.step_notes import step_of
from default_stack.steps.evaluate import evaluate
from default_stack.steps.export import export
from default_stack.steps.gate import gate
from default_stack.steps.ingest import ingest
from default_stack.steps.promote import promote
from default_stack.steps.register import register
from default_stack.steps.split import split
from default_stack.steps.train import train
from default_stack.steps.validate import validate


def without_traceback(record: logging.LogRecord) -> bool:
    """Remove the traceback of a UserError, whose message says everything; pass all records."""
    if record.exc_info and isinstance(record.exc_info[1], UserError):
        record.exc_info = None
    return True


for logger in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(logger).addFilter(without_traceback)


def worth_retrying(failed: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Retry connection errors, but not invalid input, which would fail again."""
    return not isinstance(state.result(raise_on_failure=False), UserError)


def notify(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Send a notice of a failed run. An interrupted run has crashed, which is no failure."""
    error = state.result(raise_on_failure=False)
    # A temporary server has no UI.
    has_ui = load_settings().section("prefect", Prefect).api_url is not None
    send(
        Failure(
            flow.name,
            str(error) or state.message or state.name or "",
            model=flow_run.parameters.get("model"),
            step=step_of(error) if isinstance(error, BaseException) else None,
            run=flow_run.parameters.get("run_dir") or flow_run.name,
            link=url_for(flow_run) if has_ui else None,
        )
    )


def in_run(context: TaskRunContext, arguments: dict[str, Any]) -> str | None:
    """Return the key of a step in the folder of its run: there, a finished step is not repeated."""
    return hash_objects(context.task.name, arguments)


# Results are kept, so that a retry of a flow run begins with the failed step.
STEP: dict[str, Any] = {"retry_condition_fn": worth_retrying, "persist_result": True}


class Done:
    """The result of a step.

    A separate object per task, because Prefect derives edges from the identity of results: it
    could attribute the values of a dict to a task whose values had the same address before.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result


def as_task(
    step: Callable[..., dict[str, Any]],
    minutes: int,
    delays: Sequence[int] = (10, 30),
    cached: bool = False,
) -> Task[..., Done]:
    """Create a task for a step, with a timeout in minutes and a retry after each delay.

    cached: whether another run in the same folder takes the result over. A step that reads or
    writes anything outside the folder always runs.
    """

    @functools.wraps(step)
    def call(*inputs: str) -> Done:
        return Done(step(*inputs))

    return task(
        name=step.__name__,
        timeout_seconds=60 * minutes,
        retries=len(delays),
        retry_delay_seconds=list(delays),
        cache_policy=CacheKeyFnPolicy(cache_key_fn=in_run) if cached else NO_CACHE,
        **STEP,
    )(call)


ingest_task = as_task(ingest, minutes=30, cached=True)
validate_task = as_task(validate, minutes=10, delays=(), cached=True)
split_task = as_task(split, minutes=10, cached=True)
train_task = as_task(train, minutes=120, cached=True)
export_task = as_task(export, minutes=10, cached=True)
evaluate_task = as_task(evaluate, minutes=10)
register_task = as_task(register, minutes=10)
gate_task = as_task(gate, minutes=10)
promote_task = as_task(promote, minutes=10)


def own_folder(model: str) -> str:
    """Return the folder of this flow run, which is the same when the run is retried."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.created is None:
        return RunPaths.new(model).root
    stamp = f"{context.flow_run.created:%Y%m%dT%H%M%S}-{context.flow_run.id.hex[:6]}"
    return f"{load_settings().artifacts.root.rstrip('/')}/{model}/{stamp}"


@flow(
    name="training",
    flow_run_name="training-{model}",
    timeout_seconds=220 * 60,
    on_failure=[notify],
)
def training(
    model: str, run_dir: str | None = None, variant: str = "base", until: str = "now"
) -> dict[str, Any]:
    """Train, evaluate and register one model; promote it if the gate accepts it.

    run_dir: folder of the run, a path or URI; a new one below `artifacts.root` by default.
    variant: of the sample data; `base` for any other source.
    until: last day of the rows, such as 2026-05-31; `now` for all of them.
    """
    run = RunPaths(run_dir or own_folder(model))
    ingest_done = ingest_task(model, run.data, variant, until)
    validate_done = validate_task(model, run.data, run.validation, wait_for=[ingest_done])
    split_done = split_task(model, run.data, run.train, run.test, wait_for=[validate_done])
    train_done = train_task(model, run.train, run.model, run.train_metrics, wait_for=[split_done])
    export_done = export_task(
        model, run.model, run.train, run.test, run.package, wait_for=[train_done]
    )
    evaluate_done = evaluate_task(
        model, run.package, run.train, run.test, run.metrics, wait_for=[export_done]
    )
    register_done = register_task(
        model,
        run.package,
        run.data,
        run.train_metrics,
        run.metrics,
        run.lineage,
        run.version,
        wait_for=[evaluate_done],
    )
    gate_done = gate_task(model, run.metrics, run.version, run.decision, wait_for=[register_done])
    decision = gate_done.result
    if decision["accepted"]:
        promote_task(model, run.decision, run.promotion, wait_for=[gate_done])
    return training_result(decision)
