"""Run a script of this repository: `python -m <package>.platform.script <path> <arguments>`.

So Ctrl-C ends a script as it ends a command of the package, see `interrupts`: with one sentence.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from . import interrupts


def main() -> None:
    """Run the script in the first argument with the other arguments, as Python itself runs it."""
    del sys.argv[0]
    path = Path(sys.argv[0])
    interrupts.named(path.stem)
    sys.path[0] = str(path.resolve().parent)
    runpy.run_path(str(path), run_name="__main__")


if __name__ == "__main__":
    main()
