"""What CloudWatch knows of an environment: lines of its log, and the alarms that fire.

`make logs` and `make alarms` print them, with the credentials of whoever runs them.
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
    """Return how many seconds `30m`, `2h` or `1d` are. Raises UserError for anything else."""
    found = _SINCE.fullmatch(since)
    if found is None:
        raise UserError(f"SINCE={since}: say minutes, hours or days, as in 30m, 2h or 1d")
    return int(found[1]) * SECONDS[found[2]]


def log_lines(client: Any, group: str, since: str, match: str, at: float) -> Iterator[str]:
    """Yield lines of a log group, oldest first: time, stream, text.

    client: of CloudWatch Logs. since: how far back from `at`, Unix time in seconds. match: only
    lines with this text; all where it is empty. Raises UserError if there is no such group.
    """
    asked: dict[str, Any] = {"logGroupName": group, "startTime": int((at - seconds(since)) * 1000)}
    if match:
        # In quotes it is text; without them some characters would mean something.
        text = match.replace("\\", "\\\\").replace('"', '\\"')
        asked["filterPattern"] = f'"{text}"'
    try:
        for page in client.get_paginator("filter_log_events").paginate(**asked):
            for event in page["events"]:
                moment = _time(datetime.fromtimestamp(event["timestamp"] / 1000, UTC))
                yield f"{moment} {event['logStreamName']} {event['message'].rstrip()}"
    except client.exceptions.ResourceNotFoundException as error:
        raise UserError(f"there is no log group {group}: make infra-apply makes it") from error


def firing(client: Any, name: str) -> Iterator[str]:
    """Yield a paragraph for each alarm of the environment `name` that fires, newest first.

    client: of CloudWatch. An alarm that tells nobody is a part of another one, and left out.
    """
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{name}-",
        StateValue="ALARM",
        # Without this, only those of one metric are found.
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
    """Print the newest lines of the workloads of this environment, at most `most`."""
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
    left = f", of which the newest {most} are shown" if total > most else ""
    print(f"{total} lines in {group} since {since}{left}", file=sys.stderr)


def show_alarms() -> None:
    """Print the alarms of this environment that fire."""
    name, region = _place()
    found = list(firing(boto3.client("cloudwatch", region_name=region), name))
    print("\n\n".join(found) if found else f"no alarm of {name} fires")


def _place() -> tuple[str, str]:
    settings = load_settings()
    return settings.value("aws", "name"), settings.value("aws", "region")


def main() -> None:
    """Command line. Exits with 1 and a sentence if it cannot."""
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
        where = "sign in to the account first, docs/tools/aws.md says how"
        raise SystemExit(f"{given.command}: there are no credentials: {where}") from None
    except (UserError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
