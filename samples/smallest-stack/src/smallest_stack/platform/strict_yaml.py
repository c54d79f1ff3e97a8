"""YAML in which a mapping has each key once.

PyYAML keeps the last of two equal keys, so that the value of the first one is lost without a word.
"""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Here, before the keys of `<<` join those that the file has itself.
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            name = (key.tag, key.value)
            if name in lines:
                problem = f"{key.value} is already set in line {lines[name]}: remove one of the two"
                raise yaml.MarkedYAMLError(None, None, problem, key.start_mark)
            lines[name] = key.start_mark.line + 1
        return node


def load(text: str | bytes) -> Any:
    """Parse YAML with plain values. Raises yaml.YAMLError, also for a key that occurs twice."""
    return yaml.load(text, _Loader)
