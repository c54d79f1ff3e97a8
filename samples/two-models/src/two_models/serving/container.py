"""Start the service in a container of a platform: location of the models, and port."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..platform import artifacts
from ..platform.errors import UserError
from .__main__ import main


def pinned(folder: Path) -> str:
    """Return the setting `serving.pinned` for the packaged models in a folder.

    The folder is one package, or has one package per subfolder. MODEL_VERSION is the version;
    without it, the first digits of the hash of the manifest are the version. MODEL_SHA256 is the
    registered hash of a single package; without it, the manifest itself is not checked. Raises
    UserError if there is no package.
    """
    packages = [folder] if (folder / artifacts.MANIFEST).is_file() else []
    packages = packages or sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}"))
    if not packages:
        raise UserError(f"{folder} holds no packaged model: {artifacts.MANIFEST} is missing")
    entries = []
    for package in packages:
        found = artifacts.manifest_sha256(package)
        registered = os.environ.get("MODEL_SHA256") if len(packages) == 1 else None
        manifest = artifacts.verify(package, registered or found)
        version = os.environ.get("MODEL_VERSION") or found[:12]
        entries.append(f"{manifest['model']}:{version}={package}#{found}")
    return ",".join(entries)


def serve(folder: str | None, settings: Mapping[str, str]) -> None:
    """Run the service with the models of `folder`, and with `settings` as defaults."""
    os.environ.setdefault("MLOPS_SERVING__HOST", "0.0.0.0")
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    if folder and "MLOPS_SERVING__PINNED" not in os.environ:
        try:
            os.environ["MLOPS_SERVING__PINNED"] = pinned(Path(folder))
        except UserError as error:
            raise SystemExit(f"serving: {error}") from None
    main()
