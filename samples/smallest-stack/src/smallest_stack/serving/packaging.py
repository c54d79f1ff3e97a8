"""What every server needs to package a version: its verified files, and the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.strict_json import dumps
from ..registry import CHAMPION, ModelVersion, get_registry


def registered(model: str, alias: str) -> tuple[ModelVersion, Path]:
    """Return the version with an alias, and the folder of its files, checked by their sha256.

    Raises UserError if no version has the alias, IntegrityError if a file is not the registered
    one.
    """
    found = get_registry().get(model, alias)
    if found is None:
        raise UserError(f"{model} has no {alias}: run make pipeline MODEL={model}")
    folder = found.local_files()
    artifacts.verify(folder, found.sha256)
    return found, folder


def run(package: Callable[[str, Path, str], dict[str, str]], about: str, out: str) -> int:
    """Run the command; if there is nothing to package, print one sentence and return 1.

    package: writes the version of a model with an alias to a folder, and returns a summary.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", default=CHAMPION)
    parser.add_argument("--out", type=Path, default=Path(out))
    given = parser.parse_args()
    try:
        print(dumps(package(given.model, given.out, given.alias), indent=2))
    except UserError as error:
        print(f"package-model: {error}", file=sys.stderr)
        return 1
    return 0
