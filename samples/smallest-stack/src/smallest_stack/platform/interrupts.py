"""Ctrl-C and SIGTERM end each command of this package soon, with one sentence and no traceback.

`install` runs in `python -m <package>...` before anything else is imported. A signal raises
Interrupted in the main thread, so that `finally` blocks stop other processes and remove temporary
files. The command then ends by that signal: shells and CI systems see 130 or 143. If the
main thread does not react, for example in a long call of a C library, the process ends
END_SECONDS later.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Container
from types import FrameType, TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
END_SECONDS = 4.0
# Ctrl-C reaches make and this process, and make forwards SIGTERM: both are one signal.
SAME_SECONDS = 1.0
ADVICE = "No file is left half written: you can run the command again."


class Interrupted(KeyboardInterrupt):
    """A signal asks this process to end."""


class _State:
    """What this process knows about its interruption."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.raised: int | None = None
        self.raised_at: float | None = None
        self.ends_by: int | None = None
        self.command: str | None = None
        self.where = ""
        self.advice = ADVICE
        self.seconds = END_SECONDS
        self.silent: Container[int] = ()
        self.children: list[subprocess.Popen[bytes]] = []


_state = _State()


def install() -> None:
    """Handle the signals of this process, which must be a command. Ignored signals stay ignored."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    for number in SIGNALS:
        # Shells start background commands with an ignored SIGINT.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)
    # Python handles a signal when the main thread reaches its next instruction. The interpreter
    # writes to this pipe at once, and a second thread can read it.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(read,), name="interrupts", daemon=True).start()
    os.register_at_fork(after_in_child=_forget)
    sys.excepthook = _report
    # Registered first, so it runs after the functions of all libraries.
    atexit.register(_end)


def named(command: str) -> None:
    """Set the name of the command; by default, it is the last part of its module."""
    _state.command = command


def at(where: str) -> None:
    """Say in which part of the command it was interrupted."""
    _state.where = where


def advise(advice: str, seconds: float = END_SECONDS, silent: Container[int] = ()) -> None:
    """Set what the user can do after an interruption, and how long the command needs to end.

    silent: signals that end the command as intended, without a sentence.
    """
    _state.advice, _state.seconds, _state.silent = advice, seconds, silent


def check() -> None:
    """Raise Interrupted if a signal has arrived.

    A library with a handler of its own can turn a signal into any error.
    """
    # The thread that hears of a signal needs a moment.
    time.sleep(0.02)
    if _state.received is not None:
        _state.raised = _state.received
        raise Interrupted(signal.Signals(_state.received).name)


def own(process: subprocess.Popen[bytes]) -> None:
    """Kill a process if a signal ends this one, and nothing has stopped it by then."""
    _state.children = [child for child in _state.children if child.poll() is None]
    _state.children.append(process)


def _raise(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if _state.raised_at is not None and now - _state.raised_at < SAME_SECONDS:
        return
    _state.raised_at = now
    _state.raised = number
    raise Interrupted(signal.Signals(number).name)


def _watch(read: int) -> None:
    while _state.received is None:
        # The pipe also names signals of other handlers, such as SIGCHLD.
        _state.received = next((one for one in os.read(read, 64) if one in SIGNALS), None)
    if _state.received not in _state.silent:
        # Libraries log the interruption as their own error, with a traceback.
        logging.disable(logging.CRITICAL)
    time.sleep(_state.seconds)
    _kill_children()
    name = signal.Signals(_state.received).name
    seconds = f"{_state.seconds:g} s"
    print(
        f"{_command()}: ended by force, as it did not end within {seconds} after {name}. "
        "Temporary files of it can be left, but no half-written result.",
        file=sys.stderr,
        flush=True,
    )
    os._exit(128 + _state.received)


def _report(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print one sentence for an interruption, and the traceback of any other error."""
    # What libraries raise while they clean up is a consequence of the signal.
    heard = _state.received is not None and _state.received not in _state.silent
    if issubclass(kind, Exception) and _state.raised_at is None and not heard:
        sys.__excepthook__(kind, error, traceback)
        return
    # Other handlers than `_raise` can raise an error of a library.
    _state.ends_by = _state.raised or _state.received or signal.SIGINT
    if _state.ends_by in _state.silent:
        return
    name = signal.Signals(_state.ends_by).name
    where = f" in {_state.where}" if _state.where else ""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        print(f"{_command()}: interrupted by {name}{where}. {_state.advice}", file=sys.stderr)


def _end() -> None:
    if _state.ends_by is None:
        return
    _kill_children()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    signal.signal(_state.ends_by, signal.SIG_DFL)
    os.kill(os.getpid(), _state.ends_by)
    # The first process of a container ignores the signal.
    os._exit(128 + _state.ends_by)


def _kill_children() -> None:
    for process in _state.children:
        if process.poll() is None:
            process.kill()


def _forget() -> None:
    # A forked process shares the pipe: its signals must not end its parent.
    signal.set_wakeup_fd(-1)
    if signal.getsignal(signal.SIGINT) is _raise:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGTERM) is _raise:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.excepthook = sys.__excepthook__
    atexit.unregister(_end)


def _command() -> str:
    """Return the name of the command: the last part of its module, and its subcommand."""
    if _state.command is not None:
        return _state.command
    words = sys.orig_argv[sys.orig_argv.index("-m") + 1 :] if "-m" in sys.orig_argv else sys.argv
    name = words[0].removesuffix(".__main__").rpartition(".")[2]
    return " ".join([name, *(word for word in words[1:2] if not word.startswith("-"))])
