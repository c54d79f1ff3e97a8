"""Fit the model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ..params import Params, load_params
from ..platform import artifacts, calibration, fitted, models, records
from ..platform.strict_json import finite
from ._step import run_cli, step


@step
def train(
    model: str, train_uri: str, model_uri: str, metrics_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Fit the model on the training rows; write its files and its metrics on those rows.

    The number of rows that the model was fitted on is kept with its files. Equal rows, parameters
    and library versions give equal scores: the seed is `train.seed`, or is derived from the name of
    the model.
    """
    from ..data.frames import read_frame

    params = params or load_params(model)
    modules = models.load(model)
    modules.check(params)
    frame = read_frame(train_uri)
    X, y = modules.inputs(frame), modules.labels(frame)
    calibrated = calibration.fit(modules, params, frame, X, y)
    estimator, rows = fitted.counted(lambda: modules.model.fit(modules.build(params), X, y), len(X))
    scores = modules.model.predict(estimator, X)
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    try:
        modules.model.save(estimator, folder)
        calibration.save(calibrated, folder)
        fitted.save(rows, folder)
        artifacts.upload(folder, model_uri)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    task = modules.task
    raw = scores if calibrated is None else task.calibrated(scores, calibrated)
    values = task.metrics(y, raw, modules.decision(params))
    report: records.Training = {
        "model": model,
        "rows": rows,
        "params": {**params.train, "seed": params.seed},
        "metrics": finite(values),
    }
    artifacts.write_json(metrics_uri, report)
    primary = task.primary(values)
    return {"rows": rows, f"train_{primary}": values[primary]}


if __name__ == "__main__":
    run_cli(train, {"model_uri": "--out-model"})
