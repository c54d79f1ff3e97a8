"""Files of a repository that was moved, renamed or copied after a tool stored their absolute paths.

A path below a folder that the settings give as a relative path belongs to this repository, wherever
the repository was when the path was stored. So a copy never uses the files of the original.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import artifacts
from .settings import Settings

# Settings with a folder of the repository. In other environments they are URIs of a store.
FOLDERS = (
    ("artifacts", "root"),
    ("registry", "artifacts"),
    ("tracking", "artifacts"),
)


def here(settings: Settings, uri: str) -> str:
    """Return the URI in this repository of a file that a tool stored.

    Files outside of a repository and in a store keep their URI.
    """
    path = artifacts.local_path(uri)
    old = None if path is None else old_root(settings, path)
    if path is None or old is None:
        return uri
    found = settings.root.resolve() / path.relative_to(old)
    return found.as_uri() if uri.startswith("file:") else str(found)


def old_root(settings: Settings, path: Path) -> Path | None:
    """Return the folder of the repository that stored a path; None for this one, or for none."""
    for section, key in FOLDERS:
        folder = settings.optional(section, key)
        if folder is None or "://" in folder or os.path.isabs(folder):
            continue
        below = Path(os.path.normpath(folder)).parts
        if below[:1] == ("..",):
            continue
        last = len(path.parts) - len(below)
        for index in range(last, 0, -1):
            if path.parts[index : index + len(below)] == below:
                root = Path(*path.parts[:index])
                return None if root == settings.root.resolve() else root
    return None
