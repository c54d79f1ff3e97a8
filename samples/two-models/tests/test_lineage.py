"""Lineage: the commit that a model comes from is known with git, and in an image without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_models.params import load_params
from two_models.platform import lineage
from two_models.platform.paths import RunPaths
from two_models.platform.settings import load_settings


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
    monkeypatch.setenv("GIT_DIR", str(home / "no-repository"))
    monkeypatch.delenv(lineage.BUILT_FROM, raising=False)
    if built_from is not None:
        monkeypatch.setenv(lineage.BUILT_FROM, built_from)
    made_by = lineage.collect(load_settings(), load_params(model), run.data, ["numpy"])
    assert made_by["git"] == expected
