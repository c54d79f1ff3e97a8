"""Package the champions as a model repository of MLServer: `make package-model`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.sections.serving import Serving
from ..platform.settings import load_settings
from ..registry import CHAMPION, get_registry
from . import repository
from .config import Target


def package(model: str, out: Path, alias: str = CHAMPION) -> dict[str, str]:
    """Write the files and the settings of a version to `<out>/<model>`; return a summary.

    `<out>` is a model repository for `mlserver start`; models that are already in it stay. The
    files are first checked against the registered sha256. `pinned` in the summary is the value of
    `serving.pinned` that serves the version. Raises UserError if no version has the alias,
    IntegrityError if a file is not the registered one.
    """
    found = get_registry().get(model, alias)
    if found is None:
        raise UserError(f"{model} has no {alias}: run make pipeline MODEL={model}")
    source = found.local_files()
    artifacts.verify(source, found.sha256)
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


def main() -> int:
    """Run the command; if there is nothing to package, print one sentence and return 1."""
    import argparse

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", default=CHAMPION)
    parser.add_argument("--out", type=Path, default=Path("dist/mlserver"))
    given = parser.parse_args()
    try:
        print(json.dumps(package(given.model, given.out, given.alias), indent=2))
    except UserError as error:
        print(f"package-model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
