"""Lineage: the commit that a model comes from is known with git, and in an image without it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smallest_stack.params import load_params
from smallest_stack.platform import lineage
from smallest_stack.platform.paths import RunPaths
from smallest_stack.platform.settings import load_settings


@pytest.mark.parametrize(
    ("built_from", "expected"),
    [
        ("0a1b2c", {"revision": "0a1b2c", "dirty": False}),
        ("0a1b2c-dirty", {"revision": "0a1b2c", "dirty": True}),
        ("unknown", {"revision": None, "dirty": None}),
        (None, {"revision": None, "dirty": None}),
    ],
)
def test_lineage_in_an_image_has_the_commit_of_the_build(
    built_from: str | None,
    expected: dict[str, object],
    model: str,
    home: Path,
    run: RunPaths,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A folder of tests can be in a repository.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(home.parent))
    monkeypatch.delenv(lineage.BUILT_FROM, raising=False)
    if built_from is not None:
        monkeypatch.setenv(lineage.BUILT_FROM, built_from)
    made_by = lineage.collect(load_settings(), load_params(model), run.data, ["numpy"])
    assert made_by["git"] == expected


def _commit(folder: Path) -> str:
    """Create a repository with one commit, and return the commit."""
    folder.mkdir(exist_ok=True)
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", folder.name]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_hook_of_another_repository_does_not_change_the_lineage(
    model: str, home: Path, run: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = _commit(home), _commit(tmp_path / "other")
    assert own != other
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    made_by = lineage.collect(load_settings(), load_params(model), run.data, ["numpy"])
    assert made_by["git"]["revision"] == own
