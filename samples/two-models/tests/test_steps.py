"""Steps as commands: explicit files, one sentence for invalid input, one event per call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from two_models.platform.errors import UserError
from two_models.platform.paths import RunPaths
from two_models.steps.split import split

STEPS = "two_models.steps"


def _command(step: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "MLOPS_EVENTS"}
    return subprocess.run(
        [sys.executable, "-m", f"{STEPS}.{step}", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def test_a_step_is_a_command(home: Path, model: str, run: RunPaths, tmp_path: Path) -> None:
    older, newer = tmp_path / "a" / "older.parquet", tmp_path / "b" / "newer.parquet"
    files = ["--data", run.data, "--out-train", str(older), "--out-test", str(newer)]
    done = _command("split", "--model", model, *files)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["test_rows"] > 0
    assert older.exists()
    assert newer.exists()
    event = json.loads(done.stderr.splitlines()[-1])
    assert (event["step"], event["model"], event["status"]) == ("split", model, "ok")
    assert event["seconds"] >= 0


def test_invalid_input_is_reported_in_one_sentence(home: Path, model: str, tmp_path: Path) -> None:
    report = ["--data", str(tmp_path / "none.parquet"), "--out-report", str(tmp_path / "r.json")]
    done = _command("validate", "--model", model, *report)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("validate: no file")


def test_a_failing_step_leaves_an_event(home: Path, model: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        split(model, str(tmp_path / "none.parquet"), "a.parquet", "b.parquet")
    event = json.loads((home / "events.jsonl").read_text().splitlines()[-1])
    assert (event["step"], event["status"]) == ("split", "failed")
    assert "none.parquet" in event["error"]


def test_a_contract_is_read_without_the_model(home: Path) -> None:
    script = (
        "import sys\n"
        "from two_models import params\n"
        "from two_models.platform import models, scoring\n"
        "found = models.load(models.names()[0])\n"
        "assert found.contract.names\n"
        "print([n for n in sys.modules if n == 'pandas' or n.endswith(found.folder + '.model')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
