"""Check that the environment that runs this file is complete: `make setup` does so at its end.

`python scripts/verify.py PACKAGE` exits with 1 and one line for each problem.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata, util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXACT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?==([^ ;,]+)")


def expected() -> dict[str, str]:
    """Return the exact versions of the default groups, without those that a marker can omit.

    A group lists the extras of this project as `NAME[EXTRA,...]`.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project.get("dependency-groups", {})
    default = project.get("tool", {}).get("uv", {}).get("default-groups", ["dev"])
    names = list(groups) if default == "all" else default
    listed = [*project["project"].get("dependencies", [])]
    listed += [item for name in names for item in groups.get(name, []) if isinstance(item, str)]
    extras = project["project"].get("optional-dependencies", {})
    own = re.compile(rf"{re.escape(project['project']['name'])}\[([^]]*)\]")
    for match in filter(None, [own.fullmatch(item.strip()) for item in listed]):
        listed += [item for name in match[1].split(",") for item in extras.get(name.strip(), [])]
    found = [EXACT.fullmatch(item.strip()) for item in listed]
    return {match[1]: match[2] for match in found if match}


def problems(package: str) -> list[str]:
    """Return what is wrong with this environment."""
    found = []
    home = Path(sys.prefix)
    if not home.samefile(ROOT / ".venv"):
        found.append(f"Python uses the environment {home}, not {ROOT / '.venv'}")
    activate = home / "bin" / "activate"
    # The Makefile compares this line with its folder.
    written = re.search(r"^VIRTUAL_ENV='(.*)'$", activate.read_text(encoding="utf-8"), re.MULTILINE)
    if written and written[1] != str(ROOT / ".venv"):
        found.append(f"{activate} was written for {written[1]}")
    spec = util.find_spec(package)
    if spec is None or not Path(spec.origin or "").resolve().is_relative_to(ROOT / "src"):
        found.append(f"the package {package} does not come from {ROOT / 'src'}")
    for name, version in expected().items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(f"{name} {version} is not installed")
            continue
        if version not in (installed, installed.partition("+")[0]):
            found.append(f"{name} is {installed} instead of {version}")
    return found


if __name__ == "__main__":
    lines = problems(sys.argv[1])
    print("".join(f"{line}\n" for line in lines), end="", file=sys.stderr)
    raise SystemExit(1 if lines else 0)
