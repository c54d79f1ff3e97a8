"""Definitions that Dagster loads: assets, checks, and one job and one schedule per model."""

from __future__ import annotations

import dagster as dg

from two_models.platform import models
from two_models.platform.notices import Failure, send
from two_models.platform.sections.dagster import Dagster
from two_models.platform.settings import load_settings
from two_models.platform.step_notes import step_of

from .assets import RunFolder, broken_contract, training_assets


def job_name(model: str) -> str:
    """Return the name of the job that trains a model."""
    return f"{models.load(model).folder}_training"


def notice(model: str) -> dg.HookDefinition:
    """Create the hook that sends a notice when a step of a model has failed."""

    name = f"{models.load(model).folder}_notice"

    @dg.failure_hook(name=name, required_resource_keys={"run_folder"})
    def notify(context: dg.HookContext) -> None:
        run = context.resources.run_folder.paths(model, context.run_id)
        # Dagster does not have the error of a check, which is in its report.
        error = broken_contract(model, run) or context.op_exception
        step = None if error is None else step_of(error)
        message = str(error or f"{context.op.name} failed")
        send(Failure("training", message, model, step or context.op.name, run.root))

    return notify


def definitions() -> dg.Definitions:
    """Create the definitions of all models."""
    schedule = load_settings().section("dagster", Dagster).schedule
    assets: list[dg.AssetsDefinition] = []
    checks: list[dg.AssetChecksDefinition] = []
    jobs = []
    for name in models.names():
        own_assets, own_checks = training_assets(name)
        assets += own_assets
        checks += own_checks
        selection = dg.AssetSelection.groups(models.load(name).folder)
        jobs.append(dg.define_asset_job(job_name(name), selection=selection, hooks={notice(name)}))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        schedules=[
            dg.ScheduleDefinition(job=job, cron_schedule=schedule, execution_timezone="UTC")
            for job in jobs
        ],
        resources={"run_folder": RunFolder()},
        # In-process, because a process per step would import the framework each time, which takes
        # longer than most steps.
        executor=dg.in_process_executor,
    )


defs = definitions()
