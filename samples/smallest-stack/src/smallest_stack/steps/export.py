"""Package a model: its files, an ONNX file if it gives the same scores, and a manifest."""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..params import Params, load_params
from ..platform import artifacts, calibration, compatibility, models, records, scoring
from ..platform.columns import Columns
from ..platform.errors import UserError
from ..platform.lineage import versions
from ..platform.probes import probes
from ..platform.strict_json import finite
from ._step import run_cli, step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REFERENCE_ROWS = 5_000
REFERENCE_FILE = "reference.parquet"
PREDICTIONS_FILE = "predictions.parquet"


@step
def export(
    model: str,
    model_uri: str,
    train_uri: str,
    test_uri: str,
    package_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Write the package folder that is registered and served.

    The ONNX file is kept, and served, if its scores differ by at most 1e-6 from the scores of the
    framework on every test row, and on rows with missing, unseen and extreme values. Otherwise only
    the framework can serve the model, and the manifest and the event of the step give the reason.
    The gate then depends on `gates.native`. The package also contains the references for drift: a
    sample of the training rows, and the predictions for a sample of the test rows.
    """
    import pandas as pd

    from ..data.frames import read_frame, write_frame

    params = params or load_params(model)
    modules = models.load(model)
    test, train = read_frame(test_uri), read_frame(train_uri)
    folder = Path(tempfile.mkdtemp(prefix="package-"))
    try:
        artifacts.upload(artifacts.local_copy(model_uri), str(folder))
        estimator = modules.model.load(folder)
        parity, reason = _parity(modules, estimator, folder, test)
        served = scoring.NATIVE if reason else scoring.ONNX
        if reason:
            (folder / scoring.ONNX_FILE).unlink(missing_ok=True)

        sample = train.sample(min(REFERENCE_ROWS, len(train)), random_state=params.seed)
        watched = [*modules.contract.names, *(field.name for field in modules.contract.protected)]
        reference = sample[watched].reset_index(drop=True)
        write_frame(reference, str(folder / REFERENCE_FILE))
        decision = modules.decision(params)
        tested = test.sample(min(REFERENCE_ROWS, len(test)), random_state=params.seed)
        predicted = modules.model.predict(estimator, modules.inputs(tested))
        if fitted := calibration.load(folder):
            predicted = modules.task.calibrated(predicted, fitted)
        outputs = modules.task.predictions(modules.contract, predicted, decision)
        # Training rows have other predictions than new rows, because the model has seen them.
        first = pd.DataFrame({"prediction": next(iter(outputs.values()))})
        write_frame(first, str(folder / PREDICTIONS_FILE))
        features = modules.derive(scoring.columns_of(reference.head(1), modules.contract))
        _write_manifest(modules, folder, served, parity, reason, features, decision)
        artifacts.upload(folder, package_uri)
        sha256 = artifacts.manifest_sha256(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"served": served, "parity": parity, "reason": reason, "sha256": sha256}


def _parity(
    modules: models.ModelModules, estimator: Any, folder: Path, test: pd.DataFrame
) -> tuple[records.Parity | None, str | None]:
    """Export to ONNX and compare scores; the second value is the reason for a failure."""
    columns, X = _compared(modules, test)
    try:
        predicted = modules.model.predict(estimator, X)
    except Exception as error:
        raise UserError(
            f"{modules.name} cannot score rows that its contract allows, with missing, unseen or "
            f"extreme values: {error}"
        ) from error
    try:
        modules.model.export_onnx(estimator, folder, X.head(1))
        exported = scoring.onnx_scorer(folder / scoring.ONNX_FILE, modules)(columns)
        if exported.shape != predicted.shape:
            raise ValueError(f"scores of shape {exported.shape}, expected {predicted.shape}")
    except Exception as error:  # Any exception is possible here; the framework can serve.
        # Without the name of the temporary folder, so that equal models give equal packages.
        text = str(error).replace(f"{folder}/", "").strip() or "no message"
        return None, f"no ONNX: {type(error).__name__}: {text.splitlines()[0][:200]}"
    difference = modules.task.difference(exported, predicted)
    parity: records.Parity = finite(
        {"max_abs_diff": difference, "rows": len(X), "tolerance": scoring.TOLERANCE}
    )
    if not math.isfinite(difference):
        return parity, "ONNX scores are not all finite numbers"
    if difference > scoring.TOLERANCE:
        return parity, f"ONNX scores differ by {difference:.2g}, more than {scoring.TOLERANCE:g}"
    return parity, None


def _compared(modules: models.ModelModules, test: pd.DataFrame) -> tuple[Columns, pd.DataFrame]:
    """Return the test rows, and rows with missing, unseen and extreme values, with their features.

    Rows with an infinite feature are left out, because some frameworks refuse them.
    """
    import numpy as np

    columns = scoring.columns_of(test, modules.contract)
    special = probes(columns, modules.contract)
    columns = {name: np.concatenate([columns[name], special[name]]) for name in columns}
    X = modules.frame(columns)
    finite = ~np.isinf(X.select_dtypes("number").to_numpy()).any(axis=1)
    return {name: columns[name][finite] for name in columns}, X[finite]


def _write_manifest(
    modules: models.ModelModules,
    folder: Path,
    served: str,
    parity: records.Parity | None,
    reason: str | None,
    features: dict[str, np.ndarray],
    decision: dict[str, float],
) -> None:
    files = sorted(path for path in folder.iterdir() if path.name != artifacts.MANIFEST)
    manifest = {
        "model": modules.name,
        "task": modules.task.NAME,
        "decision": decision,
        "framework": modules.model.FRAMEWORK,
        "served": served,
        "parity": parity,
        "reason": reason,
        "inputs": scoring.inputs_of(modules.contract),
        "contract": compatibility.described(modules.contract, modules.task.NAME),
        "features": [
            {"name": name, "kind": "string" if values.dtype == object else "number"}
            for name, values in features.items()
        ],
        "features_sha256": modules.features_sha256,
        "libraries": versions([*modules.model.LIBRARIES, "numpy", "onnxruntime"]),
        "files": {path.name: artifacts.sha256_file(path) for path in files},
    }
    artifacts.write_json(str(folder / artifacts.MANIFEST), manifest)


if __name__ == "__main__":
    run_cli(export, {"model_uri": "--from-model", "package_uri": "--out-package"})
