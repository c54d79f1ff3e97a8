"""Write the first contract of a model: `make contract MODEL= SOURCE= TARGET=`."""

from __future__ import annotations

import argparse

from ..errors import UserError
from . import Request
from .draft import write


def main() -> None:
    """Draft contract.py, params/<model>.yaml and governance.yaml of a model from a table."""
    parser = argparse.ArgumentParser(prog="make contract", description=main.__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", default="", help="a file, a URI, or the URL of a database")
    parser.add_argument("--target", default="", help="column with the label")
    parser.add_argument("--time", help="column with the time of a row")
    parser.add_argument("--entity", help="column that identifies what a row describes")
    parser.add_argument("--label-time", help="column with the time at which the label is known")
    parser.add_argument("--positive", help="the positive one of two labels")
    parser.add_argument("--query", help="SQL that reads the rows, for a database")
    parser.add_argument("--secret", help="secret with the URL, for the source `database`")
    parser.add_argument("--force", action="store_true", help="overwrite edited files")
    given = vars(parser.parse_args())
    force = given.pop("force")
    # make passes an empty text for a variable that is not set.
    request = Request(**{name: value for name, value in given.items() if value != ""})
    if not request.source or not request.target:
        raise SystemExit(
            "make contract needs SOURCE and TARGET: make contract "
            f"MODEL={request.model} SOURCE=<file, URI or URL> TARGET=<column>"
        )
    try:
        lines = write(request, force=force)
    except UserError as error:
        raise SystemExit(f"make contract: {error}") from None
    print("\n".join(lines))


if __name__ == "__main__":
    main()
