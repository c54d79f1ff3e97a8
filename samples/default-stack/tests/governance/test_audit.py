"""The audit: a valid chain as written; every later change is detected."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import pytest

from default_stack.platform import audit
from default_stack.platform.errors import AuditError
from default_stack.platform.paths import RunPaths
from default_stack.platform.settings import load_settings


@pytest.fixture
def file(home: Path, model: str) -> Path:
    """An audit with five records."""
    for number in range(2, 6):
        audit.record(load_settings(), model, action="promote", source="1", target=str(number))
    return Path(load_settings().audit.root) / f"{model}.jsonl"


def _verify(model: str, head: str | None = None) -> str:
    return audit.verify(audit.read(load_settings(), model), head)


def test_records_form_a_chain(file: Path, model: str) -> None:
    records = audit.read(load_settings(), model)
    assert [record["target"] for record in records] == ["1", "2", "3", "4", "5"]
    assert records[0]["previous"] == audit.START
    assert _verify(model) == records[-1]["hash"]
    assert audit.verify([]) == audit.START


@pytest.mark.parametrize("number", range(1, 6))
def test_a_changed_record_is_reported_by_number(file: Path, model: str, number: int) -> None:
    lines = file.read_text().splitlines()
    changed = {**json.loads(lines[number - 1]), "who": "somebody else"}
    lines[number - 1] = json.dumps(changed, sort_keys=True)
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(AuditError, match=f"record {number} was changed"):
        _verify(model)


def test_a_forged_hash_breaks_the_next_record(file: Path, model: str) -> None:
    lines = file.read_text().splitlines()
    changed: dict[str, Any] = {**json.loads(lines[1]), "who": "somebody else"}
    changed["hash"] = audit._digest(changed)
    lines[1] = json.dumps(changed)
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(AuditError, match="record 3 does not follow"):
        _verify(model)


def test_removed_moved_and_duplicate_records_are_detected(file: Path, model: str) -> None:
    lines = file.read_text().splitlines()
    for tampered in (lines[1:], [*lines[:2], *lines[3:]], [lines[1], lines[0]], [*lines, lines[4]]):
        file.write_text("\n".join(tampered) + "\n")
        with pytest.raises(AuditError, match="does not follow"):
            _verify(model)


def test_removed_newest_records_are_detected_with_a_noted_head(file: Path, model: str) -> None:
    noted = _verify(model)
    file.write_text("\n".join(file.read_text().splitlines()[:3]) + "\n")
    _verify(model)
    with pytest.raises(AuditError, match="newest records were removed"):
        _verify(model, noted)


def test_nothing_is_appended_after_an_invalid_record(file: Path, model: str) -> None:
    before = file.read_text() + "half a rec\n"
    file.write_text(before)
    with pytest.raises(AuditError, match="record 6 is not JSON"):
        audit.record(load_settings(), model, action="promote")
    assert file.read_text() == before


def test_concurrent_writers_make_one_chain(
    file: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    honest = audit._hash_of

    def slowly(line: str | bytes, number: int) -> str:
        time.sleep(0.005)
        return honest(line, number)

    monkeypatch.setattr(audit, "_hash_of", slowly)

    def write(number: int) -> None:
        audit.record(settings, model, action="promote", target=str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert len(audit.read(settings, model)) == 45
    _verify(model)


def test_object_stores_get_one_object_per_record(
    home: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_AUDIT__ROOT", "memory://audit")
    settings = load_settings()
    memory = fsspec.filesystem("memory")
    try:
        for number in range(3):
            audit.record(settings, model, action="promote", target=str(number))
        names = sorted(memory.ls(f"/audit/{model}", detail=False))
        assert [Path(name).name for name in names] == [f"{n:08d}.json" for n in (1, 2, 3)]
        assert [record["target"] for record in audit.read(settings, model)] == ["0", "1", "2"]
        _verify(model)
        memory.rm_file(names[1])
        with pytest.raises(AuditError, match="record 2 does not follow"):
            _verify(model)
    finally:
        memory.rm("/audit", recursive=True)


def test_the_command_compares_with_the_registry(home: Path, run: RunPaths, model: str) -> None:
    module = "default_stack.platform.audit"
    command = [sys.executable, "-m", module, "--model", model]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "chain whole, champion 1" in done.stdout
    audit.record(load_settings(), model, action="promote", source="1", target="9")
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "the champion is 1, the last record says 9" in done.stderr
