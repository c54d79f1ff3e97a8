"""Move the date of `exclude-newer` in pyproject.toml and update uv.lock: `make bump`.

It does the same in each folder of environments/. uv ignores every release after that date. The new
date is `--days` days ago, so that a bad release can be found before this repository uses it. The
exit code is 1 if a project cannot be locked at that date; all files are then unchanged.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATE = re.compile(r'^(exclude-newer = ")(\d{4}-\d{2}-\d{2})(T00:00:00Z")$', flags=re.MULTILINE)


class BumpError(Exception):
    """The date cannot be moved; the message says what to do."""


def moved(name: str, text: str, newest: datetime.date) -> str:
    """Return a pyproject.toml with releases up to the day `newest`; the date never moves back.

    Raises BumpError if the file `name` has no such date.
    """
    found = DATE.search(text)
    if not found:
        raise BumpError(f'{name} has no line exclude-newer = "YYYY-MM-DDT00:00:00Z"')
    # The releases of that day are included.
    end = newest + datetime.timedelta(days=1)
    if end <= datetime.date.fromisoformat(found[2]):
        return text
    return DATE.sub(rf"\g<1>{end.isoformat()}\g<3>", text)


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command at the root of the repository and return its exit code.

    A signal also ends the command when it arrives while the command starts. `subprocess.run` would
    then leave the command running, and it could write after this script has restored the files.
    Raises OSError if the command cannot be started.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        # The command inherits the mask, so it has to restore it.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),
        )
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise


def lock(uv: str, project: Path) -> None:
    """Update every package in the lock of a project to the newest allowed release.

    Raises BumpError.
    """
    # In CI, these variables forbid a change of uv.lock.
    allowed = {k: v for k, v in os.environ.items() if k not in ("UV_LOCKED", "UV_FROZEN")}
    try:
        command = [uv, "lock", "--upgrade", "--quiet"]
        if project != ROOT:
            command += ["--project", str(project.relative_to(ROOT))]
        code = run(command, allowed)
    except FileNotFoundError:
        raise BumpError(f"{uv} does not exist: run make setup") from None
    if code != 0:
        raise BumpError("nothing was changed, see the message of uv above")


def main() -> int:
    """Move the dates and update the locks; return 1 if that fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--uv", default="uv", help="path of uv")
    parser.add_argument("--days", type=int, default=7, help="age of the newest release to use")
    given = parser.parse_args()
    paths = [ROOT / "pyproject.toml", *sorted(ROOT.glob("environments/*/pyproject.toml"))]
    newest = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=given.days)
    try:
        if given.days < 0:
            raise BumpError("DAYS must be 0 or more")
        after = {}
        for path in paths:
            before = path.read_text(encoding="utf-8")
            text = moved(str(path.relative_to(ROOT)), before, newest)
            if text != before:
                after[path] = text
        if not after:
            print(f"bump: exclude-newer already allows releases up to {newest}")
            return 0
        changed = [*after, *(path.with_name("uv.lock") for path in after)]
        saved = {path: path.read_bytes() if path.exists() else None for path in changed}
        try:
            for path, text in after.items():
                path.write_text(text, encoding="utf-8")
                lock(given.uv, path.parent)
        except BaseException:
            for path, content in saved.items():
                path.unlink(missing_ok=True) if content is None else path.write_bytes(content)
            raise
    except BumpError as error:
        print(f"bump: {error}", file=sys.stderr)
        return 1
    for path in after:
        name = path.with_name("uv.lock").relative_to(ROOT)
        print(f"bump: {name} has the releases up to {newest}. Next: make setup check test")
    return 0


if __name__ == "__main__":
    # SIGTERM ends the command like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        print("bump: interrupted, all files are as before", file=sys.stderr)
        raise SystemExit(130) from None
