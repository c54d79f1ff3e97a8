"""Commands on a full disk or with a closed output: one sentence and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from default_stack.platform import output
from default_stack.platform.errors import DiskFullError
from default_stack.steps._step import step

STEP = """
import sqlite3

from default_stack.steps._step import run_cli, step

@step
def work(fail: str = "", out_uri: str = "") -> dict[str, object]:
    if fail == "sqlite":
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.OperationalError as error:
            raise RuntimeError("the tracker failed") from error
    if fail == "library":
        raise OSError(28, "Error writing bytes to file")
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


@pytest.mark.parametrize("fail", ["/data/file", "library", "sqlite"])
def test_a_full_disk_is_one_sentence(fail: str, tmp_path: Path) -> None:
    done = _run(tmp_path, "", "--fail", fail, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    place = "/data/file: " if fail == "/data/file" else ""
    assert last.startswith(f"work: {place}no space left on the file system /")
    assert last.endswith("then run the command again: no file is left half written")


def test_the_error_of_a_full_disk_names_the_fullest_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "not" / "yet"
    sizes = {str(written): (12_345, "/small"), ".": (9_000_000_000, "/")}
    monkeypatch.setattr(output, "_free", lambda name: sizes.get(name, (8_000_000_000, "/tmp")))
    full = output.full_disk(OSError(28, "Error writing bytes to file"), [str(written)])
    assert "no space left on the file system /small (0 MB are free)" in str(full)
    assert output.full_disk(OSError(13, "Permission denied"), [str(written)]) is None


def test_a_step_on_a_full_disk_names_the_file_system_of_the_registry(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_AUDIT__ROOT", "sqlite:////small/registry.db")

    def free(name: str) -> tuple[int, str]:
        return (12_345, "/small") if name == "/small/registry.db" else (9_000_000_000, "/")

    @step
    def work(model: str) -> dict[str, object]:
        raise RuntimeError(output.SQLITE_FULL)

    monkeypatch.setattr(output, "_free", free)
    with pytest.raises(DiskFullError, match="file system /small"):
        work("any")


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
