"""Everything that Dagster loads: assets, checks, one job and one schedule for each model."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from two_models import models
from two_models.platform.settings import load_settings

from .assets import RunFolder, training_assets


@dataclass(frozen=True)
class Dagster:
    """Section `dagster`. `schedule` is a cron expression, in UTC, of training every model."""

    schedule: str = "0 3 * * *"


def job_name(model: str) -> str:
    """Name of the job that trains a model."""
    return f"{models.load(model).folder}_training"


def definitions() -> dg.Definitions:
    """Make the definitions of all models."""
    schedule = load_settings().section("dagster", Dagster).schedule
    assets: list[dg.AssetsDefinition] = []
    checks: list[dg.AssetChecksDefinition] = []
    jobs = []
    for name in models.names():
        own_assets, own_checks = training_assets(name)
        assets += own_assets
        checks += own_checks
        selection = dg.AssetSelection.groups(models.load(name).folder)
        jobs.append(dg.define_asset_job(job_name(name), selection=selection))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        schedules=[
            dg.ScheduleDefinition(job=job, cron_schedule=schedule, execution_timezone="UTC")
            for job in jobs
        ],
        resources={"run_folder": RunFolder()},
        # A process a step would import the framework anew each time, which takes longer than
        # most steps.
        executor=dg.in_process_executor,
    )


defs = definitions()
