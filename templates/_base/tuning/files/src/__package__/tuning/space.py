"""The search space of a model, checked against its parameters and its code."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..params import Params
from ..platform.errors import ParamsError
from ..platform.models import ModelModules
from ..platform.typed import shown, together, unknown

# `train` handles these itself: they are no arguments of a model.
FIXED = ("calibration", "seed")


def replaced(params: Params, values: Mapping[str, object]) -> Params:
    """Return the parameters with other values of `train`."""
    return msgspec.structs.replace(params, train={**params.train, **values})


def check(modules: ModelModules, params: Params) -> None:
    """Check that the model accepts the ends of each range, and that it contains the own value.

    Raises ParamsError, which names all problems.
    """
    modules.check(params)
    modules.build(params)
    problems: list[str] = []
    for name, values in params.tune.space.items():
        where = f"tune.space.{name}"
        if name in FIXED:
            problems.append(f"{where}: train.{name} cannot be searched")
        elif name not in params.train:
            problems.append(unknown(where, name, set(params.train) - set(FIXED), "tune.space"))
        elif not values.has(params.train[name]):
            own = f"train.{name}, which is {shown(params.train[name])}"
            problems.append(
                f"{where}: expected values that include {own}: the first trial takes it"
            )
        else:
            problems += _refused(modules, params, name, values.ends)
    if problems:
        raise ParamsError(together(f"params/{modules.folder}.yaml", problems))


def _refused(
    modules: ModelModules, params: Params, name: str, values: tuple[object, ...]
) -> list[str]:
    """Return the problem of the first value that the model refuses."""
    for value in values:
        try:
            modules.build(replaced(params, {name: value}))
        except ParamsError as error:
            return [f"tune.space.{name}: {error.__cause__ or error}"]
    return []
