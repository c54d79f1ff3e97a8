"""Commands on a full disk or with a closed output: one sentence and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STEP = """
from two_models.steps._step import run_cli, step

@step
def work(fail: str = "") -> dict[str, object]:
    if fail:
        raise OSError(28, "No space left on device", fail)
    return {"done": True}

run_cli(work)
"""


def _run(
    folder: Path, redirection: str, *flags: str, events: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "MLOPS_EVENTS"}
    if events is not None:
        environment["MLOPS_EVENTS"] = events
    script = f'set -o pipefail; "$@" {redirection}'
    return subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-c", STEP, *flags],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=60,
        check=False,
    )


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    done = _run(tmp_path, "", "--fail", "/data/file")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "work: /data/file: No space left on device"


@pytest.mark.parametrize(
    ("redirection", "code", "says"),
    [
        (">/dev/full", 1, "work: it finished, but its result could not be written: "),
        (">&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_an_output_that_cannot_be_written(
    redirection: str, code: int, says: str, tmp_path: Path
) -> None:
    done = _run(tmp_path, redirection)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert says in done.stderr


@pytest.mark.parametrize("events", ["/dev/full", "/no/such/folder/events.jsonl"])
def test_events_that_cannot_be_written_end_no_step(events: str, tmp_path: Path) -> None:
    done = _run(tmp_path, "", events=events)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '{"done": true}\n'
