"""A registered version is a model that MLflow loads, here and where this project is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

import two_models
from two_models.contract import Field
from two_models.data.frames import read_frame
from two_models.platform import (
    artifacts,
    mlflow_loader,
    mlflow_model,
    models,
    scoring,
)
from two_models.platform.errors import FeatureError, IntegrityError
from two_models.platform.paths import RunPaths
from two_models.platform.settings import load_settings
from two_models.registry import CHAMPION, get_registry

ELSEWHERE = """
import json
import sys
sys.path = [path for path in sys.path if path != {source!r}]
import mlflow
model = mlflow.pyfunc.load_model({folder!r})
import {package}
assert not {package}.__file__.startswith({source!r}), "the project is installed"
print(json.dumps(model.predict(model.input_example).to_dict("list")))
"""


@pytest.fixture
def folder(home: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the champion as an MLflow model."""
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    return artifacts.local_copy(champion.uri).parent


def test_mlflow_loads_the_champion_and_gives_its_predictions(
    folder: Path, home: Path, model: str, run: RunPaths
) -> None:
    uri = load_settings().values["registry"]["uri"].replace("///", f"///{home}/")
    mlflow.set_registry_uri(uri)
    mlflow.set_tracking_uri(uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{model}@{CHAMPION}")
    frame = read_frame(run.test)[list(models.load(model).contract.names)]
    found = loaded.predict(frame)
    scorer = scoring.load(folder / mlflow_loader.PACKAGE)
    expected = scorer.table(scoring.columns_of(frame, scorer.contract))
    assert list(found.columns) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name].to_numpy(), values)


def test_a_champion_that_is_older_than_the_contract_says_so(
    home: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = load_settings().values["registry"]["uri"].replace("///", f"///{home}/")
    mlflow.set_registry_uri(uri)
    mlflow.set_tracking_uri(uri)
    modules = models.load(model)
    fields = (*modules.contract.fields, Field("input_of_today", "float"))
    changed = replace(modules, contract=replace(modules.contract, fields=fields))
    monkeypatch.setattr(models, "load", lambda _: changed)
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    loaded = mlflow.pyfunc.load_model(f"models:/{model}@{CHAMPION}")
    says = f"^{model} {champion.version} was trained without input_of_today, .*: train again"
    with pytest.raises(FeatureError, match=says):
        loaded.predict(loaded.input_example)


def test_the_signature_has_the_inputs_and_outputs_of_the_model(folder: Path, model: str) -> None:
    info = mlflow.models.get_model_info(str(folder))
    assert info.signature.inputs.input_names() == list(models.load(model).contract.names)
    assert info.signature.outputs.input_names()[0] == "prediction"
    example = mlflow.pyfunc.load_model(str(folder)).input_example
    assert list(example.columns) == info.signature.inputs.input_names()
    served = json.loads((folder / "serving_input_example.json").read_text())
    assert served["dataframe_split"]["columns"] == list(example.columns)


def test_mlflow_loads_a_version_without_this_project(folder: Path, tmp_path: Path) -> None:
    package = two_models.__name__
    source = str(Path(str(two_models.__file__)).parents[1])
    code = ELSEWHERE.format(source=source, folder=str(folder), package=package)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    elsewhere = pd.DataFrame(json.loads(done.stdout.splitlines()[-1]))
    here = mlflow.pyfunc.load_model(str(folder))
    expected = here.predict(here.input_example)
    pd.testing.assert_frame_equal(
        elsewhere, expected.reset_index(drop=True), check_dtype=False, rtol=1e-7, atol=1e-9
    )


def test_a_version_has_no_pickle_and_equal_files_for_equal_packages(
    folder: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    mlflow_model.write(folder / mlflow_loader.PACKAGE, again)
    assert mlflow_model.sha256_of(again) == mlflow_model.sha256_of(folder)
    names = {path.name for path in again.rglob("*") if path.is_file()}
    assert {"MLmodel", "mlflow_loader.py", "source.zip", "requirements.txt"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]


@pytest.mark.parametrize("name", ["MLmodel", "code/mlflow_loader.py", "source.zip"])
def test_a_version_with_changed_mlflow_files_is_not_promoted(
    folder: Path, model: str, name: str
) -> None:
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    path = folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(IntegrityError, match="register the version again"):
        get_registry().promote(model, champion.version)


def test_files_that_mlflow_writes_into_a_version_are_ignored(folder: Path, model: str) -> None:
    before = mlflow_model.sha256_of(folder)
    (folder / "registered_model_meta").write_text("model_name: x\n")
    (folder / "code" / "__pycache__").mkdir(exist_ok=True)
    (folder / "code" / "__pycache__" / "mlflow_loader.pyc").write_bytes(b"")
    assert mlflow_model.sha256_of(folder) == before
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    artifacts.verify(artifacts.local_copy(champion.uri), champion.sha256)
