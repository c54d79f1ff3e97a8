"""How a generated repository serves every classifier and regressor of scikit-learn, as JSON.

Runs in the repository: `python table.py <package>`. Each estimator is fitted, saved, loaded and
exported with the modules of the package. It is served as `onnx` if the scores of the graph equal
those of the estimator, else as `native`. It is `refused` if it cannot be fitted, saved or scored.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
PACKAGE = sys.argv[1]
# Settings of estimators that the fixtures of scikit-learn do not set, and that each needs here.
SETTINGS: dict[str, dict[str, Any]] = {
    # Its fixture predicts at random.
    "DummyClassifier": {"strategy": "prior"},
    # Its default has very large coefficients, whose rounding can decide about the graph.
    "LogisticRegressionCV": {"Cs": [1.0]},
    "VotingClassifier": {"voting": "soft"},
}


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


files, fits, graphs = (module(f"sklearn_{name}") for name in ("files", "models", "onnx"))
scoring, errors = module("platform.scoring"), module("platform.errors")
TASKS = {
    "two": module("tasks.binary_classification"),
    "three": module("tasks.multiclass_classification"),
    "number": module("tasks.regression"),
}
REFUSALS = (errors.UserError, ValueError, TypeError, IndexError)


def data() -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return 200 rows of four numbers between 0 and 1, and the targets of each task."""
    rng = np.random.default_rng(0)
    values = rng.random((200, 4)).astype(np.float32)
    X = pd.DataFrame(values, columns=["a", "b 2", "c.3", "label"])
    signal = values[:, 0] * 2 + values[:, 1] + rng.normal(0, 0.2, 200)
    return X, {
        "two": (signal > 1.5).astype(np.int64),
        "three": np.digitize(signal, [1.2, 1.8]).astype(np.int64),
        "number": signal + 2,
    }


def predict(estimator: Any, X: pd.DataFrame, classes: int | None) -> np.ndarray:
    return fits.values(estimator, X) if classes is None else fits.probabilities(estimator, X, classes)


def served(make: Any, X: pd.DataFrame, y: np.ndarray, kind: str) -> tuple[str, str]:
    """Return how an estimator is served, and the reason if it is not served as ONNX."""
    classes = {"two": 2, "three": 3, "number": None}[kind]
    folder = Path(tempfile.mkdtemp())
    try:
        estimator = fits.fit(make(), X, y)
        expected = predict(estimator, X, classes)
        assert expected.shape == (len(X), classes)[: 1 if classes is None else 2]
        files.save(estimator, folder / "model.skops")
        loaded = files.load(folder / "model.skops")
    except REFUSALS as error:
        text = str(error).splitlines()[0]
        return "refused", "two classes only" if "Only binary" in text else text
    np.testing.assert_array_equal(predict(loaded, X, classes), expected)
    try:
        graphs.export(loaded, folder / "model.onnx", X.head(1), classes)
        session = onnx_session(folder / "model.onnx")
        (exported,) = session.run(None, {name: X[[name]].to_numpy() for name in X})
    except Exception as error:
        return "native", reason(error, folder)
    exported = exported[:, 0].astype(np.float64) if classes is None else exported.astype(np.float64)
    difference = TASKS[kind].difference(exported, expected)
    if difference <= scoring.TOLERANCE:
        return "onnx", ""
    return "native", f"scores of the graph differ by more than {scoring.TOLERANCE:g}"


def onnx_session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def reason(error: Exception, folder: Path) -> str:
    if type(error).__name__ == "MissingShapeCalculator":
        return "skl2onnx has no converter"
    if "onnxruntime" in type(error).__module__:
        return "ONNX Runtime does not run the graph of skl2onnx"
    text = str(error).replace(f"{folder}/", "").strip()
    return f"skl2onnx: {text.splitlines()[0] if text else type(error).__name__}"


def main() -> None:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.utils import all_estimators
    from sklearn.utils._test_common.instance_generator import _construct_instances

    X, targets = data()
    rows = []
    for type_filter, kinds in (("classifier", ("two", "three")), ("regressor", ("number",))):
        for name, cls in all_estimators(type_filter=type_filter):

            def make(cls: Any = cls, name: str = name) -> Any:
                estimator = next(iter(_construct_instances(cls)))
                seeds = [key for key in estimator.get_params() if key.endswith("random_state")]
                return estimator.set_params(**dict.fromkeys(seeds, 0), **SETTINGS.get(name, {}))

            own = X[["a"]] if name == "IsotonicRegression" else X
            found = {kind: served(make, own, targets[kind], kind) for kind in kinds}
            rows.append({"name": name, "type": type_filter, "served": found})
    libraries = ("scikit-learn", "skl2onnx", "skops", "onnxruntime")
    print(json.dumps({"rows": rows, "versions": {name: version(name) for name in libraries}}))


main()
