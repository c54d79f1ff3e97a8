"""Requests to the service, on the standard library, and the service as a process to test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..platform import interrupts, models
from ..platform.errors import UserError
from ..platform.prediction_logs import find
from ..platform.processes import stop
from ..platform.strict_json import dumps
from . import protocols
from .reply import Reply
from .rows import sample
from .server import MODULE, RECORDED, addresses, metrics_url

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
# uvicorn ends gracefully and then lets the signal end the process: 128 + 15.
GRACEFUL = (0, 143, -signal.SIGTERM)


def headers(body: object | None = None) -> dict[str, str]:
    """Return the headers of a request: the content type if it has a body, and authentication."""
    found = {} if body is None else {"content-type": "application/json"}
    if token := os.environ.get("SERVICE_TOKEN"):
        found["authorization"] = f"Bearer {token}"
    if key := os.environ.get("SERVICE_API_KEY"):
        found["x-api-key"] = key
    return found


def call(url: str, body: object | None = None, seconds: float = 10.0) -> tuple[int, Any]:
    """Send a request, as JSON if it has a body; return the status and the decoded answer.

    It sends the token in SERVICE_TOKEN or the key in SERVICE_API_KEY. Raises UserError if there is
    no answer.
    """
    data = None if body is None else dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers(body))
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    except OSError as error:
        raise UserError(f"no answer from {url}: {error}; is the service running?") from error
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode(errors="replace")


def predict(model: str, base_url: str) -> Reply:
    """Score the sample row and return the answer. Raises UserError unless the status is 200."""
    path, body = protocols.request(models.load(model).contract, [sample(model)])
    status, answer = call(f"{base_url}{path}", body)
    if status != 200:
        raise UserError(f"the service answered {status}: {answer}")
    return protocols.reply(answer)


@contextmanager
def running(
    environment: dict[str, str] | None = None,
    seconds: float = READY_SECONDS,
    model: str | None = None,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the service on free loopback ports until the block ends; yield URL and process.

    environment: more variables. Those of `addresses` name the ports, instead of free ones.
    model: wait for this model only; by default for all. Raises UserError if it is not ready within
    `seconds`.
    """
    own = {**addresses(), **(environment or {})}
    process = subprocess.Popen([sys.executable, "-m", MODULE], env={**os.environ, **own})
    interrupts.own(process)
    base_url = f"http://127.0.0.1:{own['MLOPS_SERVING__PORT']}"
    try:
        _wait_ready(base_url, process, seconds, model)
        yield base_url, process
    finally:
        if process.poll() is None:
            stop(process, STOP_SECONDS)


def _wait_ready(
    base_url: str, process: subprocess.Popen[bytes], seconds: float, model: str | None
) -> None:
    deadline = time.monotonic() + seconds
    answer: Any = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"the service ended with {process.returncode} before it was ready")
        try:
            status, answer = call(f"{base_url}/readyz", seconds=2.0)
        except UserError:
            status = 0
        waiting = answer.get("waiting") if isinstance(answer, dict) else None
        if status == 200 or (model is not None and waiting and model not in waiting):
            return
        time.sleep(0.05)
    raise UserError(f"the service was not ready within {seconds:.0f} s: {answer}")


def smoke(model: str) -> dict[str, Any]:
    """Start the service, predict, check metrics and prediction log, stop the service.

    Other models need no champion. Returns a summary. Raises UserError with the first check that
    fails.
    """
    with tempfile.TemporaryDirectory(prefix="smoke-") as folder:
        log = Path(folder) / "predictions.jsonl"
        environment = {**addresses(), "MLOPS_SERVING__PREDICTION_LOG": str(log)}
        with running(environment, model=model) as (base_url, process):
            answer = predict(model, base_url)
            entry = find(log, answer.request_id)
            if entry is None:
                raise UserError(f"request {answer.request_id} is not in the prediction log")
            _, metrics = call(metrics_url(environment))
            # Under another name, the metric of a model has its name in a label.
            rows = f'prediction_rows_total{{model="{model}"}} 1.0'
            counted = f'="{model}"' if "prediction_rows_total" in RECORDED else rows
            if counted not in str(metrics):
                raise UserError(f"the metrics lack: {counted}")
        if process.returncode not in GRACEFUL:
            raise UserError(f"the service ended with {process.returncode}, not gracefully")
    return {**answer._asdict(), "logged": entry["predictions"], "exit": process.returncode}
