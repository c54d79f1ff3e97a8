"""Sections of `config/<env>.yaml`: one module per section, with one struct that declares its keys.

To add a section, add a module here. It imports only `msgspec` and `..typed`, because every process
imports all sections when it reads its settings.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import msgspec


@cache
def declared() -> Mapping[str, type[msgspec.Struct]]:
    """Return the struct of each section by name."""
    found = {}
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        (found[item.name],) = (
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, msgspec.Struct)
            and value.__module__ == module.__name__
        )
    return found
