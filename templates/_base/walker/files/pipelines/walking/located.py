"""YAML definitions whose mappings and lists know the line of each entry."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from .definition import DefinitionError


class Mapping(dict[str, Any]):
    """A mapping of a YAML file. `line`: its first line. `lines`: the line of each key."""

    line: int = 0
    lines: dict[str, int]


class Sequence(list[Any]):
    """A list of a YAML file. `line`: its first line. `lines`: the line of each item."""

    line: int = 0
    lines: list[int]


class Source:
    """One YAML file. `name`: its name in messages. `documents`: its content."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self.documents: list[Mapping] = list(yaml.load_all(text, _Loader))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise DefinitionError(f"{name}:{line}: {error.problem}") from None
        for document in self.documents:
            if not isinstance(document, Mapping):
                raise DefinitionError(f"{name}:1: a document must be a mapping")

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a file."""
        return cls(path.name, path.read_text(encoding="utf-8"))

    def error(self, line: int, problem: str) -> DefinitionError:
        """Return an error that names the file and the line."""
        return DefinitionError(f"{self.name}:{line}: {problem}")

    def fields(
        self, found: object, line: int, known: Collection[str], needed: Iterable[str] = ()
    ) -> Mapping:
        """Return a mapping; reject an unknown field, a missing required one, and any other value.

        line: that of the key whose value `found` is.
        """
        if not isinstance(found, Mapping):
            raise self.error(line, f"expected fields, found {found!r}")
        for key in found:
            if key not in known:
                raise self.error(found.lines[key], f"{key} is not supported here")
        for key in sorted(set(needed) - set(found)):
            raise self.error(found.line, f"{key} is missing")
        return found


class _Loader(yaml.SafeLoader):
    """Safe YAML, with lines and without duplicate keys."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Mapping:
    loader.flatten_mapping(node)
    found = Mapping()
    found.line, found.lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in found:
            problem = "occurs twice" if key in found else "is not a name"
            raise yaml.MarkedYAMLError(None, None, f"{key} {problem}", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = key_node.start_mark.line + 1
    return found


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Sequence:
    found = Sequence(loader.construct_object(item, deep=True) for item in node.value)
    found.line = node.start_mark.line + 1
    found.lines = [item.start_mark.line + 1 for item in node.value]
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
