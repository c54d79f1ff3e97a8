"""Print log lines and active alarms of an environment: `make logs` and `make alarms`.

Requests use the AWS credentials of the user who runs the command.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from ..platform.errors import UserError
from ..platform.settings import load_settings

SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
_SINCE = re.compile(r"([1-9]\d*)([mhd])")


def seconds(since: str) -> int:
    """Convert `30m`, `2h` or `1d` to seconds. Raises UserError for any other value."""
    found = _SINCE.fullmatch(since)
    if found is None:
        raise UserError(f"SINCE={since}: use minutes, hours or days, such as 30m, 2h or 1d")
    return int(found[1]) * SECONDS[found[2]]


def log_lines(client: Any, group: str, since: str, match: str, at: float) -> Iterator[str]:
    """Yield lines of a log group, oldest first: time, stream, text.

    client: a CloudWatch Logs client. since: seconds before `at`, a Unix time in seconds. match:
    yield only lines with this text; all lines if it is empty. Raises UserError if the log group
    does not exist.
    """
    asked: dict[str, Any] = {"logGroupName": group, "startTime": int((at - seconds(since)) * 1000)}
    if match:
        # Quotes make it plain text; otherwise some characters are operators of the filter syntax.
        text = match.replace("\\", "\\\\").replace('"', '\\"')
        asked["filterPattern"] = f'"{text}"'
    try:
        for page in client.get_paginator("filter_log_events").paginate(**asked):
            for event in page["events"]:
                moment = _time(datetime.fromtimestamp(event["timestamp"] / 1000, UTC))
                yield f"{moment} {event['logStreamName']} {event['message'].rstrip()}"
    except client.exceptions.ResourceNotFoundException as error:
        raise UserError(f"the log group {group} does not exist: run make infra-apply") from error


def firing(client: Any, name: str) -> Iterator[str]:
    """Yield a paragraph for each active alarm of the environment `name`, newest first.

    client: a CloudWatch client. An alarm without actions is part of another one and is skipped.
    """
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{name}-",
        StateValue="ALARM",
        # By default, the request returns metric alarms only.
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
    )
    kinds = ("MetricAlarms", "CompositeAlarms")
    found = [alarm for page in pages for kind in kinds for alarm in page.get(kind, [])]
    told = [alarm for alarm in found if alarm["ActionsEnabled"]]
    for alarm in sorted(told, key=lambda alarm: alarm["StateUpdatedTimestamp"], reverse=True):
        since = _time(alarm["StateUpdatedTimestamp"].astimezone(UTC))
        said = (alarm.get("AlarmDescription", ""), alarm.get("StateReason", ""))
        lines = [f"{alarm['AlarmName']} since {since}", *(f"  {text}" for text in said if text)]
        yield "\n".join(lines)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def show_logs(since: str, match: str, most: int) -> None:
    """Print the newest log lines of the workloads in this environment, at most `most`."""
    name, region = _place()
    group = f"/{name}/workloads"
    total = 0
    newest: deque[str] = deque(maxlen=most)
    client = boto3.client("logs", region_name=region)
    for line in log_lines(client, group, since, match, time.time()):
        newest.append(line)
        total += 1
    for line in newest:
        print(line)
    left = f"; showing the newest {most}" if total > most else ""
    print(f"{total} lines in {group} since {since}{left}", file=sys.stderr)


def show_alarms() -> None:
    """Print the active alarms of this environment."""
    name, region = _place()
    found = list(firing(boto3.client("cloudwatch", region_name=region), name))
    print("\n\n".join(found) if found else f"no active alarms in {name}")


def _place() -> tuple[str, str]:
    settings = load_settings()
    return settings.value("aws", "name"), settings.value("aws", "region")


def main() -> None:
    """Run the command line. Exits with 1 and an error message on failure."""
    parser = argparse.ArgumentParser(prog="cloudwatch", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    logs = commands.add_parser("logs")
    logs.add_argument("--since", required=True)
    logs.add_argument("--match", default="")
    logs.add_argument("--most", type=int, required=True)
    commands.add_parser("alarms")
    given = parser.parse_args()
    try:
        if given.command == "logs":
            show_logs(given.since, given.match, given.most)
        else:
            show_alarms()
    except NoCredentialsError:
        where = "sign in to the account first, see docs/tools/aws.md"
        raise SystemExit(f"{given.command}: no AWS credentials: {where}") from None
    except (UserError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
