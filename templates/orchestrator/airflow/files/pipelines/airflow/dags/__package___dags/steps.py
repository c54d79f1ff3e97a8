"""The task of a step: a process of the worker, or a pod, as `airflow.steps` says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from . import project
from .operators import StepOperator

# How long a pod can wait for a node, and then for its image.
SCHEDULE_MINUTES = 10
START_MINUTES = 10


def step_task(
    *,
    step: str,
    arguments: Sequence[str],
    minutes: int,
    size: str = "small",
    uris: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    """Create the task of a step.

    step: module in `steps/`. arguments: its flags and values, with templates. minutes: time limit
    of an attempt. size: `small` or `large`, for a pod. uris: asset -> URI of its file.
    """
    options |= {"task_id": options.get("task_id", step), "step": step, "uris": uris}
    if not project.uses_pods():
        limit = timedelta(minutes=minutes)
        return StepOperator(arguments=arguments, execution_timeout=limit, **options)
    # Imported here: the provider takes seconds, and only an Airflow with pods needs it.
    from .pods import StepPodOperator

    return StepPodOperator(
        arguments=arguments,
        size=size,
        active_deadline_seconds=60 * minutes,
        schedule_timeout_seconds=60 * SCHEDULE_MINUTES,
        startup_timeout_seconds=60 * START_MINUTES,
        # The pod ends first, so that its log and its status are read.
        execution_timeout=timedelta(minutes=minutes + SCHEDULE_MINUTES + START_MINUTES),
        **options,
    )


def run_timeout(minutes: int, steps: int) -> timedelta:
    """Return the time limit of a run. minutes: the sum of its steps."""
    waiting = steps * (SCHEDULE_MINUTES + START_MINUTES) if project.uses_pods() else 0
    return timedelta(minutes=minutes + waiting)
