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

    def __init__(self, scorer: Any) -> None:
        self._scorer = scorer

    def predict(self, model_input: pd.DataFrame, params: object = None) -> pd.DataFrame:
        """Score n rows, which have the inputs of the contract as columns.

        Returns n rows with the column `prediction`, and one column per further output. `params`
        has no effect. Raises FeatureError if the contract of the installed project has other inputs
        than this version.
        """
        import pandas as pd

        columns = self._scorer.columns(model_input)
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
    return PackagedModel(scoring.load(Path(path) / PACKAGE, version=_version_of(Path(path))))


def _version_of(folder: Path) -> str | None:
    """Return the version that MLflow notes in the folder of a version when it loads it by name."""
    noted = folder / "registered_model_meta"
    if not noted.is_file():
        return None
    import yaml

    found = yaml.safe_load(noted.read_text(encoding="utf-8"))
    return str(found["model_version"]) if "model_version" in found else None
