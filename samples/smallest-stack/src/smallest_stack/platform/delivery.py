"""After a promotion: print the versions to serve, and watch a deployed service.

`pin` prints the champions of the environment as the setting `serving.pinned`, so that you can test
exactly these files elsewhere; `versions` prints them for a CI system. `watch` polls a deployed
service until it has served the champion for a given time.
"""

from __future__ import annotations

import argparse
import time
import urllib.parse
from collections.abc import Iterable
from typing import Any

from ..client.service import call, predict
from ..registry import CHAMPION, ModelVersion, get_registry
from . import interrupts, models
from .errors import RegistryError, UserError
from .strict_json import dumps

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# A slow deployment is acceptable; a service that does not answer for this long is broken.
LIVE_SECONDS = 600.0
MAX_FAILED_SHARE = 0.01
MAX_FAILED_IN_A_ROW = 3


def pin(served: Iterable[ModelVersion] | None = None) -> str:
    """Return versions, by default the champions, in the format of `serving.pinned`.

    Raises RegistryError, which names the model, if a model has no champion.
    """
    found = _champions() if served is None else served
    return ",".join(f"{one.model}:{one.version}={one.uri}#{one.sha256}" for one in found)


def versions(served: Iterable[ModelVersion] | None = None) -> str:
    """Return the same versions as lines of `VERSION_<module of the model>=<version>`."""
    found = _champions() if served is None else served
    return "\n".join(f"VERSION_{models.load(one.model).folder}={one.version}" for one in found)


def _champions() -> list[ModelVersion]:
    registry = get_registry()
    found = {model: registry.get(model, CHAMPION) for model in models.names()}
    for model, champion in found.items():
        if champion is None:
            raise RegistryError(f"{model} has no champion to serve")
    return [champion for champion in found.values() if champion]


def watch(
    model: str,
    url: str,
    seconds: float,
    every: float = 1.0,
    live_seconds: float = LIVE_SECONDS,
) -> dict[str, Any]:
    """Wait until the service at `url` serves the champion, then send requests for `seconds`.

    `every`: seconds between requests. `live_seconds`: time limit until it serves the champion.
    Returns a summary. Raises UserError if the service does not serve the champion in time, serves
    another version later, or fails more than 1% of the requests or three in a row.
    """
    _require_https(url)
    base_url = url.rstrip("/")
    champion = get_registry().get(model, CHAMPION)
    if champion is None:
        raise RegistryError(f"{model} has no champion to watch")
    interrupts.advise(
        f"{model} {champion.version} stays the champion: run make watch again, or make rollback."
    )
    live = _wait_live(model, base_url, champion.version, live_seconds)
    asked = failed = in_a_row = 0
    last = ""
    until = time.monotonic() + seconds
    while asked == 0 or time.monotonic() < until:
        asked += 1
        try:
            answer = predict(model, base_url)
        except UserError as error:
            failed, in_a_row, last = failed + 1, in_a_row + 1, str(error)
            if in_a_row == MAX_FAILED_IN_A_ROW:
                raise UserError(f"{in_a_row} requests in a row failed: {last}") from error
        else:
            in_a_row = 0
            if answer.model_version != champion.version:
                raise UserError(
                    f"{base_url} serves {model} {answer.model_version} now, not {champion.version}"
                )
        time.sleep(every)
    if failed > asked * MAX_FAILED_SHARE:
        raise UserError(f"{failed} of {asked} requests failed; the last error: {last}")
    return {
        "model": model,
        "version": champion.version,
        "live_after_seconds": live,
        "asked": asked,
        "failed": failed,
    }


def _wait_live(model: str, base_url: str, version: str, seconds: float) -> float:
    """Wait until the service reports that it serves a version; return the elapsed seconds."""
    started = time.monotonic()
    seen = "nothing"
    while (passed := time.monotonic() - started) < seconds:
        try:
            status, answer = call(f"{base_url}/version")
        except UserError as error:
            status, answer = 0, str(error)
        served = answer["models"].get(model) if status == 200 else None
        if served and served["version"] == version:
            return round(passed, 1)
        seen = f"{served['version']} ({served['error']})" if served else f"{status}: {answer}"
        time.sleep(min(1.0, seconds / 10))
    raise UserError(f"{base_url} does not serve {model} {version} after {seconds:g} s, but {seen}")


def _require_https(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" and parts.hostname) and not local:
        # Every request sends the key or token.
        raise UserError(f"SERVICE_URL: expected an https URL, found {url!r}")


def main() -> None:
    """Run the command line; on an error print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(prog="delivery", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pin")
    commands.add_parser("versions")
    watching = commands.add_parser("watch")
    watching.add_argument("--model", choices=models.names(), default=models.names()[0])
    watching.add_argument("--url", required=True)
    watching.add_argument("--seconds", type=float, required=True)
    watching.add_argument("--live-seconds", type=float, default=LIVE_SECONDS)
    given = parser.parse_args()
    try:
        if given.command == "pin":
            print(pin())
        elif given.command == "versions":
            print(versions())
        else:
            seen = watch(given.model, given.url, given.seconds, live_seconds=given.live_seconds)
            print(dumps(seen))
    except UserError as error:
        raise SystemExit(f"{given.command}: {error}") from None


if __name__ == "__main__":
    main()
