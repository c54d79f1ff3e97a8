"""Results and errors of commands, as text."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import gettempdir

from .errors import DiskFullError, UserError

# SQLite's error of a full disk; libraries between pass its text on.
SQLITE_FULL = "database or disk is full"


def sentence(error: UserError | OSError) -> str:
    """Return an error as one sentence: a full disk or a missing permission needs no traceback."""
    if (full := full_disk(error)) is not None:
        return str(full)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def full_disk(error: BaseException, written: Iterable[str] = ()) -> DiskFullError | None:
    """Return the error of a full disk that led to an error; None for others and for a UserError.

    written: paths to which the command writes. Most libraries do not say which file did not fit, so
    the error names the file system with the least free space among those of the paths, the current
    folder, the folders in it, and the folder for temporary files.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UserError):
        full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or SQLITE_FULL in str(cause):
            named = cause.filename if isinstance(cause, OSError) else None
            where = f"{named}: " if named else ""
            below = [item.path for item in os.scandir() if item.is_dir()]
            used = [str(named)] if named else [*written, ".", *below, gettempdir()]
            free, folder = min(map(_free, used))
            return DiskFullError(
                f"{where}no space left on the file system {folder} ({free // 1_000_000} MB are "
                "free). Free some space, then run the command again: no file is left half written"
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _free(name: str) -> tuple[int, str]:
    """Return the free bytes and the top folder of the file system of a path."""
    path = Path(name).absolute()
    folder = next(one for one in (path, *path.parents) if one.exists())
    free, device = shutil.disk_usage(folder).free, folder.stat().st_dev
    while folder != folder.parent and folder.parent.stat().st_dev == device:
        folder = folder.parent
    return free, str(folder)


def show(text: str) -> None:
    """Print a result. A reader that has closed the pipe (`| head`) is no error.

    Raises UserError if the result cannot be written: the command has finished, but its caller does
    not know the result.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # The interpreter writes the rest of the buffer when it ends, which would fail again.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            why = error.strerror
            raise UserError(f"it finished, but its result could not be written: {why}") from error
