"""A hash of feature code that does not depend on its layout, comments or docstrings."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    """Return the hash of a Python file, in hexadecimal. Raises SyntaxError for invalid code."""
    tree = ast.parse(path.read_bytes())
    return hashlib.sha256(repr(_outline(tree)).encode()).hexdigest()


def _outline(node: Any) -> Any:
    """Return a node as nested tuples.

    `ast.dump` differs between Python versions: newer ones have fields that are empty here.
    """
    if isinstance(node, ast.AST):
        fields = [(name, _outline(value)) for name, value in ast.iter_fields(node)]
        return (type(node).__name__, *((name, value) for name, value in fields if value))
    if isinstance(node, list):
        return tuple(_outline(item) for item in node if not _is_docstring(item))
    return (type(node).__name__, repr(node)) if node is not None else ()


def _is_docstring(node: Any) -> bool:
    """Whether a statement is a string that has no effect."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
