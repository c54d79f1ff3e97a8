"""Load a packaged model and score columns; batch prediction and the service both use this.

Needs only NumPy and ONNX Runtime; the framework is imported only for a model without an ONNX file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import DataContract
from ..tasks import Task
from . import artifacts, models
from .errors import UserError

ONNX = "onnx"
NATIVE = "native"
ONNX_FILE = "model.onnx"
# Largest allowed difference between the scores of the ONNX file and of the framework.
TOLERANCE = 1e-6

Columns = Mapping[str, Sequence[Any] | np.ndarray]


@dataclass(frozen=True)
class Scorer:
    """A model that is ready to score.

    served: `onnx`, or `native` for the training framework. manifest: content of `model.json`.
    """

    contract: DataContract
    manifest: dict[str, Any]
    served: str
    task: Task
    _raw: Callable[[Columns], np.ndarray]

    def raw(self, columns: Columns) -> np.ndarray:
        """Return what `predict` of the model returns, for columns of n values each."""
        return self._raw(columns)

    def score(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the outputs of the task by name, for columns of n values each."""
        return self.task.predictions(self.contract, self._raw(columns), self.decision)

    def table(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the outputs as columns: `prediction`, and one column per further value."""
        scored, table = self.score(columns), {}
        for number, output in enumerate(self.task.outputs(self.contract)):
            name = f"prediction_{output.name}" if number else "prediction"
            if output.size is None:
                table[name] = scored[output.name]
                continue
            for index, part in enumerate(output.names):
                table[f"{name}_{part}"] = scored[output.name][:, index]
        return table

    @property
    def decision(self) -> Mapping[str, float]:
        """How outputs follow from probabilities: the parameters at the export of the model."""
        return {**self.task.DECISION, **self.manifest.get("decision", {})}


def load(directory: Path, sha256: str | None = None) -> Scorer:
    """Check the files of a packaged model and load it. Raises IntegrityError if a file differs."""
    manifest = artifacts.verify(directory, sha256)
    modules = models.load(manifest["model"])
    if manifest["served"] == ONNX:
        raw = onnx_scorer(directory / ONNX_FILE, modules)
    else:
        raw = native_scorer(directory, modules)
    return Scorer(modules.contract, manifest, manifest["served"], modules.task, raw)


def onnx_scorer(path: Path, modules: models.ModelModules) -> Callable[[Columns], np.ndarray]:
    """Return a function that predicts with ONNX Runtime.

    It uses one thread: a request has few rows, and other requests need the other cores.
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
    kinds = [
        (field.name, object if field.is_category else np.float32)
        for field in modules.contract.fields
    ]
    output, convert = [modules.task.ONNX_OUTPUT], modules.task.raw

    def raw(columns: Columns) -> np.ndarray:
        feed = {name: np.asarray(columns[name], dtype=kind).reshape(-1, 1) for name, kind in kinds}
        return convert(run(output, feed)[0])

    return raw


def native_scorer(directory: Path, modules: models.ModelModules) -> Callable[[Columns], np.ndarray]:
    """Return a function that predicts with the framework that trained the model.

    Raises UserError if the framework is not installed; for the service, the dependency group
    `native` installs it.
    """
    try:
        import pandas as pd

        estimator = modules.model.load(directory)
    except ImportError as error:
        raise UserError(
            f"{modules.name} has no ONNX file and is scored by its framework, but {error.name} is "
            "not installed here: add the dependency group native (docs/parameters.md)"
        ) from error

    def raw(columns: Columns) -> np.ndarray:
        frame = pd.DataFrame({name: columns[name] for name in modules.contract.names})
        return modules.model.predict(estimator, modules.features.matrix(frame))

    return raw


def columns_of(frame: Any, contract: DataContract) -> dict[str, np.ndarray]:
    """Return the inputs of a DataFrame as `score` expects them."""
    return {
        field.name: frame[field.name].to_numpy(dtype=object if field.is_category else np.float32)
        for field in contract.fields
    }
