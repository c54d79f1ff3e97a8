"""Roll versions out on ECS: Terraform starts the rollout, ECS monitors it.

`deploy` applies the versions that the gate has accepted; `rollback` applies the previous champion.
Both then read the result of the rollout from ECS. After a success, the champion moves. If an alarm
or a user rolled it back, the champion stays. ECS replaces tasks that stop without a limit, so these
commands stop a rollout whose tasks do not become ready.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from . import interrupts, models, rollout
from .errors import UserError
from .sections.service import Service
from .settings import load_settings
from .strict_json import dumps

APPLY = ("scripts/infra.sh", "apply")
PINNED = "MLOPS_SERVING__PINNED"
EVERY_SECONDS = 10.0
# Tasks of a rollout that may stop before it is stopped.
MOST_FAILED = 5
# Longer than Terraform waits for any rollout.
MOST_SECONDS = 4_000.0
# How long Terraform may take to end after a signal.
TERRAFORM_SECONDS = 600.0
ADVICE = "Run the command again: it continues where this one ended."
WELL = "SUCCESSFUL"
IN_PROGRESS = "IN_PROGRESS"
TAKEN_BACK = frozenset({"ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL", "STOPPED"})


class Deployment:
    """The service of one environment, through the AWS API."""

    def __init__(self, service: Service, ecs: Any, apply: Callable[[str], int]) -> None:
        """Store a client and the function that applies versions; send no request.

        `apply` takes the setting serving.pinned and returns the exit code of Terraform.
        """
        self._service = service
        self._ecs = ecs
        self._apply = apply
        # Why this process has stopped the rollout.
        self._failure = ""

    def roll_out(self, pinned: str) -> dict[str, Any]:
        """Make the service serve `pinned`; return after the rollout has succeeded.

        Raises TakenBackError if ECS rolled it back, UserError if no rollout started or if its
        result is unknown.
        """
        started = datetime.now(UTC)
        with _repeated(lambda: self._watch(pinned)):
            code = self._apply(pinned)
        found = self._wait(pinned)
        if found is None:
            raise UserError(
                f"{self._service.name} does not serve {pinned}, and no rollout of it has started: "
                "see the output of Terraform"
            )
        status, reason, created = found
        if status in TAKEN_BACK:
            if created >= started:
                raise rollout.TakenBackError(f"ECS reports {status}: {self._failure or reason}")
            raise UserError(
                f"no rollout has started: see the output of Terraform (the last one: {status})"
            )
        if code != 0:
            raise UserError("the rollout succeeded, but Terraform failed: run this command again")
        return {"service": self._service.name, "status": status}

    def _wait(self, pinned: str) -> tuple[str, str, datetime] | None:
        """Return status, reason and start of the last rollout, None if it names other versions."""
        until = time.monotonic() + MOST_SECONDS
        while True:
            last = self._last()
            if last is None:
                # ECS deletes rollouts after 90 days; the task definition still has the versions.
                is_there = self._names(self._task()) == pinned
                return (WELL, "", datetime.now(UTC)) if is_there else None
            task = self._task_of(last["targetServiceRevisionArn"])
            if self._names(task) != pinned:
                return None
            status = str(last["status"])
            if status == WELL or status in TAKEN_BACK:
                return status, str(last.get("statusReason", "")), last["createdAt"]
            if time.monotonic() >= until:
                raise UserError(f"the rollout is still {status}: run this again to wait for it")
            self._stop_if_failing(last, task)
            time.sleep(EVERY_SECONDS)

    def _watch(self, pinned: str) -> None:
        """Stop the last rollout if it is one of `pinned` and fails."""
        last = self._last()
        if last is None:
            return
        task = self._task_of(last["targetServiceRevisionArn"])
        if self._names(task) == pinned:
            self._stop_if_failing(last, task)

    def _stop_if_failing(self, last: dict[str, Any], task: str) -> None:
        """Stop a rollout of which several tasks have stopped."""
        if self._failure or last["status"] != IN_PROGRESS:
            return
        reasons = self._stopped(task)
        if len(reasons) < MOST_FAILED:
            return
        deployment = last["serviceDeploymentArn"]
        found = self._ecs.describe_service_deployments(serviceDeploymentArns=[deployment])
        before = found["serviceDeployments"][0].get("sourceServiceRevisions")
        self._ecs.stop_service_deployment(
            serviceDeploymentArn=deployment,
            # The first rollout has no earlier revision.
            stopType="ROLLBACK" if before else "ABORT",
        )
        self._failure = f"{len(reasons)} tasks of it have stopped, the last one: {reasons[-1]}"

    def _stopped(self, task: str) -> list[str]:
        """Return why tasks of this revision have stopped, in the last hour, which ECS remembers."""
        given = {"cluster": self._service.cluster}
        arns = self._ecs.list_tasks(
            **given, serviceName=self._service.name, desiredStatus="STOPPED"
        )["taskArns"]
        if not arns:
            return []
        found = self._ecs.describe_tasks(**given, tasks=arns)["tasks"]
        failed = [
            one
            for one in found
            if one["taskDefinitionArn"] == task
            and not one.get("stoppedReason", "").startswith("Scaling activity")
        ]
        failed.sort(key=lambda one: one["createdAt"])
        return [str(one.get("stoppedReason", "unknown")) for one in failed]

    def _last(self) -> dict[str, Any] | None:
        """Return the newest rollout in ECS, None if there is none."""
        given = {"cluster": self._service.cluster, "service": self._service.name}
        try:
            found = self._ecs.list_service_deployments(**given)["serviceDeployments"]
        except (
            self._ecs.exceptions.ServiceNotFoundException,
            self._ecs.exceptions.ClusterNotFoundException,
        ) as error:
            raise UserError(
                f"there is no service {self._service.name}: see the output of Terraform"
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
        """Return the versions in a task definition."""
        found = self._ecs.describe_task_definition(taskDefinition=task)["taskDefinition"]
        variables = found["containerDefinitions"][0].get("environment", [])
        return next((one["value"] for one in variables if one["name"] == PINNED), "")


@contextmanager
def _repeated(call: Callable[[], None]) -> Iterator[None]:
    """Call a function every EVERY_SECONDS in a thread while the block runs."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(EVERY_SECONDS):
            try:
                call()
            except (UserError, BotoCoreError, ClientError):
                # No service exists yet, or AWS does not answer. The result is read after the block.
                continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def apply_with_terraform(pinned: str) -> int:
    """Run `make infra-apply` with these versions; return its exit code.

    After Ctrl-C or SIGTERM, which Terraform gets too, it waits until Terraform has released the
    lock of its state.
    """
    interrupts.advise(ADVICE, seconds=TERRAFORM_SECONDS)
    terraform = subprocess.Popen(APPLY, env={**os.environ, "TF_VAR_pinned": pinned})
    try:
        return terraform.wait()
    finally:
        terraform.wait()
        interrupts.advise(ADVICE)


def connect() -> Deployment:
    """Return the deployment of this environment, with the AWS credentials of the caller."""
    settings = load_settings()
    client = boto3.client("ecs", region_name=settings.value("aws", "region"))
    return Deployment(settings.section("service", Service), client, apply_with_terraform)


def main() -> None:
    """Run the command line. Exits with 1 and an error message on failure or a rollback."""
    parser = argparse.ArgumentParser(prog="ecs", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("deploy", "rollback"):
        command = commands.add_parser(name)
        command.add_argument("--model", choices=models.names(), default=models.names()[0])
    commands.choices["deploy"].add_argument("--version")
    commands.choices["rollback"].add_argument("--reason", default="asked for")
    commands.choices["rollback"].add_argument("--to", help="version of a former champion")
    given = parser.parse_args()
    try:
        settings = load_settings()
        if given.command == "deploy":
            moves = rollout.forward(settings, given.model, given.version or None)
        else:
            moves = rollout.back(settings, given.model, given.reason, given.to)
        print(dumps(rollout.run(settings, moves, connect().roll_out)))
    except (UserError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
