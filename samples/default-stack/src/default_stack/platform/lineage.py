"""Lineage of a model: code, features, data, parameters, libraries and environment."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from typing import Any

import msgspec

from ..data import revisions
from ..params import Params
from . import artifacts, models
from .git import git
from .settings import Settings

BUILT_FROM = "MLOPS_CODE_REVISION"
UNKNOWN = "unknown"
DIRTY = "-dirty"


def collect(settings: Settings, params: Params, data_uri: str, libraries: list[str]) -> dict:
    """Return the lineage of a run as a JSON-serializable dict.

    The file at `data_uri` is hashed and stored as a data revision; `libraries` are distribution
    names. Outside a git repository the revision of the code is MLOPS_CODE_REVISION, which the
    build of an image sets, or None if that is not set.
    """
    from ..data.sources import in_use

    return {
        "environment": settings.env,
        "git": _git(settings),
        "data": {
            "source": in_use(params.data),
            "uri": data_uri,
            "sha256": hashlib.sha256(artifacts.read_bytes(data_uri)).hexdigest(),
            "revision": revisions.keep(settings, params.model, data_uri),
        },
        "params_sha256": params.sha256,
        "split": {**msgspec.to_builtins(params.split), "seed": params.seed},
        "features_sha256": models.load(params.model).features_sha256,
        "python": platform.python_version(),
        "libraries": versions(libraries),
    }


def versions(distributions: list[str]) -> dict[str, str]:
    """Return the installed version of each distribution."""
    return {name: importlib.metadata.version(name) for name in sorted(distributions)}


def _git(settings: Settings) -> dict[str, Any]:
    head = git(settings.root, "rev-parse", "HEAD")
    revision = head.strip() if head else None
    if revision is None and os.environ.get(BUILT_FROM, UNKNOWN) != UNKNOWN:
        # An image has no git history; its build sets this variable.
        built = os.environ[BUILT_FROM]
        return {"revision": built.removesuffix(DIRTY), "dirty": built.endswith(DIRTY)}
    changed = git(settings.root, "status", "--porcelain") if revision else None
    return {"revision": revision, "dirty": bool(changed) if revision else None}
