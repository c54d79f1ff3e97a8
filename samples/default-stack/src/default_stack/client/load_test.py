"""`make load-test`: is the service within its service levels at a constant rate of requests?"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ..platform import models
from ..platform.errors import UserError
from ..platform.slo import ServiceLevels, load_slo
from ..platform.strict_json import dumps
from . import load, protocols
from .rows import sample
from .service import headers, predict, running

# Above this share of late requests, the results also depend on the computer that sends them.
LATE_SHARE = 0.01
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def broken(result: load.Result, promised: ServiceLevels) -> list[str]:
    """Return the violated service levels, one sentence each."""
    found = []
    availability, latency = promised.availability, promised.latency
    if result.availability < availability.ratio:
        reasons = ", ".join(f"{count} x {why}" for why, count in result.failures.most_common(3))
        shares = f"{result.availability:.3%} is below {availability.ratio:.3%}"
        found.append(f"availability {shares}: {reasons}")
    seconds = result.percentile(latency.ratio)
    if not seconds <= latency.seconds:
        times = f"{seconds * 1e3:.1f} ms, not {latency.seconds * 1e3:g} ms"
        found.append(f"latency: {latency.ratio:.1%} of the answers took up to {times}")
    if found and result.late > LATE_SHARE:
        found.append(
            f"{result.late:.1%} of the requests were sent late by this computer: lower the "
            "rate, or run the load test on another computer than the service"
        )
    return found


def measure(model: str, url: str, rate: float, seconds: float, connections: int) -> load.Result:
    """Load a running service with the sample row. Raises UserError if it does not answer one."""
    predict(model, url)
    path, body = protocols.request(models.load(model).contract, [sample(model)])
    content = dumps(body).encode()
    request = load.request_bytes(url, path, content, headers(body))
    return load.run(url, request, rate, seconds, connections)


@contextmanager
def service() -> Iterator[str]:
    """Run the service with a separate prediction log; yield its URL.

    With two cores or more, service and load generator get one each, so that the results are for one
    core and neither slows down the other.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    with tempfile.TemporaryDirectory(prefix="load-test-") as folder:
        log = {"MLOPS_SERVING__PREDICTION_LOG": str(Path(folder) / "predictions.jsonl")}
        _stay_on(cores[-1:])  # Processes that start now inherit the affinity.
        with running(log) as (url, _):
            _stay_on(cores[:1])
            yield url


def _stay_on(cores: list[int]) -> None:
    if cores:
        os.sched_setaffinity(0, cores)


def summary(result: load.Result, promised: ServiceLevels) -> str:
    """Return a summary of a load test in three lines."""
    times = ", ".join(
        f"{name} {result.percentile(share) * 1e3:.1f} ms" for name, share in SHARES.items()
    )
    availability = f"{promised.availability.ratio:.3%}"
    latency = f"{promised.latency.ratio:.1%} within {promised.latency.seconds * 1e3:g} ms"
    return "\n".join(
        [
            f"rate          {result.rate:g} requests/s, {result.requests} in all",
            f"availability  {result.availability:.3%} (promised: {availability})",
            f"latency       {times} (promised: {latency})",
        ]
    )


def figures(result: load.Result) -> str:
    """Return a load test as JSON values; times in seconds."""
    times = {name: result.percentile(share) for name, share in SHARES.items()}
    return dumps(
        {
            "rate": result.rate,
            "requests": result.requests,
            "failures": dict(result.failures),
            "late": result.late,
            **{name: value if math.isfinite(value) else None for name, value in times.items()},
        }
    )


def main() -> None:
    """Run the command line; if a service level is violated, print the reasons and exit with 1."""
    parser = argparse.ArgumentParser(description="Load the service and check its service levels.")
    parser.add_argument("--model", default=models.names()[0])
    parser.add_argument("--url", help="URL of a running service; by default one is started")
    parser.add_argument("--rate", type=float, default=200.0, help="requests/s")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--connections", type=int, default=64, help="maximum open connections")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    arguments = parser.parse_args()
    if min(arguments.rate, arguments.seconds, arguments.connections) <= 0:
        parser.error("--rate, --seconds and --connections must be positive")
    how = (arguments.rate, arguments.seconds, arguments.connections)
    try:
        promised = load_slo()
        with nullcontext(arguments.url) if arguments.url else service() as url:
            result = measure(arguments.model, url, *how)
    except UserError as error:
        raise SystemExit(f"load-test: {error}") from None
    print(figures(result) if arguments.json else summary(result, promised))
    found = broken(result, promised)
    for sentence in found:
        print(f"load-test: {sentence}", file=sys.stderr)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
