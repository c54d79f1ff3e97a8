"""The image has the training framework only if the framework serves a champion."""

from __future__ import annotations

from pathlib import Path

import pytest

from two_models.platform import artifacts, image, models
from two_models.registry import ModelVersion


class _Registry:
    def __init__(self, uri: str | None) -> None:
        self.uri = uri

    def get(self, model: str, alias: str) -> ModelVersion | None:
        return ModelVersion(model, "1", self.uri, "0" * 64, {}, {}) if self.uri else None


@pytest.mark.parametrize(("served", "printed"), [("native", "1\n"), ("onnx", ""), (None, "")])
def test_a_native_champion_needs_its_framework(
    served: str | None,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    artifacts.write_json(f"{tmp_path}/{artifacts.MANIFEST}", {"served": served})
    registry = _Registry(str(tmp_path) if served else None)
    monkeypatch.setattr(image, "get_registry", lambda: registry)
    image.main()
    told = capsys.readouterr()
    assert told.out == printed
    assert (models.names()[0] in told.err) == bool(printed)


def test_an_image_is_built_without_a_registry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ConnectionError("no route to the registry")

    monkeypatch.setattr(image, "get_registry", fail)
    image.main()
    told = capsys.readouterr()
    assert told.out == ""
    assert "no route to the registry" in told.err
