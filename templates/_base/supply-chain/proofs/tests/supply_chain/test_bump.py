"""Test `make bump`: it moves the date of exclude-newer and updates uv.lock, or changes nothing."""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.datetime.now(datetime.UTC).date()


def _project(folder: Path, date: str) -> Path:
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "bump.py", folder / "scripts" / "bump.py")
    project = folder / "pyproject.toml"
    project.write_text(f'[tool.uv]\nexclude-newer = "{date}T00:00:00Z"\nx = 1\n', encoding="utf-8")
    uv = folder / "uv"
    uv.write_text(
        '#!/bin/sh\necho "$* ${UV_LOCKED-unset}" >> calls\nexit "${UV_EXIT:-0}"\n', encoding="utf-8"
    )
    uv.chmod(0o755)
    return project


def _bump(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/bump.py", "--uv", str(folder / "uv"), *arguments]
    environment = {**os.environ, "UV_LOCKED": "1", **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_date_moves_to_the_given_age_and_the_lock_is_updated(tmp_path: Path) -> None:
    project = _project(tmp_path, "2026-01-01")
    done = _bump(tmp_path, "--days", "10")
    assert done.returncode == 0, done.stderr
    # The releases of the day ten days ago are included.
    end = TODAY - datetime.timedelta(days=9)
    text = project.read_text(encoding="utf-8")
    assert text == f'[tool.uv]\nexclude-newer = "{end}T00:00:00Z"\nx = 1\n'
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert calls == "lock --upgrade --quiet unset\n"


def test_the_date_never_moves_back(tmp_path: Path) -> None:
    project = _project(tmp_path, str(TODAY))
    before = project.read_text(encoding="utf-8")
    done = _bump(tmp_path, "--days", "10")
    assert (done.returncode, project.read_text(encoding="utf-8")) == (0, before)
    assert "already allows" in done.stdout
    assert not (tmp_path / "calls").exists()


def test_nothing_changes_if_the_lock_cannot_be_updated(tmp_path: Path) -> None:
    project = _project(tmp_path, "2026-01-01")
    before = project.read_text(encoding="utf-8")
    done = _bump(tmp_path, UV_EXIT="2")
    assert (done.returncode, project.read_text(encoding="utf-8")) == (1, before)
    assert "nothing was changed" in done.stderr


def _environment(folder: Path, date: str) -> Path:
    (folder / "environments" / "own").mkdir(parents=True)
    path = folder / "environments" / "own" / "pyproject.toml"
    path.write_text(f'[tool.uv]\nexclude-newer = "{date}T00:00:00Z"\n', encoding="utf-8")
    path.with_name("uv.lock").write_text("old\n", encoding="utf-8")
    return path


def test_environments_move_too(tmp_path: Path) -> None:
    project, own = _project(tmp_path, str(TODAY)), _environment(tmp_path, "2026-01-01")
    before = project.read_text(encoding="utf-8")
    done = _bump(tmp_path, "--days", "10")
    assert done.returncode == 0, done.stderr
    end = TODAY - datetime.timedelta(days=9)
    assert f'"{end}T00:00:00Z"' in own.read_text(encoding="utf-8")
    # Its own date allows newer releases, so it stays.
    assert project.read_text(encoding="utf-8") == before
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert calls == "lock --upgrade --quiet --project environments/own unset\n"


def test_no_project_changes_if_the_lock_of_an_environment_cannot_be_updated(tmp_path: Path) -> None:
    paths = [_project(tmp_path, "2026-01-01"), _environment(tmp_path, "2026-01-01")]
    paths += [path.with_name("uv.lock") for path in paths]
    (tmp_path / "uv").write_text(
        '#!/bin/sh\nif [ "$4" = --project ]; then echo new > "$5/uv.lock"; exit 2; fi\n'
        "echo new > uv.lock\n",
        encoding="utf-8",
    )
    before = [path.read_text(encoding="utf-8") if path.exists() else None for path in paths]
    done = _bump(tmp_path)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    after = [path.read_text(encoding="utf-8") if path.exists() else None for path in paths]
    assert after == before


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [("[tool.uv]\n", [], "no line exclude-newer"), (None, ["--days", "-1"], "DAYS must be 0")],
)
def test_wrong_input_is_named(
    tmp_path: Path, content: str | None, arguments: list[str], told: str
) -> None:
    project = _project(tmp_path, "2026-01-01")
    if content is not None:
        project.write_text(content, encoding="utf-8")
    done = _bump(tmp_path, *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("script", ["bump", "scan"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_without_a_change(
    tmp_path: Path, script: str, number: signal.Signals
) -> None:
    project = _project(tmp_path, "2026-01-01")
    shutil.copy(ROOT / "scripts" / f"{script}.py", tmp_path / "scripts")
    (tmp_path / "uv").write_text("#!/bin/sh\ntouch started\nexec sleep 60\n", encoding="utf-8")
    before = project.read_text(encoding="utf-8")
    command = [sys.executable, f"scripts/{script}.py", "--uv", str(tmp_path / "uv")]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "started").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, error = process.communicate(timeout=10)
    assert (process.returncode, project.read_text(encoding="utf-8")) == (130, before)
    assert error.startswith(f"{script}: interrupted")
    assert error.count("\n") == 1


def test_a_signal_while_uv_starts_also_ends_uv(tmp_path: Path) -> None:
    _project(tmp_path, "2026-01-01")
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho $$ > pid\nkill -TERM $PPID\nexec sleep 60\n", encoding="utf-8")
    # Whether the signal arrives before or after the start is decided by chance.
    for _ in range(20):
        done = _bump(tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (130, 1)
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 0)
