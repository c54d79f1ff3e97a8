"""Check that the environment that runs this file is complete: `make setup` does so at its end.

`python scripts/verify.py PACKAGE` exits with 1 and one line for each problem. With `--environment
NAME` in place of the package, it checks the environment in environments/NAME/.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from importlib import metadata, util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXACT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?==([^ ;,]+)")


def expected(folder: Path) -> dict[str, str]:
    """Return the exact versions of the default groups, without those that a marker can omit.

    `folder` contains pyproject.toml. A group lists the extras of its project as `NAME[EXTRA,...]`.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
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
    return found + differences(ROOT, sys.path)


def differences(folder: Path, path: list[str]) -> list[str]:
    """Return how the packages on a path differ from pyproject.toml in a folder."""
    found = []
    for name, version in expected(folder).items():
        listed = next(iter(metadata.distributions(name=name, path=path)), None)
        if listed is None:
            found.append(f"{name} {version} is not installed")
        elif version not in (listed.version, listed.version.partition("+")[0]):
            found.append(f"{name} is {listed.version} instead of {version}")
    return found


def environment_problems(name: str) -> list[str]:
    """Return what is wrong with the environment in environments/`name`."""
    folder = ROOT / "environments" / name
    if not (folder / "pyproject.toml").is_file():
        return [f"there is no environments/{name}/pyproject.toml"]
    if not (folder / ".venv" / "bin" / "python").exists():
        return [f"there is no environment in environments/{name}/.venv"]
    sites = [str(site) for site in (folder / ".venv" / "lib").glob("python*/site-packages")]
    return [f"environments/{name}: {line}" for line in differences(folder, sites)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("package", nargs="?")
    parser.add_argument("--environment")
    given = parser.parse_args()
    own = given.environment
    lines = environment_problems(own) if own else problems(given.package)
    print("".join(f"{line}\n" for line in lines), end="", file=sys.stderr)
    raise SystemExit(1 if lines else 0)
