"""The audit: a valid chain as written; every later change is detected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import fsspec
import pytest

from default_stack.platform import audit
from default_stack.platform.errors import AuditError, ConflictError
from default_stack.platform.paths import RunPaths
from default_stack.platform.settings import load_settings


def _append(model: str, **entry: Any) -> dict[str, Any]:
    settings = load_settings()
    return audit.append(settings, model, audit.read(settings, model), **entry)


@pytest.fixture
def folder(home: Path, model: str) -> Path:
    """An audit with five records."""
    for number in range(2, 6):
        _append(model, action="promote", source="1", target=str(number))
    return Path(load_settings().audit.root) / model


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.json"


def _verify(model: str, head: str | None = None) -> str:
    return audit.verify(audit.read(load_settings(), model), head)


def test_records_form_a_chain(folder: Path, model: str) -> None:
    records = audit.read(load_settings(), model)
    assert [record["target"] for record in records] == ["1", "2", "3", "4", "5"]
    assert records[0]["previous"] == audit.START
    assert _verify(model) == records[-1]["hash"]
    assert audit.verify([]) == audit.START


@pytest.mark.parametrize("number", range(1, 6))
def test_a_changed_record_is_reported_by_number(folder: Path, model: str, number: int) -> None:
    changed = {**json.loads(_file(folder, number).read_text()), "who": "somebody else"}
    _file(folder, number).write_text(json.dumps(changed, sort_keys=True))
    with pytest.raises(AuditError, match=f"record {number} was changed"):
        _verify(model)


def test_a_forged_hash_breaks_the_next_record(folder: Path, model: str) -> None:
    changed: dict[str, Any] = {**json.loads(_file(folder, 2).read_text()), "who": "somebody else"}
    changed["hash"] = audit._digest(changed)
    _file(folder, 2).write_text(json.dumps(changed))
    with pytest.raises(AuditError, match="record 3 does not follow"):
        _verify(model)


def test_removed_moved_and_duplicate_records_are_detected(folder: Path, model: str) -> None:
    _file(folder, 6).write_bytes(_file(folder, 5).read_bytes())
    with pytest.raises(AuditError, match="record 6 does not follow"):
        _verify(model)
    _file(folder, 6).unlink()
    first, second = _file(folder, 1).read_bytes(), _file(folder, 2).read_bytes()
    _file(folder, 1).write_bytes(second)
    _file(folder, 2).write_bytes(first)
    with pytest.raises(AuditError, match="record 1 does not follow"):
        _verify(model)
    _file(folder, 1).write_bytes(first)
    _file(folder, 2).unlink()
    with pytest.raises(AuditError, match="record 2 is missing"):
        _verify(model)


def test_removed_newest_records_are_detected_with_a_noted_head(folder: Path, model: str) -> None:
    noted = _verify(model)
    _file(folder, 5).unlink()
    _file(folder, 4).unlink()
    _verify(model)
    with pytest.raises(AuditError, match="newest records were removed"):
        _verify(model, noted)


def test_the_file_of_an_earlier_release_is_the_start_of_the_chain(folder: Path, model: str) -> None:
    file = folder.with_suffix(".jsonl")
    lines = [_file(folder, number).read_text() for number in range(1, 6)]
    file.write_text("".join(lines))
    for number in range(1, 6):
        _file(folder, number).unlink()
    _append(model, action="promote", source="5", target="6")
    assert [path.name for path in folder.iterdir()] == ["00000006.json"]
    assert [record["target"] for record in audit.read(load_settings(), model)][-2:] == ["5", "6"]
    _verify(model)
    file.write_text("".join(lines)[:-40])
    with pytest.raises(AuditError, match="record 5 is not JSON"):
        _verify(model)


def test_of_writers_with_equal_knowledge_one_succeeds(folder: Path, model: str) -> None:
    settings, earlier = load_settings(), audit.read(load_settings(), model)
    start = Barrier(8)

    def write(number: int) -> str | None:
        start.wait()
        try:
            return str(audit.append(settings, model, earlier, target=str(number))["target"])
        except ConflictError:
            return None

    with ThreadPoolExecutor(8) as pool:
        written = [target for target in pool.map(write, range(8)) if target is not None]
    records = audit.read(settings, model)
    assert [record["target"] for record in records[5:]] == written
    assert len(written) == 1
    _verify(model)


def test_a_record_that_cannot_be_written_is_an_error(
    folder: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "link", refused)
    with pytest.raises(AuditError, match="cannot be written: read-only"):
        _append(model, action="promote", target="6")
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{number:08d}.json" for number in range(1, 6)
    ]


def test_object_stores_get_one_object_per_record(
    home: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_AUDIT__ROOT", "memory://audit")
    settings = load_settings()
    memory = fsspec.filesystem("memory")
    try:
        for number in range(3):
            _append(model, action="promote", target=str(number))
        names = sorted(memory.ls(f"/audit/{model}", detail=False))
        assert [Path(name).name for name in names] == [f"{n:08d}.json" for n in (1, 2, 3)]
        assert [record["target"] for record in audit.read(settings, model)] == ["0", "1", "2"]
        _verify(model)
        with pytest.raises(ConflictError, match="nothing has changed"):
            audit.append(settings, model, audit.read(settings, model)[:2], target="x")
    finally:
        memory.rm("/audit", recursive=True)


def test_the_command_compares_with_the_registry(home: Path, run: RunPaths, model: str) -> None:
    module = "default_stack.platform.audit"
    command = [sys.executable, "-m", module, "--model", model]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "chain whole, champion 1" in done.stdout
    for source, target in (("1", "8"), ("8", "9")):
        _append(model, action="promote", source=source, target=target)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "the alias champion of" in done.stderr
    assert "is 1, but the log of releases says 9" in done.stderr
