"""The prediction log in a folder of the store: what is moved, when, and what if that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from default_stack import artifacts, prediction_logs
from default_stack.serving.archive import Archive
from default_stack.serving.prediction_log import Entry, PredictionLog
from default_stack.settings import load_settings


def _log(folder: Path, uri: str, **given: float) -> PredictionLog:
    path = folder / "predictions.jsonl"
    seconds = given.get("seconds", 3600.0)
    archive = Archive(uri, path, seconds=seconds, max_bytes=int(given.get("max_bytes", 10_000)))
    return PredictionLog(path, archive=archive)


def _add(log: PredictionLog, *requests: str) -> None:
    for request in requests:
        log.add(Entry(0.0, request, "m", "1", {"a": [1]}, [0.5]))


def _requests(uri: str) -> list[str]:
    return [entry["request_id"] for entry in prediction_logs.entries(uri)]


def test_what_was_answered_outlives_the_service(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    for requests in (("1", "2"), ("3",)):
        log = _log(tmp_path, store)
        log.start()
        _add(log, *requests)
        log.close()
    assert _requests(store) == ["3", "2", "1"]
    assert not (tmp_path / "predictions.jsonl").exists()
    assert not list((tmp_path / "predictions.jsonl.pieces").iterdir())
    day, piece = Path(artifacts.list_files(store)[0]).parts[-2:]
    assert (len(day), piece[-6:]) == (len("2026-01-31"), ".jsonl")


def test_it_is_moved_while_the_service_runs(tmp_path: Path) -> None:
    store = tmp_path / "store"
    log = _log(tmp_path, str(store), seconds=0.0)
    log.start()
    _add(log, "1")
    for _ in range(1_000):
        if artifacts.list_files(str(store)):
            break
        log._stop.wait(0.01)
    assert _requests(str(store)) == ["1"]
    log.close()


def test_a_store_that_is_away_costs_nothing_until_too_much_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_EVENTS", str(tmp_path / "events.jsonl"))
    store = tmp_path / "store"
    # A file where the folder would be.
    store.touch()
    for request in ("1", "2"):
        log = _log(tmp_path, str(store))
        log.start()
        _add(log, request)
        log.close()
        assert log.dropped == 0
    assert "prediction_archive_failed" in (tmp_path / "events.jsonl").read_text()

    # A line has some 150 bytes: the oldest piece goes, then there is room for two.
    log = _log(tmp_path, str(store), max_bytes=350)
    log.start()
    _add(log, "3")
    log.close()
    assert log.dropped == 1
    store.unlink()
    log = _log(tmp_path, str(store))
    log.start()
    log.close()
    assert _requests(str(store)) == ["3", "2"]


def test_the_log_of_an_environment_is_where_its_settings_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(home / "predictions.jsonl"))
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_ARCHIVE", "")
    assert prediction_logs.locate(load_settings()) == str(home / "predictions.jsonl")
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_ARCHIVE", str(home / "archive"))
    assert prediction_logs.locate(load_settings()) == str(home / "archive")


def test_a_file_that_was_set_aside_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    log = PredictionLog(path, max_bytes=1)
    log.start()
    _add(log, "1")
    log.close()
    path.write_text(json.dumps({"request_id": "2"}) + '\n{"requ')
    assert _requests(str(path)) == ["2", "1"]
