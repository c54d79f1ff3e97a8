"""The step in which an error was raised, as a note of the error, which a traceback shows."""

from __future__ import annotations

_STEP = "in the step "


def note_step(error: BaseException, step: str) -> None:
    """Note the step in which an error was raised; the first one stays."""
    if step_of(error) is None:
        error.add_note(f"{_STEP}{step}")


def step_of(error: BaseException) -> str | None:
    """Return the step in which an error, or one that led to it, was raised; None if unknown."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(_STEP):
            return str(note.removeprefix(_STEP))
    # A library reports the end of a time limit with an error of its own.
    before = error.__cause__ or error.__context__
    return None if before is None else step_of(before)
