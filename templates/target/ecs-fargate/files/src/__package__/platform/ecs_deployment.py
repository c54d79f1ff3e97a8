"""Roll versions out on ECS: Terraform starts the rollout, ECS watches it, the champion follows.

`deploy` names what the gate has accepted in the champion's place and applies it; `rollback` names
the champion before. Either asks ECS how the rollout ended: well, and the champion moves; taken
back by an alarm or by hand, and it stays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .. import models
from . import rollout
from .errors import UserError
from .settings import load_settings

APPLY = ("scripts/infra.sh", "apply")
PINNED = "MLOPS_SERVING__PINNED"
EVERY_SECONDS = 10.0
# Longer than any rollout that Terraform waits for.
MOST_SECONDS = 4_000.0
WELL = "SUCCESSFUL"
TAKEN_BACK = frozenset({"ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL", "STOPPED"})


@dataclass(frozen=True)
class Service:
    """Section `service` of the settings: names that Terraform gives."""

    cluster: str
    name: str


class Deployment:
    """The service of one environment, through the API of AWS."""

    def __init__(self, service: Service, ecs: Any, apply: Callable[[str], int]) -> None:
        """Take a client, and what makes the service name versions; no request is sent.

        `apply` takes the setting serving.pinned and returns the exit code of Terraform.
        """
        self._service = service
        self._ecs = ecs
        self._apply = apply

    def roll_out(self, pinned: str) -> dict[str, Any]:
        """Make the service serve `pinned`; return once a rollout of it has ended well.

        Raises TakenBackError if ECS took it back, UserError if it did not begin, or if it is not
        known how it ended.
        """
        started = datetime.now(UTC)
        code = self._apply(pinned)
        found = self._wait(pinned)
        if found is None:
            raise UserError(
                f"{self._service.name} does not serve {pinned}, and no rollout of it has begun: "
                "Terraform says why"
            )
        status, reason, created = found
        if status in TAKEN_BACK:
            if created >= started:
                raise rollout.TakenBackError(f"ECS says {status}: {reason}")
            raise UserError(
                f"no rollout has begun: Terraform says why (the last one ended {status})"
            )
        if code != 0:
            raise UserError("the rollout has ended well, and Terraform has not: run this again")
        return {"service": self._service.name, "status": status}

    def _wait(self, pinned: str) -> tuple[str, str, datetime] | None:
        """Return status, reason and start of the last rollout, None if it names other versions."""
        until = time.monotonic() + MOST_SECONDS
        while True:
            last = self._last()
            if last is None:
                # ECS forgets rollouts after ninety days; what the service names is what it serves.
                is_there = self._names(self._task()) == pinned
                return (WELL, "", datetime.now(UTC)) if is_there else None
            if self._names(self._task_of(last["targetServiceRevisionArn"])) != pinned:
                return None
            status = str(last["status"])
            if status == WELL or status in TAKEN_BACK:
                return status, str(last.get("statusReason", "")), last["createdAt"]
            if time.monotonic() >= until:
                raise UserError(f"the rollout is {status} still: run this again to wait for it")
            time.sleep(EVERY_SECONDS)

    def _last(self) -> dict[str, Any] | None:
        """Return the newest rollout that ECS remembers."""
        given = {"cluster": self._service.cluster, "service": self._service.name}
        try:
            found = self._ecs.list_service_deployments(**given)["serviceDeployments"]
        except (
            self._ecs.exceptions.ServiceNotFoundException,
            self._ecs.exceptions.ClusterNotFoundException,
        ) as error:
            raise UserError(
                f"there is no service {self._service.name}: Terraform says why"
            ) from error
        if not found:
            return None
        last: dict[str, Any] = max(found, key=lambda one: one["createdAt"])
        return last

    def _task(self) -> str:
        given = {"cluster": self._service.cluster, "services": [self._service.name]}
        return str(self._ecs.describe_services(**given)["services"][0]["taskDefinition"])

    def _task_of(self, revision: str) -> str:
        found = self._ecs.describe_service_revisions(serviceRevisionArns=[revision])
        return str(found["serviceRevisions"][0]["taskDefinition"])

    def _names(self, task: str) -> str:
        """Return the versions that a task definition names."""
        found = self._ecs.describe_task_definition(taskDefinition=task)["taskDefinition"]
        variables = found["containerDefinitions"][0].get("environment", [])
        return next((one["value"] for one in variables if one["name"] == PINNED), "")


def apply_with_terraform(pinned: str) -> int:
    """Run `make infra-apply` with these versions; return its exit code."""
    variables = {**os.environ, "TF_VAR_pinned": pinned}
    return subprocess.run(APPLY, env=variables, check=False).returncode


def connect() -> Deployment:
    """Return the deployment of this environment, with the credentials of whoever runs it."""
    settings = load_settings()
    client = boto3.client("ecs", region_name=settings.value("aws", "region"))
    return Deployment(settings.section("service", Service), client, apply_with_terraform)


def main() -> None:
    """Command line. Exits with 1 and a sentence if it cannot, or if the rollout was taken back."""
    parser = argparse.ArgumentParser(prog="ecs", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("deploy", "rollback"):
        command = commands.add_parser(name)
        command.add_argument("--model", choices=models.names(), default=models.names()[0])
    commands.choices["deploy"].add_argument("--version")
    commands.choices["rollback"].add_argument("--reason", default="asked for")
    given = parser.parse_args()
    try:
        settings = load_settings()
        if given.command == "deploy":
            moves = rollout.forward(settings, given.model, given.version or None)
        else:
            moves = rollout.back(settings, given.model, given.reason)
        print(json.dumps(rollout.run(settings, moves, connect().roll_out)))
    except (UserError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
