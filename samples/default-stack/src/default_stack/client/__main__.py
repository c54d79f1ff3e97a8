"""Requests to the service: `python -m <package>.client predict` and `smoke`."""

from __future__ import annotations

import argparse

from ..platform import models
from ..platform.errors import UserError
from ..platform.sections.serving import Serving
from ..platform.settings import load_settings
from ..platform.strict_json import dumps
from .service import predict, smoke


def main() -> None:
    """Run the command line of `predict` and `smoke`."""
    parser = argparse.ArgumentParser(description="Send requests to the service.")
    parser.add_argument("command", choices=("predict", "smoke"))
    parser.add_argument("--model", default=models.names()[0])
    arguments = parser.parse_args()
    try:
        if arguments.command == "smoke":
            result = smoke(arguments.model)
        else:
            serving = load_settings().section("serving", Serving)
            result = predict(arguments.model, f"http://{serving.host}:{serving.port}")._asdict()
    except UserError as error:
        raise SystemExit(f"{arguments.command}: {error}") from None
    print(dumps(result, indent=2))


if __name__ == "__main__":
    main()
