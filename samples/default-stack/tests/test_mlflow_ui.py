"""The web UI of MLflow is served on loopback, with the version of the client."""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import shutil
from pathlib import Path

import pytest

from default_stack.platform import mlflow_ui
from default_stack.platform.settings import load_settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that replace the process, which keeps running."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: commands.append(command))
    monkeypatch.setattr(shutil, "which", lambda name: f"/tools/{name}")
    return commands


def test_the_ui_reads_the_database_of_the_project(
    home: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_MLFLOW__UI_PORT", "5077")
    mlflow_ui.main()
    (command,) = started
    options = dict(itertools.pairwise(command))
    assert options["--host"] == "127.0.0.1"
    assert options["--port"] == "5077"
    assert options["--from"] == f"mlflow=={importlib.metadata.version('mlflow-skinny')}"
    file = Path(options["--backend-store-uri"].removeprefix("sqlite:///"))
    assert file.is_relative_to(home)
    assert file.exists()


def test_a_server_has_its_own_ui(
    home: Path,
    started: list[list[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLOPS_REGISTRY__URI", "https://mlflow.example")
    if "uri" in load_settings().values["tracking"]:
        monkeypatch.setenv("MLOPS_TRACKING__URI", "https://mlflow.example")
    mlflow_ui.main()
    assert started == []
    assert capsys.readouterr().out == "The UI is at https://mlflow.example\n"


def test_a_missing_database_is_named(
    home: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in home.rglob("mlflow.db"):
        path.unlink()
    with pytest.raises(SystemExit, match=r"mlflow-ui: no database .*: run make pipeline first"):
        mlflow_ui.main()
    assert started == []
