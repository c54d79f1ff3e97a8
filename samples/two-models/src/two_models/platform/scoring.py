"""Loading a packaged model and scoring columns with it: the one way, in batch and service.

Needs numpy and ONNX Runtime alone; the framework is imported only for a model without ONNX file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import models
from ..contract import DataContract
from . import artifacts
from .errors import UserError

ONNX = "onnx"
NATIVE = "native"
ONNX_FILE = "model.onnx"
OUTPUT = "probabilities"
# Largest difference between a score of the ONNX file and the framework's, on any row.
TOLERANCE = 1e-6

Columns = Mapping[str, Sequence[Any] | np.ndarray]


@dataclass(frozen=True)
class Scorer:
    """A model that is ready to score.

    served: `onnx`, or `native` for the framework itself. manifest: content of `model.json`.
    """

    contract: DataContract
    manifest: dict[str, Any]
    served: str
    _score: Callable[[Columns], np.ndarray]

    def score(self, columns: Columns) -> np.ndarray:
        """Return n probabilities (float64) for columns of n values each, one per input."""
        return self._score(columns)


def load(directory: Path, sha256: str | None = None) -> Scorer:
    """Load a packaged model after checking its files. Raises IntegrityError if one differs."""
    manifest = artifacts.verify(directory, sha256)
    modules = models.load(manifest["model"])
    if manifest["served"] == ONNX:
        score = onnx_scorer(directory / ONNX_FILE, modules.contract)
    else:
        score = native_scorer(directory, modules)
    return Scorer(modules.contract, manifest, manifest["served"], score)


def onnx_scorer(path: Path, contract: DataContract) -> Callable[[Columns], np.ndarray]:
    """Return a scoring function on ONNX Runtime.

    It takes one thread: rows are few, and the cores belong to the other requests.
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
    kinds = [(field.name, object if field.is_category else np.float32) for field in contract.fields]

    def score(columns: Columns) -> np.ndarray:
        feed = {name: np.asarray(columns[name], dtype=kind).reshape(-1, 1) for name, kind in kinds}
        return run([OUTPUT], feed)[0][:, 1].astype(np.float64)

    return score


def native_scorer(directory: Path, modules: models.ModelModules) -> Callable[[Columns], np.ndarray]:
    """Return a scoring function on the framework that trained the model.

    Raises UserError if the framework is not installed: a service has it with the group `native`.
    """
    try:
        import pandas as pd

        estimator = modules.model.load(directory)
    except ImportError as error:
        raise UserError(
            f"{modules.name} has no ONNX file and is scored by its framework, but {error.name} is "
            "not installed here: add the dependency group native (docs/parameters.md)"
        ) from error

    def score(columns: Columns) -> np.ndarray:
        frame = pd.DataFrame({name: columns[name] for name in modules.contract.names})
        return modules.model.predict(estimator, modules.features.matrix(frame))

    return score


def columns_of(frame: Any, contract: DataContract) -> dict[str, np.ndarray]:
    """Take the inputs out of a DataFrame, as `score` wants them."""
    return {
        field.name: frame[field.name].to_numpy(dtype=object if field.is_category else np.float32)
        for field in contract.fields
    }
