"""Run the job of a model in this process."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import dagster as dg

from two_models.platform import artifacts, models
from two_models.platform.errors import UserError
from two_models.platform.notices import on_failure
from two_models.platform.paths import RunPaths
from two_models.platform.records import training_result
from two_models.platform.settings import project_root

from .assets import RunFolder, Source, broken_contract
from .definitions import defs, job_name


def session() -> AbstractContextManager[None]:
    """Do nothing: runs of this pipeline need no server."""
    return nullcontext()


def run_training(
    model: str, run_dir: str, variant: str = "base", until: str = "now"
) -> dict[str, Any]:
    """Train, evaluate and register one model; promote it if the gate accepts it.

    `run_dir` is the folder of the run, `variant` the variant of the sample data, `until` the last
    day of the rows, or "now" for all of them. Returns version, accepted, decision, metrics and
    promoted. A step that fails ends the run with its error.
    """
    folder, run = models.load(model).folder, RunPaths(run_dir)
    config = dg.RunConfig(
        ops={f"{folder}__data": Source(variant=variant, until=until)},
        resources={"run_folder": RunFolder(root=run_dir)},
        # The original error reaches the caller.
        loggers={"console": {"config": {"log_level": "CRITICAL"}}},
    )
    # With `raise_on_error`, which keeps the original error, Dagster runs no hooks.
    with on_failure("training", model, run.root), _instance() as instance:
        try:
            defs.resolve_job_def(job_name(model)).execute_in_process(config, instance)
        except dg.Failure as failure:
            if isinstance(failure.__cause__, UserError):
                raise failure.__cause__ from None
            raise
        except dg.DagsterError:
            # A failed check is reported with the error of its step.
            broken = broken_contract(model, run)
            if broken is not None:
                raise broken from None
            raise
    return training_result(artifacts.read_json(run.decision))


def _instance() -> dg.DagsterInstance:
    # Runs are recorded in the project folder; a folder without settings, as in tests, records none.
    home = project_root() / ".dagster"
    if (home / "dagster.yaml").is_file():
        return dg.DagsterInstance.from_config(str(home))
    return dg.DagsterInstance.ephemeral()
