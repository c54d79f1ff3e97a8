"""`make package-model`: the archive is what the service serves, and nothing else is."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from default_stack import artifacts, models
from default_stack.errors import UserError
from default_stack.paths import RunPaths
from default_stack.serving.app import create_app
from default_stack.serving.config import pinned_targets
from default_stack.serving.package import package
from default_stack.serving.protocols import reply, request


@pytest.fixture
def packed(home: Path, model: str, tmp_path: Path) -> dict[str, str]:
    """The champion, packed."""
    return package(model, tmp_path / "models")


def test_the_service_gives_the_scores_of_batch_prediction(
    packed: dict[str, str],
    model: str,
    batch: tuple[list[dict[str, Any]], list[float]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", packed["pinned"])
    monkeypatch.setenv("MLOPS_SERVING__DEFAULT_MODEL", model)
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(tmp_path / "predictions.jsonl"))
    rows, scores = batch
    path, body = request(models.load(model).contract, rows)
    with TestClient(create_app()) as client:
        answer = client.post(path, json=body)
    found = reply(answer.json())
    assert found.scores == pytest.approx(scores, abs=1e-9)
    assert found.model_version == packed["version"]


def test_the_same_version_is_the_same_archive(
    packed: dict[str, str], home: Path, model: str, tmp_path: Path
) -> None:
    content = Path(packed["archive"]).read_bytes()
    assert Path(package(model, tmp_path / "again")["archive"]).read_bytes() == content
    line = Path(packed["archive"] + ".sha256").read_text(encoding="utf-8")
    assert line.split() == [hashlib.sha256(content).hexdigest(), Path(packed["archive"]).name]


def test_another_file_in_the_archive_is_refused(packed: dict[str, str], tmp_path: Path) -> None:
    target = pinned_targets((packed["pinned"],))[0]
    artifacts.verify(artifacts.local_copy(target.uri), target.sha256)
    with tarfile.open(packed["archive"]) as tar:
        tar.extractall(tmp_path / "files", filter="data")
    manifest = tmp_path / "files" / artifacts.MANIFEST
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, "reason": "changed"}), encoding="utf-8")
    with tarfile.open(packed["archive"], "w:gz") as tar:
        tar.add(tmp_path / "files", arcname=".")
    with pytest.raises(artifacts.IntegrityError):
        artifacts.verify(artifacts.local_copy(target.uri), target.sha256)


def test_files_that_are_not_the_registered_ones_are_not_packed(
    home: Path, model: str, run: RunPaths, tmp_path: Path
) -> None:
    from default_stack.registry import get_registry

    champion = get_registry().get(model)
    assert champion
    folder = artifacts.local_copy(champion.uri)
    file = next(path for path in sorted(folder.iterdir()) if path.name != artifacts.MANIFEST)
    # The registry knows the files by their absolute path: they are those of every other test.
    content = file.read_bytes()
    file.write_bytes(b"other")
    try:
        with pytest.raises(artifacts.IntegrityError):
            package(model, tmp_path / "models")
    finally:
        file.write_bytes(content)
    assert not (tmp_path / "models").exists()


def test_there_has_to_be_a_champion(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no champion"):
        package("unknown", tmp_path)
