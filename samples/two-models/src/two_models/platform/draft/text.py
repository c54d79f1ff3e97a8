"""Write a contract as Python, formatted as ruff formats it, and change values in a YAML file."""

from __future__ import annotations

import re
import textwrap
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...contract import DataContract, Field
from ..strict_json import dumps
from .columns import Draft

# The line length of ruff if its settings name none.
WIDTH = 88

Scalar = str | int | float | bool | None


def line_length(root: Path) -> int:
    """Return the line length of ruff in the project."""
    file = root / "pyproject.toml"
    tools = tomllib.loads(file.read_text(encoding="utf-8"))["tool"] if file.is_file() else {}
    return int(tools.get("ruff", {}).get("line-length", WIDTH))


def contract_source(
    contract: DataContract,
    inputs: Sequence[Draft],
    left_out: Sequence[Draft],
    remarks: list[str],
    width: int,
) -> str:
    """Return the source of `contract.py` with a line length.

    inputs: drafts of the fields. left_out: the other columns, which become comments.
    remarks: comments at the top.
    """
    lines = ['"""The data contract of this model. Change it together with the data."""', ""]
    lines += ["from ...contract import DataContract, Field", ""]
    for remark in remarks:
        lines += _comment(remark, 0, width)
    lines.append("CONTRACT = DataContract(")
    lines += _argument("model", contract.model, width)
    for name in ("entity", "time"):
        if getattr(contract, name) is not None:
            lines += _argument(name, getattr(contract, name), width)
    lines += _argument("target", contract.target, width)
    for name in ("label_time", "time_format"):
        if getattr(contract, name) is not None:
            lines += _argument(name, getattr(contract, name), width)
    if tuple(contract.classes) != (0, 1):
        lines += _argument("classes", tuple(contract.classes), width)
    if contract.source_names:
        lines += _argument("source_names", dict(contract.source_names), width)
    lines.append("    fields=(")
    for found in inputs:
        if found.field is not None:
            for note in found.notes:
                lines += _comment(note, 8, width)
            lines += _field(found.field, 8, width)
    for found in left_out:
        lines += _comment(f"Left out: {found.column.source}: {found.left_out}", 8, width)
        if found.field is not None:
            lines += [f"        # {line.strip()}" for line in _field(found.field, 8, width)]
    lines.append("    ),")
    if contract.slices:
        lines += _argument("slices", tuple(contract.slices), width)
    lines.append(")")
    return "\n".join(lines) + "\n"


def set_value(text: str, path: str, value: Scalar | Sequence[Scalar] | dict[str, float]) -> str:
    """Return the YAML `text` with another value at `path`, such as `gates.floors`.

    Comments and all other lines stay as they are. A missing key becomes the last one of its
    section. The sections above it must be mappings in block style.
    """
    indent = _indent(text)
    lines = text.split("\n")
    keys = path.split(".")
    first, last = 0, len(lines)
    for depth, key in enumerate(keys):
        found = _block(lines, first, last, indent * depth, key)
        if found is None:
            while last > first and not lines[last - 1].strip():
                last -= 1
            added = [
                f"{indent * (depth + more)}{name}:" for more, name in enumerate(keys[depth:-1])
            ]
            lines[last:last] = [*added, *_entry(len(keys) - 1, keys[-1], value, indent)]
            return "\n".join(lines)
        first, last = found
        if depth < len(keys) - 1:
            # `key: {}` becomes a block.
            lines[first] = f"{indent * depth}{key}:"
            first += 1
    lines[first:last] = _entry(len(keys) - 1, keys[-1], value, indent)
    return "\n".join(lines)


def remove(text: str, path: str) -> str:
    """Return the YAML `text` without the key at `path` and the comment above it, if it exists."""
    indent = _indent(text)
    lines = text.split("\n")
    first, last = 0, len(lines)
    for depth, key in enumerate(path.split(".")):
        found = _block(lines, first, last, indent * depth, key)
        if found is None:
            return text
        first, last = found
        if depth < path.count("."):
            first += 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    del lines[first:last]
    return "\n".join(lines)


def _indent(text: str) -> str:
    """Return the indent of one level, which a formatter may have changed."""
    found = re.search(r"^( +)[^\s#]", text, re.MULTILINE)
    return found[1] if found else "  "


def _block(
    lines: list[str], first: int, last: int, indent: str, key: str
) -> tuple[int, int] | None:
    """Return the first line of a key and the line after its value, between two lines."""
    start = re.compile(rf"{indent}{re.escape(key)}:(\s|$)")
    for number in range(first, last):
        if start.match(lines[number]):
            end = number + 1
            while end < last and lines[end].startswith(f"{indent} "):
                end += 1
            # A comment at the end belongs to the key after it, if it has that key's indent.
            return number, end
    return None


def _entry(
    depth: int, key: str, value: Scalar | Sequence[Scalar] | dict[str, float], one: str
) -> list[str]:
    indent = one * depth
    if isinstance(value, dict):
        if not value:
            return [f"{indent}{key}: {{}}"]
        deeper = indent + one
        return [f"{indent}{key}:", *(f"{deeper}{name}: {item}" for name, item in value.items())]
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_./][\w./ -]*", value) and value.strip() == value
        text = value if plain and value.lower() not in _WORDS else dumps(value)
        return [f"{indent}{key}: {text}"]
    return [f"{indent}{key}: {dumps(value)}"]


# Words that YAML 1.1 does not read as text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})


def _comment(text: str, indent: int, width: int) -> list[str]:
    start = f"{' ' * indent}# "
    words = " ".join(text.split())
    return textwrap.wrap(
        words, width, initial_indent=start, subsequent_indent=start, break_on_hyphens=False
    )


def _argument(name: str, value: object, width: int) -> list[str]:
    return list(_fit(f"    {name}=", value, ",", width))


def _field(field: Field, indent: int, width: int) -> list[str]:
    given: list[tuple[str, object]] = [("", field.name), ("", field.kind)]
    defaults = Field("name", "float")
    for name in ("unit", "min", "max", "categories", "nullable", "unseen", "format"):
        value = getattr(field, name)
        if value != getattr(defaults, name):
            given.append((f"{name}=", value))
    margin = " " * indent
    line = f"{margin}Field({', '.join(f'{name}{_literal(value)}' for name, value in given)}),"
    if _width(line) <= width:
        return [line]
    start = f"{margin}    "
    parts = [part for name, value in given for part in _fit(f"{start}{name}", value, ",", width)]
    return [f"{margin}Field(", *parts, f"{margin}),"]


def _fit(start: str, value: object, end: str, width: int) -> Iterator[str]:
    """Yield the lines of a value, in one line if it fits, else one item a line."""
    line = f"{start}{_literal(value)}{end}"
    if _width(line) <= width or not isinstance(value, (tuple, dict)):
        yield line
        return
    indent = " " * (len(start) - len(start.lstrip()))
    opening, closing = ("(", ")") if isinstance(value, tuple) else ("{", "}")
    yield f"{start}{opening}"
    items = (
        [_literal(item) for item in value]
        if isinstance(value, tuple)
        else [f"{_literal(key)}: {_literal(item)}" for key, item in value.items()]
    )
    yield from (f"{indent}    {item}," for item in items)
    yield f"{indent}{closing}{end}"


def _literal(value: object) -> str:
    """Return a literal with double quotes, as ruff prefers them."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, tuple):
        items = ", ".join(_literal(item) for item in value)
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, dict):
        pairs = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def _string(value: str) -> str:
    quote = '"' if value.count('"') <= value.count("'") else "'"
    letters = (letter if letter in "'\"" else repr(letter)[1:-1] for letter in value)
    return f"{quote}{''.join(letters).replace(quote, chr(92) + quote)}{quote}"


def _width(line: str) -> int:
    """Return the number of columns: some letters take two."""
    return len(line) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
