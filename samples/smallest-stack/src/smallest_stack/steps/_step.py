"""Common code of the steps: one event per call, and a command line from the signature."""

from __future__ import annotations

import argparse
import functools
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from ..platform import artifacts, interrupts, models
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.output import full_disk, sentence, show
from ..platform.settings import load_settings
from ..platform.step_notes import note_step
from ..platform.strict_json import dumps, finite

P = ParamSpec("P")


def step(
    function: Callable[P, dict[str, Any]],
) -> Callable[P, dict[str, Any]]:
    """Emit one event per call of a step, with its duration and its result.

    A full disk is a DiskFullError, whatever a library made of it.
    """
    name, signature = function.__name__, inspect.signature(function)

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        model = kwargs.get("model", args[0] if args else None)
        started = time.perf_counter()
        try:
            result = function(*args, **kwargs)
        except Exception as raised:
            given = signature.bind_partial(*args, **kwargs).arguments
            uris = [uri for key, uri in given.items() if key.endswith("_uri") and uri]
            written = [str(path) for path in map(artifacts.local_path, uris) if path is not None]
            error = full_disk(raised, [*written, *_stores()]) or raised
            seconds = round(time.perf_counter() - started, 3)
            emit("step", step=name, model=model, status="failed", seconds=seconds, error=str(error))
            note_step(error, name)
            if error is raised:
                raise
            raise error from raised
        except BaseException as error:
            note_step(error, name)
            interrupts.at(f"step {name} of {model}")
            raise
        seconds = round(time.perf_counter() - started, 3)
        own = {"step": name, "model": model, "status": "ok", "seconds": seconds}
        emit("step", **{**result, **own})
        return result

    return wrapped


def _stores() -> list[str]:
    """Return the paths of the settings: a step writes to stores that its arguments do not name."""
    try:
        settings = load_settings()
        found = [
            settings.optional(name, key)
            for name, section in settings.values.items()
            for key in (section or ())
        ]
    except UserError:
        return []
    paths = [value.removeprefix("sqlite:///") for value in found if isinstance(value, str)]
    return [settings.resolve(path) for path in paths if "://" not in path]


def run_cli(
    function: Callable[..., dict[str, Any]], flags: Mapping[str, str] | None = None
) -> None:
    """Run a step from the command line and print its result as JSON.

    `--model` is the name of the model; a parameter `data_uri` becomes `--data`, unless `flags`
    names another flag for it. A parameter that is False by default becomes a flag without a value.
    If the step raises UserError or OSError, such as one of a full disk, print one sentence and exit
    with 1.
    """
    parser = argparse.ArgumentParser(
        prog=f"{function.__name__}", description=(inspect.getdoc(function) or "").split("\n\n")[0]
    )
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "params":
            continue
        flag = (flags or {}).get(name) or "--" + name.removesuffix("_uri").replace("_", "-")
        if parameter.default is False:
            parser.add_argument(flag, dest=name, action="store_true")
            continue
        required = parameter.default is inspect.Parameter.empty
        default_model = models.names()[0] if name == "model" and len(models.names()) == 1 else None
        parser.add_argument(
            flag,
            dest=name,
            metavar="URI" if name.endswith("_uri") else name.upper(),
            required=required and default_model is None,
            default=default_model if required else parameter.default,
        )
    try:
        show(dumps(finite(function(**vars(parser.parse_args())))))
    except (UserError, OSError) as error:
        raise SystemExit(f"{function.__name__}: {sentence(error)}") from None
