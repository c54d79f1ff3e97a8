"""The packaged model of a run is a model that MLflow loads."""

from __future__ import annotations

from pathlib import Path

import mlflow

from default_stack.platform import artifacts, models
from default_stack.platform.paths import RunPaths
from default_stack.platform.settings import load_settings


def test_mlflow_loads_the_model_of_a_run(home: Path, model: str, run: RunPaths) -> None:
    uri = load_settings().values["tracking"]["uri"].replace("///", f"///{home}/")
    mlflow.set_tracking_uri(uri)
    run_id = artifacts.read_json(run.version)["run_id"]
    # The run was recorded in another folder: its copy in this project is what the run names here.
    stored = next(home.rglob(f"{run_id}/artifacts/model"))
    loaded = mlflow.pyfunc.load_model(str(stored))
    names = loaded.metadata.signature.inputs.input_names()
    assert names == list(models.load(model).contract.names)
    assert len(loaded.predict(loaded.input_example)) == len(loaded.input_example)
    assert mlflow.get_run(run_id).info.run_id == run_id
