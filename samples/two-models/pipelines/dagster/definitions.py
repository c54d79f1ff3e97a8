"""Definitions that Dagster loads: assets, checks, and for each model its jobs and triggers."""

from __future__ import annotations

import dagster as dg

from two_models.platform import models
from two_models.platform.sections.dagster import Dagster
from two_models.platform.settings import load_settings

from .assets import RunFolder, Source, training_assets
from .triggers import drift_sensor, notice, stopped_runs

# Dagster stops a run that takes longer, if the daemon of `make orchestrator-ui` runs.
LONGEST_SECONDS = 60 * 640


def job_name(model: str) -> str:
    """Return the name of the job that trains a model."""
    return f"{models.load(model).folder}_training"


def backfill_name(model: str) -> str:
    """Return the name of the job that trains a model on past windows, one for each day."""
    return f"{models.load(model).folder}_backfill"


Days = dg.PartitionedConfig[dg.PartitionsDefinition[str]]


def backfill_config(model: str, first_day: str) -> Days:
    """Return daily partitions; the key of a partition is the last day of the rows."""
    folder = models.load(model).folder

    def config(day: str) -> dg.RunConfig:
        return dg.RunConfig(ops={f"{folder}__data": Source(until=day)})

    days: dg.PartitionsDefinition[str] = dg.DailyPartitionsDefinition(start_date=first_day)
    return dg.PartitionedConfig(partitions_def=days, run_config_for_partition_key_fn=config)


def training_job(
    model: str, name: str, config: Days | None = None
) -> dg.UnresolvedAssetJobDefinition:
    """Return a job over all assets of a model."""
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.groups(models.load(model).folder),
        config=config,
        hooks={notice(model)},
        tags={"model": model, "dagster/max_runtime": str(LONGEST_SECONDS)},
    )


def definitions() -> dg.Definitions:
    """Create the definitions of all models."""
    section = load_settings().section("dagster", Dagster)
    assets: list[dg.AssetsDefinition] = []
    checks: list[dg.AssetChecksDefinition] = []
    jobs, backfills, sensors = [], [], []
    for name in models.names():
        own_assets, own_checks = training_assets(name)
        assets += own_assets
        checks += own_checks
        jobs.append(training_job(name, job_name(name)))
        sensors.append(drift_sensor(name, jobs[-1]))
        if models.load(name).contract.time is not None:
            windows = backfill_config(name, section.first_day)
            backfills.append(training_job(name, backfill_name(name), windows))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[*jobs, *backfills],
        schedules=[
            dg.ScheduleDefinition(job=job, cron_schedule=section.schedule, execution_timezone="UTC")
            for job in jobs
        ],
        sensors=[*sensors, stopped_runs],
        resources={"run_folder": RunFolder()},
        # In-process, because a process per step would import the framework each time, which takes
        # longer than most steps.
        executor=dg.in_process_executor,
    )


defs = definitions()
