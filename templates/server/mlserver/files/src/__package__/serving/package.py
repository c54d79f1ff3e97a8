"""Package the champions as a model repository of MLServer: `make package-model`."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..platform.sections.serving import Serving
from ..platform.settings import load_settings
from ..registry import CHAMPION
from . import repository
from .config import Target
from .packaging import registered, run


def package(model: str, out: Path, alias: str = CHAMPION) -> dict[str, str]:
    """Write the files and the settings of a version to `<out>/<model>`; return a summary.

    `<out>` is a model repository for `mlserver start`; models that are already in it stay. The
    files are first checked against the registered sha256. `pinned` in the summary is the value of
    `serving.pinned` that serves the version. Raises UserError if no version has the alias,
    IntegrityError if a file is not the registered one.
    """
    found, source = registered(model, alias)
    repository.write(out, load_settings().section("serving", Serving), follow=False)
    folder = out / model
    shutil.rmtree(folder, ignore_errors=True)
    # The version is part of the path, so that a path never changes its content.
    shutil.copytree(source, folder / found.version)
    metrics = {name: float(value) for name, value in found.metrics.items()}
    target = Target(model, found.version, found.uri, found.sha256, metrics)
    repository.write_model(out, target, uri=found.version)
    path = (folder / found.version).resolve()
    return {
        "model": model,
        "version": found.version,
        "folder": str(folder.resolve()),
        "pinned": f"{model}:{found.version}={path}#{found.sha256}",
    }


if __name__ == "__main__":
    raise SystemExit(run(package, __doc__ or "", "dist/mlserver"))
