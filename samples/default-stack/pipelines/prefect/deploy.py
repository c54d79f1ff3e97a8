"""Deployments of training on a Prefect server: `serve` runs them on schedule, `submit` once."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings

from default_stack.data.windows import day_of
from default_stack.platform import models, notices, secret_store
from default_stack.platform.errors import UserError
from default_stack.platform.sections.prefect import Prefect
from default_stack.platform.settings import load_settings

from .automations import save
from .flows import training

PROJECT = Path(__file__).parents[2]
# The pool in prefect.yaml.
POOL = "training"
# Address of `make orchestrator-ui`.
HERE = "http://127.0.0.1:4200/api"


def serve() -> None:
    """Register pool, deployments and automations; become a worker, which runs until you stop it.

    Raises UserError if the server refuses a deployment.
    """
    settings = load_settings()
    asyncio.run(_pool())
    asyncio.run(save(secret_store.read_secret(notices.WEBHOOK, settings)))
    environment = {
        **os.environ,
        "PREFECT_API_URL": str(PREFECT_API_URL.value()),
        "TRAINING_FOLDER": str(PROJECT),
        "TRAINING_SCHEDULE": settings.section("prefect", Prefect).schedule,
    }
    prefect = shutil.which("prefect") or "prefect"
    command = [prefect, "--no-prompt", "deploy", "--all"]
    if subprocess.run(command, cwd=PROJECT, env=environment).returncode != 0:
        raise UserError("the deployments of prefect.yaml could not be registered, see above")
    os.chdir(PROJECT)
    os.execve(prefect, [prefect, "worker", "start", "--pool", POOL], environment)


async def _pool() -> None:
    async with get_client() as client:
        try:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        except ObjectAlreadyExists:
            # Its settings stay as they are, such as another type.
            return


def submit(model: str, parameters: dict[str, str]) -> str:
    """Run the deployment of a model immediately, on a worker; return the name of the flow run.

    parameters: of the flow. Raises UserError if a day is wrong, or if there is no deployment.
    """
    day_of(parameters["until"], models.load(model).contract)
    try:
        run = asyncio.run(
            arun_deployment(
                f"{training.name}/{model}",
                parameters={"model": model, **parameters},
                timeout=0,
                as_subflow=False,
            )
        )
    except ObjectNotFound as error:
        raise UserError(f"no deployment of {model}: start `make orchestrator-serve`") from error
    return run.name


def main() -> None:
    """Run the deployments until you stop the process, or submit one run."""
    parser = argparse.ArgumentParser(prog="deploy", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve")
    one = commands.add_parser("submit")
    one.add_argument("--model", choices=models.names(), required=True)
    one.add_argument("--variant", default="base", help="variant of the sample data")
    one.add_argument("--until", default="now", help="last day of the rows, such as 2026-05-31")
    given = parser.parse_args()
    try:
        url = load_settings().section("prefect", Prefect).api_url or HERE
        with temporary_settings({PREFECT_API_URL: url}):
            if given.command == "serve":
                serve()
            parameters = {"variant": given.variant, "until": given.until}
            print(f"submitted: {submit(given.model, parameters)}")
    except UserError as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
