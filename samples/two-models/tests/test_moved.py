"""A repository that was moved or copied knows which stored paths are its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_models.platform import moved
from two_models.platform.settings import Settings

RELATIVE = {"artifacts": {"root": ".mlops/runs"}, "registry": {"artifacts": ".mlops/versions"}}


@pytest.mark.parametrize("name", ["plain", "with space", "100%", "a?b#c", "\u00e4\u00f6"])
def test_a_stored_path_is_in_the_new_folder(tmp_path: Path, name: str) -> None:
    settings = Settings("local", tmp_path / f"{name} new", RELATIVE)
    old, new = tmp_path / name, settings.root
    for stored in (".mlops/runs/some/model.json", ".mlops/versions/some"):
        assert moved.here(settings, str(old / stored)) == str(new / stored)
        assert moved.here(settings, (old / stored).as_uri()) == (new / stored).as_uri()
        assert moved.here(settings, (new / stored).as_uri()) == (new / stored).as_uri()


def test_a_copy_inside_of_the_original_uses_its_own_files(tmp_path: Path) -> None:
    settings = Settings("local", tmp_path / ".mlops" / "runs" / "copy", RELATIVE)
    stored = settings.root / ".mlops" / "runs" / "some"
    assert moved.here(settings, str(stored)) == str(stored)


def test_a_path_outside_of_the_repository_stays(tmp_path: Path) -> None:
    settings = Settings("local", tmp_path, RELATIVE)
    for uri in ("s3://bucket/.mlops/runs/some", (tmp_path / "shared" / "some").as_uri()):
        assert moved.here(settings, uri) == uri
    root = tmp_path / ".mlops" / "runs"
    absolute = Settings("local", tmp_path / "new", {"artifacts": {"root": str(root)}})
    assert moved.here(absolute, (root / "some").as_uri()) == (root / "some").as_uri()
