"""Load a packaged model and score columns; batch prediction and the service both use this.

Needs only NumPy and ONNX Runtime; the framework is imported only for a model without an ONNX file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..contract import DataContract
from ..tasks import Task
from . import artifacts, calibration, models
from .columns import Columns, Values, converter
from .columns import columns_of as columns_of
from .errors import FeatureError, UserError

if TYPE_CHECKING:
    import pandas as pd

ONNX = "onnx"
NATIVE = "native"
ONNX_FILE = "model.onnx"
# Largest allowed difference between the scores of the ONNX file and of the framework.
TOLERANCE = 1e-6

Predict = Callable[[Columns], np.ndarray]


@dataclass(frozen=True)
class Scorer:
    """A model that is ready to score.

    served: `onnx`, or `native` for the training framework. manifest: content of `model.json`.
    decision: how outputs follow from probabilities, from the parameters at the export. version: the
    version in the registry, if it is known.
    """

    contract: DataContract
    manifest: dict[str, Any]
    served: str
    task: Task
    decision: Mapping[str, float]
    _convert: Callable[[Values], Columns]
    _predict: Predict
    version: str | None = None

    def columns(self, frame: pd.DataFrame) -> Columns:
        """Convert the inputs of n rows of a table, as `columns_of` does.

        Raises FeatureError if this version is older than the contract, and was trained without one
        of its inputs.
        """
        require_inputs(self._trained, self.contract, self._name)
        return columns_of(frame, self.contract)

    def raw(self, values: Values) -> np.ndarray:
        """Return what `predict` of the model returns, after the calibration.

        values: n values of each input, as `columns_of` makes them or as `converter` takes them.
        Raises FeatureError if the contract no longer has an input of this version.
        """
        columns = self._convert(values)
        try:
            return self._predict(columns)
        except Exception as error:
            removed = [name for name in self._trained if name not in self.contract.names]
            if not removed:
                raise
            raise FeatureError(
                f"{self._name} was trained with {', '.join(removed)}, which the contract no longer "
                "has as input: train again, or use the contract of that version"
            ) from error

    def score(self, values: Values) -> dict[str, np.ndarray]:
        """Return the outputs of the task by name, for n values of each input."""
        return self.task.predictions(self.contract, self.raw(values), self.decision)

    def rows(self, values: Values) -> list[dict[str, Any]]:
        """Return one JSON object per row, as the service does: the outputs by name."""
        return self.task.rows(self.contract, self.decision)(self.raw(values))[0]

    def table(self, values: Values) -> dict[str, np.ndarray]:
        """Return the outputs as columns: `prediction`, and one column per further value."""
        scored, table = self.score(values), {}
        for number, output in enumerate(self.task.outputs(self.contract)):
            name = f"prediction_{output.name}" if number else "prediction"
            if output.size is None:
                table[name] = scored[output.name]
                continue
            for index, part in enumerate(output.names):
                table[f"{name}_{part}"] = scored[output.name][:, index]
        return table

    @property
    def _trained(self) -> list[str]:
        return [item["name"] for item in self.manifest["inputs"]]

    @property
    def _name(self) -> str:
        model = self.contract.model
        return f"{model} {self.version}" if self.version else f"this version of {model}"


def load(directory: Path, sha256: str | None = None, version: str | None = None) -> Scorer:
    """Check the files of a packaged model and load it.

    version: the version in the registry, for messages. Raises IntegrityError if a file differs, and
    FeatureError if other feature code trained it.
    """
    manifest = artifacts.verify(directory, sha256)
    modules = models.load(manifest["model"])
    served = manifest["served"]
    if "features_sha256" not in manifest and served == ONNX:
        # Feature code had no effect on ONNX files when this version was packaged.
        predict = _onnx(directory / ONNX_FILE, modules.task, lambda columns: columns)
    elif manifest.get("features_sha256") != modules.features_sha256:
        raise FeatureError(
            f"this version of {modules.name} was trained with other feature code than "
            f"models/{modules.folder}/features.py: train again, or use the code of that version"
        )
    elif served == ONNX:
        predict = onnx_scorer(directory / ONNX_FILE, modules)
    else:
        predict = native_scorer(directory, modules)
    contract, task = modules.contract, modules.task
    decision = {**task.DECISION, **manifest.get("decision", {})}
    if fitted := calibration.load(directory):
        predict = _calibrated(task, predict, fitted)
    convert = converter(contract)
    return Scorer(contract, manifest, served, task, decision, convert, predict, version)


def require_inputs(trained: Iterable[str], contract: DataContract, version: str) -> None:
    """Raise FeatureError if a version was trained without an input of the contract.

    trained: the inputs of the version. version: its name in the message.
    """
    known = set(trained)
    added = [name for name in contract.names if name not in known]
    if added:
        raise FeatureError(
            f"{version} was trained without {', '.join(added)}, which the contract has since as "
            "input: train again, or use the contract of that version"
        )


def inputs_of(contract: DataContract) -> list[dict[str, str]]:
    """Return the inputs in the format of a manifest."""
    return [{"name": field.name, "kind": field.kind} for field in contract.fields]


def has_task(manifest: Mapping[str, Any], task: Task) -> bool:
    """Whether a packaged model has this task."""
    # Packages of releases without tasks do not name theirs.
    return bool(manifest.get("task", "binary-classification") == task.NAME)


def _calibrated(task: Task, predict: Predict, fitted: Mapping[str, float]) -> Predict:
    return lambda columns: task.calibrated(predict(columns), fitted)


def onnx_scorer(path: Path, modules: models.ModelModules) -> Predict:
    """Return a function that derives the features and predicts with ONNX Runtime."""
    return _onnx(path, modules.task, modules.features.features)


def _onnx(path: Path, task: Task, features: Callable[[Columns], Columns]) -> Predict:
    """Return a function that predicts with one thread.

    A request has few rows, and other requests need the other cores.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
    run = session.run
    # A graph leaves out features that it does not use.
    types = [
        (item.name, np.dtype(object if item.type == "tensor(string)" else np.float32))
        for item in session.get_inputs()
    ]
    output, convert = [task.ONNX_OUTPUT], task.raw

    def predict(columns: Columns) -> np.ndarray:
        found = features(columns)
        feed = {}
        for name, dtype in types:
            values = found[name]
            if values.dtype is not dtype:
                values = values.astype(dtype)
            feed[name] = values.reshape(-1, 1)
        return convert(run(output, feed)[0])

    return predict


def native_scorer(directory: Path, modules: models.ModelModules) -> Predict:
    """Return a function that predicts with the framework that trained the model.

    Raises UserError if the framework is not installed; for the service, the extra `native`
    installs it.
    """
    try:
        import pandas as pd  # noqa: F401

        estimator = modules.model.load(directory)
    except ImportError as error:
        raise UserError(
            f"{modules.name} has no ONNX file and is scored by its framework, but {error.name} is "
            "not installed here: add the extra native, see docs/parameters.md"
        ) from error

    def predict(columns: Columns) -> np.ndarray:
        return modules.model.predict(estimator, modules.frame(columns))

    return predict
