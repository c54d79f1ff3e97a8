"""Whether the image of the service needs the training framework.

`python -m <package>.platform.image` prints 1 if the framework serves the champion of a model, else
nothing.
"""

from __future__ import annotations

import sys

from ..registry import CHAMPION, get_registry
from . import artifacts, models, scoring


def native_models() -> list[str]:
    """Return the models whose champion has no ONNX file with equal scores."""
    registry = get_registry()
    champions = {name: registry.get(name, CHAMPION) for name in models.names()}
    return [
        name
        for name, champion in champions.items()
        if champion is not None
        and artifacts.read_json(f"{champion.uri}/{artifacts.MANIFEST}")["served"] == scoring.NATIVE
    ]


def main() -> None:
    """Print the value of NATIVE for the build. Without a registry, there is no champion."""
    try:
        found = native_models()
    except Exception as error:  # Of the registry's client; an image can be built without it.
        print(f"image: without the extra native: no champion was read: {error}", file=sys.stderr)
        return
    if found:
        names = ", ".join(found)
        print(f"image: with the extra native: the framework serves {names}", file=sys.stderr)
        print(1)


if __name__ == "__main__":
    main()
