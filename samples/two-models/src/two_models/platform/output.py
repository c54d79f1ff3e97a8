"""Results and errors of commands, as text."""

from __future__ import annotations

import contextlib
import os
import sys

from .errors import UserError


def sentence(error: UserError | OSError) -> str:
    """Return an error as one sentence: a full disk or a missing permission needs no traceback."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


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
