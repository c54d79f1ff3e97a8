"""Two commands that use the same files name each other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from default_stack.platform import locks
from default_stack.platform.errors import UserError

HOLD = """
import sys, time
from pathlib import Path
from default_stack.platform.locks import only_one

with only_one(Path(sys.argv[1]), "make demo"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_command_names_the_first(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "some.lock"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        named = re.escape(f"`make demo` (process {first.pid}, since 20")
        with pytest.raises(UserError, match=named), locks.only_one(path, "make other"):
            pass
    finally:
        first.kill()
        first.communicate()
    with locks.only_one(path, "make other"):
        assert '"make other"' in path.read_text()
    with locks.only_one(path, "make other"):
        pass
