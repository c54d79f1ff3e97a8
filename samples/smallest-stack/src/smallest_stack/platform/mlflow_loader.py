"""Loader that MLflow imports from a version: see `mlflow_model.py`.

It stands alone, because MLflow can load a version where this project is not installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "source.zip"
PACKAGE = "package"

# Extracted sources, which exist as long as the process.
_extracted: list[tempfile.TemporaryDirectory[str]] = []


class PackagedModel:
    """A packaged model with the interface that MLflow expects."""

    def __init__(self, scorer: Any, columns_of: Any) -> None:
        self._scorer = scorer
        self._columns_of = columns_of

    def predict(self, model_input: pd.DataFrame, params: object = None) -> pd.DataFrame:
        """Score n rows, which have the inputs of the contract as columns.

        Returns n rows with the column `prediction`, and one column per further output. `params`
        has no effect.
        """
        import pandas as pd

        columns = self._columns_of(model_input, self._scorer.contract)
        return pd.DataFrame(self._scorer.table(columns), index=model_input.index)


def _load_pyfunc(path: str) -> PackagedModel:
    """Check the files of the package and load it. MLflow calls this with the folder of a version.

    The installed project scores; without it, the source in the version does. Raises IntegrityError
    for changed files, and FeatureError if the installed project has other feature code.
    """
    source = Path(path) / SOURCE
    with zipfile.ZipFile(source) as archive:
        name = archive.namelist()[0].split("/")[0]
        if importlib.util.find_spec(name) is None:
            folder = tempfile.TemporaryDirectory(prefix="mlflow-source-")
            _extracted.append(folder)
            archive.extractall(folder.name)
            sys.path.append(folder.name)
    scoring = importlib.import_module(f"{name}.platform.scoring")
    return PackagedModel(scoring.load(Path(path) / PACKAGE), scoring.columns_of)
