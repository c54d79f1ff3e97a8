"""Make a packaged model an MLflow model, which `mlflow.pyfunc.load_model` loads.

The folder of a version holds:

- `package`: the packaged model, unchanged. It is data; the service loads this folder only, and
  checks it against its sha256.
- `MLmodel`, `input_example.json`, `serving_input_example.json`: signature and example for MLflow.
- `requirements.txt`, `python_env.yaml`: an environment in which MLflow can load the version.
- `mlflow_loader.py` in the folder `code`, and `source.zip`: the code that MLflow runs. The manifest
  of the package does not list them, because nothing of this project reads them. A promotion checks
  their sha256.

No file is a pickle. Equal packages and equal code give equal files.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..contract import Field
from . import artifacts, models, scoring
from .errors import IntegrityError
from .lineage import versions
from .mlflow_loader import PACKAGE, SOURCE, PackagedModel
from .strict_json import dumps

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE_ROWS = 5
REFERENCE = "reference.parquet"
LOADER = Path(__file__).with_name("mlflow_loader.py")
# What MLflow and Python write into a folder from which a version is loaded.
WRITTEN = ("registered_model_meta", "__pycache__")


def write(package: Path, folder: Path) -> None:
    """Write the MLflow model of the packaged model `package` into a new folder.

    Loads the model and scores the example, so that a model that cannot be loaded is not registered.
    """
    from ..data.frames import read_frame

    manifest = artifacts.verify(package)
    shutil.copytree(package, folder / PACKAGE)
    scorer = scoring.load(folder / PACKAGE)
    inputs = list(scorer.contract.names)
    example = read_frame(str(package / REFERENCE))[inputs].head(EXAMPLE_ROWS)
    predicted = PackagedModel(scorer).predict(example)

    split = _split(example)
    (folder / "input_example.json").write_text(dumps(split))
    (folder / "serving_input_example.json").write_text(dumps({"dataframe_split": split}))
    libraries = ["mlflow-skinny", "numpy", "onnxruntime", "pandas"]
    if scorer.served == scoring.NATIVE:
        libraries += models.load(manifest["model"]).model.LIBRARIES
    found = versions(libraries)
    requirements = [f"{name}=={found[name]}\n" for name in sorted(found)]
    (folder / "requirements.txt").write_text("".join(requirements))
    python = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    (folder / "python_env.yaml").write_text(yaml.safe_dump(python, sort_keys=False))
    (folder / "code").mkdir()
    shutil.copyfile(LOADER, folder / "code" / LOADER.name)
    _write_source(folder / SOURCE)
    signature = {
        "inputs": dumps([_column(field) for field in scorer.contract.fields]),
        "outputs": dumps(
            [
                {"type": _type(predicted[name]), "name": name, "required": True}
                for name in predicted.columns
            ]
        ),
        "params": None,
    }
    described = {
        "flavors": {
            "python_function": {
                "loader_module": LOADER.stem,
                "code": "code",
                "env": {"virtualenv": "python_env.yaml"},
                "python_version": platform.python_version(),
            }
        },
        "mlflow_version": found["mlflow-skinny"],
        "signature": signature,
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "type": "dataframe",
            "pandas_orient": "split",
            "serving_input_path": "serving_input_example.json",
        },
        "metadata": {"sha256": artifacts.manifest_sha256(package)},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(described, sort_keys=False))


def sha256_of(folder: Path) -> str:
    """Return the hash of all files of an MLflow model outside of the package."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] != PACKAGE and not set(name.parts) & set(WRITTEN):
            total.update(f"{name.as_posix()} {artifacts.sha256_file(path)}\n".encode())
    return total.hexdigest()


def verify(folder: Path, sha256: str) -> None:
    """Raise IntegrityError if a file outside of the package is not the registered one."""
    if sha256_of(folder) != sha256:
        raise IntegrityError(
            f"the files of the MLflow model in {folder} are not the registered ones: register the "
            "version again"
        )


def _column(field: Field) -> dict[str, Any]:
    """Return an input as MLflow describes it.

    MLflow converts no type: `any` stands for kinds that a table can hold as several types, such as
    a whole number with missing values.
    """
    types = {"float": "double", "int": "long", "category": "string", "text": "string"}
    kind = "any" if field.kind == "int" and field.nullable else types.get(field.kind, "any")
    return {"type": kind, "name": field.name, "required": True}


def _type(values: pd.Series) -> str:
    return "double" if values.dtype.kind == "f" else "string"


def _split(example: pd.DataFrame) -> dict[str, Any]:
    """Return rows as JSON values: null for missing ones, ISO 8601 for points in time."""
    values = example.astype(object).where(example.notna(), None)
    return {"columns": list(example.columns), "data": values.to_numpy().tolist()}


def _write_source(path: Path) -> None:
    """Write the source of this Python package, with a fixed time so that equal code is equal."""
    root = Path(__file__).parents[1]
    files = [file for file in root.rglob("*") if file.suffix in (".py", ".yaml")]
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(files):
            info = zipfile.ZipInfo(file.relative_to(root.parent).as_posix())
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes())
