"""Ask git about this repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SECONDS = 30
# Hooks of git and `git rebase --exec` set these variables, which name their own repository.
OTHER_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_WORK_TREE",
    }
)


def git(folder: Path, *arguments: str) -> str | None:
    """Run git in the repository that contains a folder, and return its output.

    Returns None if git fails, is not installed or takes longer than SECONDS.
    """
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in OTHER_REPOSITORY},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
