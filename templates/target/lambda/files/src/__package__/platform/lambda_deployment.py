"""Deploy the Lambda function: a new version gets a tenth of the requests, then all of them.

`deploy` publishes a version with an image and the model versions that the gate has accepted, and
moves the alias to it in two steps. After each step it watches the alarm of the function and invokes
the new version. If either fails, it moves the alias back. `rollback` moves the alias to the version
before the last deployment. The champions in the registry follow the result.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ..client.rows import sample
from ..serving.config import Target, pinned_targets
from . import interrupts, models, rollout
from .errors import UserError
from .sections.function import Function
from .settings import Settings, load_settings
from .strict_json import dumps

CANARY_SHARE = 0.1
EVERY_SECONDS = 10.0
# How long a deployment may take to move the alias back after a signal.
END_SECONDS = 60.0
PINNED = "MLOPS_SERVING__PINNED"
# Size limit of Lambda for all variables of a function.
MOST_BYTES = 4_096
_BEFORE = re.compile(r"(?:unwatched, )?before: (\d+)")
UNWATCHED = re.compile(r"unwatched, before: (\d+)")


class Back(NamedTuple):
    """The version of the function to go back to, the current one, and the alias's description."""

    version: str
    current: str
    description: str


class Deployment:
    """The function of one environment, through the AWS API."""

    def __init__(self, function: Function, lambda_: Any, cloudwatch: Any) -> None:
        """Store the clients; send no request."""
        self._function = function
        self._lambda = lambda_
        self._cloudwatch = cloudwatch

    def deploy(self, image: str | None, pinned: str, seconds: float) -> dict[str, Any]:
        """Move the alias to a version that runs `image` and serves `pinned`.

        Without an image, the current one is used. `seconds`: how long to watch each of the two
        steps. Returns the version before and after. Raises TakenBackError, after it has moved the
        alias back, if the alarm fires or the new version does not answer. Raises UserError before
        the start if the alarm fires already or another deployment is in progress.
        """
        self._require_calm()
        alias = self._alias()
        if _weights(alias):
            raise UserError(
                f"{self._name} splits requests between two versions: a deployment is in progress, "
                "or was interrupted; in that case, run make rollback-function"
            )
        before = str(alias["FunctionVersion"])
        description = str(alias.get("Description", ""))
        version = self._publish(image or self._image(), pinned)
        # A deployment was interrupted after it moved all requests: the last watch is missing.
        left = UNWATCHED.fullmatch(description) if version == before else None
        if left is not None:
            before, description = left[1], ""
        elif version == before:
            return {"version": version, "previous": before, "changed": False}
        is_met = left is not None
        targets = pinned_targets(tuple(pinned.split(",")))
        try:
            self._ask(version, targets)
            if not is_met:
                is_met = True
                self._route(before, {version: CANARY_SHARE}, description)
                self._watch(version, targets, seconds)
                self._route(version, {}, f"unwatched, before: {before}")
            self._watch(version, targets, seconds)
        except BaseException as error:
            # An interrupted deployment must not leave requests on a version that is not watched.
            if is_met:
                self._route(before, {}, description)
            if isinstance(error, UserError):
                raise rollout.TakenBackError(str(error)) from error
            raise
        self._route(version, {}, f"before: {before}")
        return {"version": version, "previous": before, "changed": True}

    def way_back(self) -> Back:
        """Return what a rollback does: move the alias back, or end an interrupted deployment."""
        alias = self._alias()
        current = str(alias["FunctionVersion"])
        description = str(alias.get("Description", ""))
        if _weights(alias):
            return Back(current, current, description)
        before = _BEFORE.fullmatch(description)
        if before is None:
            raise UserError(f"{self._name} has no previous version to roll back to")
        return Back(before[1], current, "")

    def rollback(self, back: Back) -> dict[str, Any]:
        """Send all requests to the version that `way_back` has returned."""
        self._route(back.version, {}, back.description)
        return {"version": back.version, "previous": back.current, "changed": True}

    @property
    def _name(self) -> str:
        return f"{self._function.name}:{self._function.alias}"

    def serves(self, version: str) -> dict[str, str]:
        """Return the model versions of a version of the function."""
        found = self._lambda.get_function_configuration(
            FunctionName=self._function.name, Qualifier=version
        )
        named = found.get("Environment", {}).get("Variables", {}).get(PINNED, "")
        targets = pinned_targets(tuple(named.split(","))) if named else []
        return {target.model: target.version for target in targets}

    def _image(self) -> str:
        """Return the image that the alias runs."""
        found = self._lambda.get_function(
            FunctionName=self._function.name, Qualifier=self._function.alias
        )
        return str(found["Code"]["ImageUri"])

    def _alias(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._lambda.get_alias(
                FunctionName=self._function.name, Name=self._function.alias
            )
        except self._lambda.exceptions.ResourceNotFoundException as error:
            raise UserError(
                f"there is no {self._name} yet: create it as in docs/tools/lambda.md"
            ) from error
        return found

    def _publish(self, image: str, pinned: str) -> str:
        """Return a version with this image and these models; reuse the last one if it matches."""
        name = self._function.name
        found = self._lambda.get_function_configuration(FunctionName=name)
        variables = {**found.get("Environment", {}).get("Variables", {}), PINNED: pinned}
        size = sum(len(key) + len(value) for key, value in variables.items())
        if size > MOST_BYTES:
            raise UserError(
                f"the variables of {name} have {size} characters; Lambda allows {MOST_BYTES}: "
                "serve fewer models in one function"
            )
        self._lambda.update_function_code(FunctionName=name, ImageUri=image)
        self._lambda.get_waiter("function_updated_v2").wait(FunctionName=name)
        self._lambda.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )
        self._lambda.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = str(self._lambda.publish_version(FunctionName=name)["Version"])
        self._lambda.get_waiter("published_version_active").wait(
            FunctionName=name, Qualifier=version
        )
        return version

    def _ask(self, version: str, targets: list[Target]) -> None:
        """Score a row with each model on one version. Raises UserError if a model fails."""
        for target in targets:
            event = {"rows": [sample(target.model)], "model": target.model}
            answer = self._lambda.invoke(
                FunctionName=self._function.name,
                Qualifier=version,
                Payload=dumps(event).encode(),
            )
            text = answer["Payload"].read().decode(errors="replace")
            served = None if answer.get("FunctionError") else json.loads(text)["model_version"]
            if served != target.version:
                raise UserError(
                    f"version {version} of {self._function.name} does not serve {target.model} "
                    f"{target.version}: {text[:500]}"
                )

    def _route(self, version: str, weights: dict[str, float], description: str = "") -> None:
        """Point the alias to a version, with weights for other versions."""
        self._lambda.update_alias(
            FunctionName=self._function.name,
            Name=self._function.alias,
            FunctionVersion=version,
            Description=description,
            RoutingConfig={"AdditionalVersionWeights": weights},
        )

    def _watch(self, version: str, targets: list[Target], seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            self._require_calm()
            self._ask(version, targets)
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(EVERY_SECONDS, left))

    def _require_calm(self) -> None:
        """Raise UserError if the alarm fires or does not exist."""
        name = self._function.alarm
        alarms = self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        if not alarms:
            raise UserError(f"there is no alarm {name} to watch: run make infra-apply")
        if alarms[0]["StateValue"] == "ALARM":
            raise UserError(f"the alarm {name} fires: {alarms[0].get('StateReason', '')}")


def _weights(alias: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return found


def rollback(
    settings: Settings, deployment: Deployment, reason: str = "the function was rolled back"
) -> dict[str, Any]:
    """Send all requests to the previous version; move champions to its model versions.

    Raises RegistryError before it moves anything if callers of a champion cannot use the version.
    """
    back = deployment.way_back()
    served = deployment.serves(back.version)
    moves = rollout.following(settings, served, reason)
    done = deployment.rollback(back)
    rollout.settle(settings, moves)
    return {**done, "champions": served}


def connect() -> Deployment:
    """Return the deployment of this environment, with the AWS credentials of the caller."""
    settings = load_settings()
    region = settings.value("aws", "region")
    return Deployment(
        settings.section("function", Function),
        boto3.client("lambda", region_name=region),
        boto3.client("cloudwatch", region_name=region),
    )


def main() -> None:
    """Run the command line. Exits with 1 and an error message on failure."""
    parser = argparse.ArgumentParser(prog="lambda", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    deploying = commands.add_parser("deploy")
    deploying.add_argument("--image")
    deploying.add_argument("--seconds", type=float, required=True)
    deploying.add_argument("--model", choices=models.names(), default=models.names()[0])
    deploying.add_argument("--version")
    taking_back = commands.add_parser("rollback")
    taking_back.add_argument("--seconds", type=float, required=True)
    taking_back.add_argument("--model", choices=models.names(), default=models.names()[0])
    taking_back.add_argument("--to", help="version of a former champion of the model")
    taking_back.add_argument("--reason", default="asked for")
    given = parser.parse_args()
    # A deployment that is interrupted sends the requests back to the version before.
    interrupts.advise("Run the command again, or make rollback-function.", seconds=END_SECONDS)
    try:
        settings, deployment = load_settings(), connect()
        if given.command == "deploy":
            moves = rollout.forward(settings, given.model, given.version or None)
            image = given.image
        elif given.to:
            moves, image = rollout.back(settings, given.model, given.reason, given.to), None
        else:
            print(dumps(rollback(settings, deployment, given.reason)))
            return
        done = rollout.run(
            settings, moves, lambda named: deployment.deploy(image, named, given.seconds)
        )
        print(dumps(done))
    except (UserError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
