"""Check that the tests run enough lines of each package: `make coverage`.

A package is a folder of src/<name>/; the files next to these folders count as one more. Lines that
only another process runs do not count. The exit code is 1 if a package is below `--floor` percent.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def shares(report: Path) -> dict[str, float]:
    """Return the share of lines that ran, in percent, by package."""
    lines: dict[str, list[int]] = {}
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    for path, file in files.items():
        # src, the name of the project, and the package or the file
        top, name, *rest = Path(path).parts
        package = f"{top}/{name}/{rest[0]}" if len(rest) > 1 else f"{top}/{name}"
        ran, known = lines.setdefault(package, [0, 0])
        summary = file["summary"]
        lines[package] = [ran + summary["covered_lines"], known + summary["num_statements"]]
    return {package: 100 * ran / known for package, (ran, known) in lines.items() if known}


def main() -> int:
    """Print the share of each package; return 1 if one is below the floor."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / "coverage.json")
    parser.add_argument("--floor", type=float, required=True, help="lowest share, in percent")
    given = parser.parse_args()
    found = shares(given.report)
    for package, share in sorted(found.items()):
        print(f"{share:4.0f} %  {package}")
    low = sorted(package for package, share in found.items() if share < given.floor)
    if low:
        told = f"the tests run less than {given.floor:g} % of {', '.join(low)}"
        print(f"coverage: {told}: add tests, or restore the removed ones", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    raise SystemExit(main())
