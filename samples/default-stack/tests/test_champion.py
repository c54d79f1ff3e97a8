"""Carrying a champion over: into an empty registry and tracker, as after a swap of tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from default_stack import artifacts, audit, champion, scoring
from default_stack.data.frames import read_frame
from default_stack.errors import PromotionRefusedError, UserError
from default_stack.paths import RunPaths
from default_stack.registry import CHAMPION, ModelVersion, get_registry
from default_stack.settings import load_settings
from default_stack.tracking import get_tracker

# What names the new run, and the place in it, is not carried.
OWN = ("run_id", "imported_run", "imported_version")


@pytest.fixture
def exported(home: Path, model: str, tmp_path: Path) -> str:
    folder = str(tmp_path / "carried")
    champion.export_champion(load_settings(), model, folder)
    return folder


def _leave(home: Path, patch: pytest.MonkeyPatch) -> Path:
    """Go to the same project with nothing recorded: neither runs, versions nor data."""
    target = home.with_name("elsewhere")
    shutil.copytree(home, target, ignore=shutil.ignore_patterns(".mlops", "audit", "data"))
    patch.setenv("MLOPS_HOME", str(target))
    return target


@pytest.fixture
def elsewhere(exported: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _leave(home, monkeypatch)


def _champion(model: str) -> ModelVersion:
    found = get_registry().get(model, CHAMPION)
    assert found is not None
    return found


def _scores(version: ModelVersion, rows: str) -> np.ndarray:
    scorer = scoring.load(artifacts.local_copy(version.uri), version.sha256)
    return scorer.score(scoring.columns_of(read_frame(rows), scorer.contract))


def test_what_arrives_is_what_left(
    home: Path, model: str, run: RunPaths, exported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _champion(model)
    ran, scores = get_tracker().read(before.tags["run_id"]), _scores(before, run.test)
    _leave(home, monkeypatch)

    result = champion.import_champion(load_settings(), model, exported)

    after = _champion(model)
    assert result["version"] == after.version
    assert result["scores"] > 0
    assert after.sha256 == before.sha256
    assert after.metrics == before.metrics
    assert {k: v for k, v in after.tags.items() if k not in OWN} == {
        k: v for k, v in before.tags.items() if k not in OWN
    }
    assert after.tags["imported_run"] == ran.id
    copied = get_tracker().read(after.tags["run_id"])
    assert (copied.params, copied.metrics, copied.tags) == (ran.params, ran.metrics, ran.tags)
    assert np.array_equal(_scores(after, run.test), scores)
    records = audit.read(load_settings(), model)
    assert [item["action"] for item in records] == ["import"]
    assert records[0]["evidence"]["sha256"] == before.sha256
    audit.verify(records)


def test_twice_is_once(elsewhere: Path, exported: str, model: str) -> None:
    first = champion.import_champion(load_settings(), model, exported)
    again = champion.import_champion(load_settings(), model, exported)
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["version"] == first["version"]
    assert len(get_registry().versions(model)) == 1


def test_another_champion_is_not_replaced(
    home: Path, model: str, exported: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(artifacts.local_copy(_champion(model).uri), other)
    manifest = json.loads((other / artifacts.MANIFEST).read_text())
    (other / artifacts.MANIFEST).write_text(json.dumps({**manifest, "note": "another"}))
    registry = get_registry()
    made = registry.register(model, other, {}, _champion(model).tags)
    registry.promote(model, made, CHAMPION)
    with pytest.raises(PromotionRefusedError, match="pass the gate"):
        champion.import_champion(load_settings(), model, exported)
    assert _champion(model).version == made


def test_changed_files_are_refused(elsewhere: Path, exported: str, model: str) -> None:
    file = Path(exported) / champion.PACKAGE / champion.REFERENCE
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(UserError, match="is not the file that was packaged"):
        champion.import_champion(load_settings(), model, exported)
    assert get_registry().versions(model) == []


def test_other_scores_are_refused(elsewhere: Path, exported: str, model: str) -> None:
    file = Path(exported) / champion.SCORES
    scores = json.loads(file.read_text())["scores"]
    file.write_text(json.dumps({"scores": [scores[0] + 0.01, *scores[1:]]}))
    with pytest.raises(UserError, match="exported scores"):
        champion.import_champion(load_settings(), model, exported)
    assert get_registry().versions(model) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"schema": 99}, "schema 99"), ({"model": "another"}, "champion of another")],
)
def test_a_foreign_folder_is_refused(
    elsewhere: Path, exported: str, model: str, change: dict[str, object], sentence: str
) -> None:
    file = Path(exported) / champion.RECORD
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(UserError, match=sentence):
        champion.import_champion(load_settings(), model, exported)
    with pytest.raises(UserError, match="make export-champion"):
        champion.import_champion(load_settings(), model, str(elsewhere))


def test_without_a_champion_nothing_is_written(elsewhere: Path, model: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no champion"):
        champion.export_champion(load_settings(), model, str(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()
