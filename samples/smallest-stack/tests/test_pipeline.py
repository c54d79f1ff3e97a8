"""The pipeline promotes versions that the gate accepts, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from smallest_stack.platform import artifacts
from smallest_stack.platform.errors import DataContractError
from smallest_stack.platform.paths import RunPaths
from smallest_stack.registry import CHAMPION, get_registry

from pipelines import run_training, session


def test_a_good_version_becomes_champion(home: Path, model: str) -> None:
    run = RunPaths.new(model)
    with session():
        result = run_training(model, run.root)
    assert result["accepted"] is result["promoted"] is True
    assert result["decision"]["version"] == result["version"]
    assert result["metrics"] == artifacts.read_json(run.metrics)["metrics"]
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    assert champion.version == result["version"]


def test_a_rejected_version_is_not_promoted(home: Path, model: str) -> None:
    before = get_registry().get(model, CHAMPION)
    result = run_training(model, RunPaths.new(model).root, "mislabelled")
    assert result["accepted"] is result["promoted"] is False
    assert get_registry().get(model, CHAMPION) == before


def test_bad_data_ends_the_run(home: Path, model: str) -> None:
    run = RunPaths.new(model)
    with pytest.raises(DataContractError):
        run_training(model, run.root, "corrupted")
    assert not artifacts.exists(run.train)
