"""Deployments of training on a Prefect server: `serve` runs them on schedule, `submit` once."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractContextManager

from prefect import serve
from prefect.deployments import arun_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, temporary_settings

from default_stack.data.windows import day_of
from default_stack.platform import models
from default_stack.platform.errors import UserError
from default_stack.platform.sections.prefect import Prefect
from default_stack.platform.settings import load_settings

from .flows import training

# Address of `make orchestrator-ui`.
HERE = "http://127.0.0.1:4200/api"


def deployments() -> list[RunnerDeployment]:
    """Return one deployment per model, with the schedule of the settings and one run at a time."""
    schedule = load_settings().section("prefect", Prefect).schedule
    return [
        RunnerDeployment.from_flow(
            training,
            name,
            parameters={"model": name},
            schedule=Cron(schedule, timezone="UTC"),
            concurrency_limit=1,
        )
        for name in models.names()
    ]


def submit(model: str, parameters: dict[str, str]) -> str:
    """Run the served deployment of a model immediately; return the name of the flow run.

    parameters: of the flow. Raises UserError if a day is wrong, or if no process serves it.
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


def _server() -> AbstractContextManager[object]:
    url = load_settings().section("prefect", Prefect).api_url or HERE
    return temporary_settings({PREFECT_API_URL: url})


def main() -> None:
    """Serve the deployments until you stop the process, or submit one run."""
    parser = argparse.ArgumentParser(prog="deploy", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve")
    one = commands.add_parser("submit")
    one.add_argument("--model", choices=models.names(), required=True)
    one.add_argument("--variant", default="base", help="variant of the sample data")
    one.add_argument("--until", default="now", help="last day of the rows, such as 2026-05-31")
    given = parser.parse_args()
    with _server():
        if given.command == "serve":
            serve(*deployments())
            return
        try:
            parameters = {"variant": given.variant, "until": given.until}
            print(f"submitted: {submit(given.model, parameters)}")
        except UserError as error:
            raise SystemExit(f"submit: {error}") from None


if __name__ == "__main__":
    main()
