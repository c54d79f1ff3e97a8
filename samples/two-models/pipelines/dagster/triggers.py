"""Triggers of training, and notices of failed runs."""

from __future__ import annotations

import dagster as dg

from two_models.platform import artifacts, models
from two_models.platform.notices import Failure, send
from two_models.platform.settings import project_root
from two_models.platform.step_notes import step_of
from two_models.steps.retrain import retrain

from .assets import broken_contract

DRIFT_SECONDS = 300


def drift_sensor(model: str, job: dg.UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """Create the sensor that trains a model if its monitoring report is a reason.

    It decides like `make retrain`: one report starts one training.
    """

    @dg.sensor(
        name=f"{models.load(model).folder}_drift", job=job, minimum_interval_seconds=DRIFT_SECONDS
    )
    def drift(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        folder = project_root() / "reports" / "monitoring" / model
        report = str(folder / "report.json")
        if not artifacts.exists(report):
            return dg.SkipReason(f"there is no {report}: make monitor writes it")
        decision = retrain(model, report, str(folder / "decision.json"))
        if not decision["retrain"]:
            return dg.SkipReason("the report is no reason to train, or no more")
        reasons = ", ".join(item["reason"] for item in decision["reasons"])
        return dg.RunRequest(tags={"reason": reasons})

    return drift


def notice(model: str) -> dg.HookDefinition:
    """Create the hook that sends a notice when a step of a model has failed."""
    name = f"{models.load(model).folder}_notice"

    @dg.failure_hook(name=name, required_resource_keys={"run_folder"})
    def notify(context: dg.HookContext) -> None:
        root = context.instance.get_run_by_id(context.run_id)
        run = context.resources.run_folder.paths(model, root)
        # Dagster does not have the error of a check, which is in its report.
        error = broken_contract(model, run) or context.op_exception
        step = None if error is None else step_of(error)
        message = str(error or f"{context.op.name} failed")
        send(Failure("training", message, model, step or context.op.name, run.root))

    return notify


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def stopped_runs(context: dg.RunFailureSensorContext) -> None:
    """Send a notice of a run that ended without a failed step, such as one that took too long."""
    if context.get_step_failure_events():
        # The hook has sent the notice.
        return
    run, message = context.dagster_run, context.failure_event.message or "the run failed"
    send(Failure("training", message, run.tags.get("model"), run=run.run_id))
