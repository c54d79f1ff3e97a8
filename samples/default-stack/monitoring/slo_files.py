"""Write the rules of the service levels, and their tests, from `slo.yaml`: `make slo`.

With `--check`, write nothing and exit with 1 if a file differs. Layout and comments do not count,
so that a formatter can change the files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml
from slo_rules import WINDOWS, objectives, rules
from slo_tests import tests

from default_stack.platform.errors import UserError
from default_stack.platform.slo import ServiceLevels, load_slo

MONITORING = Path(__file__).resolve().parent
SOURCE = MONITORING.parent / "slo.yaml"


def files(levels: ServiceLevels) -> dict[Path, str]:
    """Return the path and text of each file that is generated from the service levels.

    Raises UserError for an objective whose fastest burn rate exceeds 100 % of the requests.
    """
    fastest = max(window.factor for window in WINDOWS)
    for objective in objectives(levels):
        if fastest * objective.budget >= 1:
            raise UserError(
                f"{SOURCE.name}: {objective.name}.ratio must be above {1 - 1 / fastest:.4g}, "
                f"found {objective.ratio:g}: a larger budget cannot burn {fastest:g} times as fast"
            )
    return {
        MONITORING / "rules" / "slo.yml": rules(levels),
        MONITORING / "tests" / "slo_test.yml": tests(levels).rstrip("\n") + "\n",
    }


def is_current(path: Path, text: str) -> bool:
    """Return whether a file has the values of the generated text."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return bool(found == yaml.safe_load(text))


def main() -> int:
    """Write the files, or compare them with `--check`."""
    parser = argparse.ArgumentParser(description="Write the rules of the service levels.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if files differ")
    only_check = parser.parse_args().check
    try:
        made = files(load_slo(SOURCE))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    different = [path for path, text in made.items() if not is_current(path, text)]
    for path in different:
        name = path.relative_to(MONITORING.parent)
        if only_check:
            print(f"{name} differs from {SOURCE.name}: run make slo", file=sys.stderr)
        else:
            path.write_text(made[path], encoding="utf-8")
            print(f"{name} written", file=sys.stderr)
    return 1 if only_check and different else 0


if __name__ == "__main__":
    sys.exit(main())
