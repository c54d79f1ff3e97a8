"""Signals end a command soon, with one sentence, and only the command itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

INSTALL = """
import ctypes, os, signal, subprocess, sys, time
from smallest_stack.platform import interrupts
interrupts.install()
"""
# A busy computer can need longer than usual to end a process.
PATIENT = 'interrupts.advise("You can run it again.", seconds=60)\n'
WAIT = f"""{PATIENT}
print("ready", flush=True)
time.sleep(60)
"""
# An unanswered lock of the C library: no signal handler of Python runs.
STUCK = """
interrupts.advise("", seconds=0.2)
child = subprocess.Popen(["sleep", "60"])
interrupts.own(child)
lock = ctypes.create_string_buffer(128)
mutex = ctypes.CDLL(None).pthread_mutex_lock
mutex(lock)
print(child.pid, flush=True)
mutex(lock)
"""
CLEANS = f"""{PATIENT}
try:
    print("ready", flush=True)
    time.sleep(60)
finally:
    print("cleaned", flush=True)
    raise OSError("a consequence of the signal")
"""
# A library with a handler of its own turns the signal into another error, and logs it.
TRANSLATES = f"""{PATIENT}
import logging
class Ended(BaseException): pass
def end(number, frame): raise Ended
signal.signal(signal.SIGTERM, end)
try:
    print("ready", flush=True)
    time.sleep(60)
except Ended:
    time.sleep(0.1)
    logging.getLogger("library").error("crashed\\n" * 50)
    try:
        raise ValueError("the state is not set")
    except ValueError as error:
        interrupts.check()
        raise
"""
# A pool of worker processes ends its workers with SIGTERM.
FORKS = """
interrupts.advise("", seconds=0.2)
read, write = os.pipe()
worker = os.fork()
if worker == 0:
    os.write(write, b"1")
    time.sleep(60)
    os._exit(0)
os.read(read, 1)
os.kill(worker, signal.SIGTERM)
_, status = os.waitpid(worker, 0)
time.sleep(0.6)
print(os.waitstatus_to_exitcode(status))
"""


def _start(program: str) -> tuple[subprocess.Popen[str], str]:
    """Start a command, and return it with its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", INSTALL + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def _runs(process: str) -> bool:
    """Return whether a process exists; a zombie waits only to be collected."""
    if not Path("/proc").is_dir():
        # macOS has no /proc.
        command = ["ps", "-o", "stat=", "-p", process]
        state = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
        return state != "" and not state.startswith("Z")
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_by_itself_with_one_sentence(number: signal.Signals) -> None:
    process, _ = _start(WAIT)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -number
    assert len(said.splitlines()) == 1
    assert f"interrupted by {number.name}" in said


def test_an_error_during_the_cleanup_is_not_reported_instead() -> None:
    process, _ = _start(CLEANS)
    process.send_signal(signal.SIGTERM)
    output, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert output == "cleaned\n"
    assert len(said.splitlines()) == 1


def test_an_error_that_a_library_makes_of_the_signal_is_not_reported_instead() -> None:
    process, _ = _start(TRANSLATES)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert len(said.splitlines()) == 1
    assert "interrupted by SIGTERM" in said


@pytest.mark.skipif(sys.platform != "linux", reason="the layout of the lock is that of Linux")
def test_a_command_that_does_not_react_is_ended_with_its_processes() -> None:
    process, child = _start(STUCK)
    time.sleep(0.3)  # until it waits for the lock
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "ended by force" in said
    end = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < end, "its process is still there"
        time.sleep(0.02)


def test_a_signal_for_a_forked_worker_does_not_end_the_command() -> None:
    process, status = _start(FORKS)
    process.communicate(timeout=60)
    assert (process.returncode, status) == (0, str(-signal.SIGTERM))


def test_an_ignored_signal_stays_ignored() -> None:
    program = "print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN, flush=True)"
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    done = subprocess.run(
        [sys.executable, "-c", f"{ignore}\n{INSTALL}{program}"], capture_output=True, text=True
    )
    assert done.stdout == "True\n", done.stderr


def test_an_error_without_a_signal_keeps_its_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{INSTALL}raise OSError('a bug')"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
