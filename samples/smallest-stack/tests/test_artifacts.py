"""Local copies of remote files exist as long as the process that made them."""

import os
import subprocess
import sys
from pathlib import Path

COPIES = """
import fsspec

from smallest_stack.platform import artifacts

store = fsspec.filesystem("memory")
store.pipe({"/runs/1/a.txt": b"one", "/runs/1/b/c.txt": b"two"})
folder = artifacts.local_copy("memory://runs/1")
print(folder, (folder / "a.txt").read_text(), (folder / "b/c.txt").read_text())
print(artifacts.local_copy("memory://runs/1/a.txt").read_text())
"""


def test_a_copy_lasts_as_long_as_its_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COPIES],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    folder, *contents = first.split()
    assert Path(folder).is_relative_to(tmp_path)
    assert (contents, second) == (["one", "two"], "one")
    assert list(tmp_path.iterdir()) == []
