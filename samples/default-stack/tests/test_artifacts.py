"""Local copies of remote files last as long as their process, and JSON files are strict JSON."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from default_stack.platform import artifacts, records
from default_stack.platform.errors import UserError
from default_stack.platform.strict_json import dumps, finite

COPIES = """
import fsspec

from default_stack.platform import artifacts

store = fsspec.filesystem("memory")
store.pipe({"/runs/1/a.txt": b"one", "/runs/1/b/c.txt": b"two"})
folder = artifacts.local_copy("memory://runs/1")
print(folder, (folder / "a.txt").read_text(), (folder / "b/c.txt").read_text())
print(artifacts.local_copy("memory://runs/1/a.txt").read_text())
"""


def test_a_copy_lasts_as_long_as_its_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COPIES],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    folder, *contents = first.split()
    assert Path(folder).is_relative_to(tmp_path)
    assert (contents, second) == (["one", "two"], "one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), np.float32("nan")])
def test_a_number_that_json_does_not_have_is_refused_with_its_key(
    tmp_path: Path, number: float
) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(ValueError, match=r"^metrics\.auc\.1 is not a finite number$"):
        artifacts.write_json(str(path), {"metrics": {"auc": [0.5, number]}})
    assert not path.exists()
    artifacts.write_json(str(path), finite({"metrics": {"auc": (0.5, number)}}))
    assert artifacts.read_json(str(path)) == {"metrics": {"auc": [0.5, None]}}


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    row = {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True), "d": Path("x")}
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert json.loads(dumps({**row, "e": moment})) == {
        "a": 0.5,
        "b": 3,
        "c": True,
        "d": "x",
        "e": "2026-01-02T00:00:00+00:00",
    }
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        dumps({"a": object()})


def test_a_file_of_an_earlier_release_with_nan_is_read_as_null(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    path.write_text('{"value": NaN, "other": [-Infinity, 1]}')
    assert artifacts.read_json(str(path)) == {"value": None, "other": [None, 1]}


def test_a_record_with_a_wrong_type_is_named(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    path.write_text('{"model": "m", "version": 3}')
    with pytest.raises(UserError, match=r"decision\.json is not a decision: .*`\$\.version`"):
        records.read(str(path), records.Decision)
