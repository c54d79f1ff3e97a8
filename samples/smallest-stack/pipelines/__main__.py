"""Run the training pipeline on this computer: `python -m pipelines --model <name>`."""

from __future__ import annotations

import argparse

from smallest_stack.data.windows import day_of
from smallest_stack.platform import models
from smallest_stack.platform.errors import UserError
from smallest_stack.platform.output import sentence, show
from smallest_stack.platform.paths import RunPaths
from smallest_stack.platform.strict_json import dumps, finite

from . import run_training, session


def main() -> None:
    """Run the pipeline once and print the decision; exit with 1 on an error, 2 if it is refused."""
    parser = argparse.ArgumentParser(prog="pipelines", description=main.__doc__)
    parser.add_argument("--model", choices=models.names(), default=models.names()[0])
    parser.add_argument("--run-dir", help="run folder; by default a new one")
    parser.add_argument("--variant", default="base", help="variant of the sample data")
    parser.add_argument("--until", default="now", help="last day of the rows, such as 2026-05-31")
    given = parser.parse_args()
    try:
        # A wrong day is reported before an orchestrator starts.
        day_of(given.until, models.load(given.model).contract)
        run_dir = given.run_dir or RunPaths.new(given.model).root
        with session():
            result = run_training(given.model, run_dir, given.variant, given.until)
        show(dumps(finite({"run": run_dir, **result}), indent=2))
    except (UserError, OSError) as error:
        raise SystemExit(f"pipeline: {sentence(error)}") from None
    if not result["accepted"]:
        raise SystemExit(2)


if __name__ == "__main__":
    main()
