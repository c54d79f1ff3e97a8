"""Conformance tests of a registry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from default_stack import registry as registries
from default_stack.platform import artifacts, models
from default_stack.platform.errors import RegistryError
from default_stack.registry import CHALLENGER, CHAMPION, Registry

NAME = "conformance-model"


@pytest.fixture
def registry(home: Path) -> Registry:
    return registries.get_registry()


def _packaged(folder: Path, content: str) -> Path:
    """Return a copy of the champion with a further file, so that it differs from other copies."""
    champion = registries.get_registry().get(models.names()[0], CHAMPION)
    assert champion is not None
    shutil.copytree(artifacts.local_copy(champion.uri), folder)
    (folder / "note.txt").write_text(content)
    manifest = json.loads((folder / artifacts.MANIFEST).read_text())
    manifest["files"]["note.txt"] = artifacts.sha256_file(folder / "note.txt")
    (folder / artifacts.MANIFEST).write_text(json.dumps(manifest))
    return folder


def _register(registry: Registry, tmp_path: Path, content: str) -> str:
    folder = _packaged(tmp_path / content, content)
    return registry.register(NAME, folder, {"auc": 0.875}, {"data_sha256": "abc"})


def test_unknown_names_give_none_or_an_error(registry: Registry) -> None:
    assert registry.get(NAME) is None
    assert registry.versions(NAME) == []
    with pytest.raises(RegistryError):
        registry.version(NAME, "1")
    with pytest.raises(RegistryError):
        registry.promote(NAME, "1")


def test_a_registered_version_can_be_read(registry: Registry, tmp_path: Path) -> None:
    version = _register(registry, tmp_path, "one")
    found = registry.get(NAME, CHALLENGER)
    assert found is not None
    assert (found.model, found.version) == (NAME, version)
    assert found == registry.version(NAME, version) == registry.versions(NAME)[-1]
    assert found.metrics == {"auc": 0.875}
    assert found.tags["data_sha256"] == "abc"
    assert registry.get(NAME, CHAMPION) is None
    manifest = artifacts.verify(artifacts.local_copy(found.uri), found.sha256)
    assert "note.txt" in manifest["files"]


def test_files_outlive_their_source(registry: Registry, tmp_path: Path) -> None:
    version = _register(registry, tmp_path, "one")
    (tmp_path / "one" / "note.txt").write_text("changed afterwards")
    found = registry.version(NAME, version)
    artifacts.verify(artifacts.local_copy(found.uri), found.sha256)


def test_aliases_move_forward_and_back(registry: Registry, tmp_path: Path) -> None:
    one, two = (_register(registry, tmp_path, name) for name in ("one", "two"))
    assert [version.version for version in registry.versions(NAME)] == [one, two]
    for version in (one, two, two, one):
        registry.promote(NAME, version)
        champion = registry.get(NAME, CHAMPION)
        assert champion is not None
        assert champion.version == version


def test_a_truncated_upload_is_replaced(registry: Registry, tmp_path: Path) -> None:
    found = registry.version(NAME, _register(registry, tmp_path, "one"))
    broken = artifacts.local_path(found.uri)
    if broken is None:
        pytest.skip("the files of the registry are not on this machine")
    note = broken / "note.txt"
    note.write_text("o")
    again = registry.register(NAME, tmp_path / "one", {}, {})
    assert note.read_text() == "one"
    for version in (found.version, again):
        stored = registry.version(NAME, version)
        artifacts.verify(artifacts.local_copy(stored.uri), stored.sha256)


def test_another_process_sees_the_version(registry: Registry, tmp_path: Path) -> None:
    version = _register(registry, tmp_path, "one")
    registry.promote(NAME, version)
    assert registries.get_registry().get(NAME) == registry.get(NAME)
