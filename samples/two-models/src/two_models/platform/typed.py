"""Values of a YAML file or of environment variables, checked against declared types.

A type is a `msgspec.Struct` whose fields have ranges:

    class Limits(msgspec.Struct, frozen=True):
        port: Port = 8000
        share: Fraction = 0.5

`read` converts nothing: a value has the declared type and is in its range, or it is a problem. It
collects all problems instead of stopping at the first one.
"""

from __future__ import annotations

import collections.abc
import math
import re
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml
from msgspec import Meta, inspect

from . import strict_yaml
from .errors import UserError
from .events import emit

S = TypeVar("S", bound=msgspec.Struct)

Port = Annotated[int, Meta(ge=1, le=65_535)]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Finite = Annotated[float, Meta(description="a number")]
Above = Annotated[float, Meta(gt=0)]
"""A number above 0: an interval in seconds, an index."""
AtLeastZero = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(gt=0, lt=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
ShareAboveZero = Annotated[float, Meta(gt=0, le=1)]
Text = Annotated[str, Meta(pattern=r"\S", description="text that is not empty")]
Url = Annotated[str, Meta(pattern=r"^https?://\S+$", description="an http or https URL")]
Cron = Annotated[
    str,
    Meta(pattern=r"^(@\w+|\S+( +\S+){4})$", description="a cron expression with five fields"),
]

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}
_told: set[str] = set()


def load_yaml(path: Path, name: str, error: type[UserError]) -> dict[str, Any]:
    """Read a YAML file that holds keys and values. Raises `error`, which names the line."""
    try:
        values = strict_yaml.load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        reason = getattr(problem, "problem", None) or str(problem)
        raise error(f"{where}: not valid YAML: {reason}") from problem
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise error(f"{name}: expected keys and values, found {shown(values)}")
    return values


def read(kind: type[S], values: object, key: str, problems: list[str]) -> S | None:
    """Convert the mapping `values` to the struct `kind`; None stands for an empty mapping.

    key: the dotted name of the mapping, or "" for a whole file.
    problems: gets one line for each wrong value, unknown key and missing key, and for a ValueError
        of `__post_init__`; then None is returned.

    An optional class attribute `RENAMED` of `kind` maps old names of fields to new ones. Old names
    are accepted, with an event that names the new one.
    """
    before = len(problems)
    if not isinstance(values, (Mapping, type(None))):
        problems.append(f"{key}: expected keys and values, found {shown(values)}")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    given: dict[str, Any] = {}
    for name, value in _renamed(kind, values or {}, key, problems).items():
        dotted = f"{key}.{name}" if key else name
        if name in fields:
            given[name] = value_of(fields[name].type, value, dotted, problems)
        else:
            problems.append(unknown(dotted, name, fields, key))
    for name, field in fields.items():
        if field.required and name not in given:
            dotted = f"{key}.{name}" if key else name
            problems.append(f"{dotted}: not set; expected {allowed(field.type)}")
    if len(problems) > before:
        return None
    try:
        return kind(**given)
    except ValueError as error:
        problems.append(f"{key}: {error}" if key else str(error))
        return None


def value_of(kind: Any, value: object, key: str, problems: list[str]) -> Any:
    """Check one value; a wrong one is added to `problems`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return read(kind, value, key, problems)
    if typing.get_origin(kind) in (dict, collections.abc.Mapping):
        if value is None:
            return {}
        if isinstance(value, Mapping):
            item = typing.get_args(kind)[1]
            return {
                str(name): value_of(item, entry, f"{key}.{name}", problems)
                for name, entry in value.items()
            }
    try:
        return convert(value, kind)
    except ValueError as error:
        problems.append(f"{key}: {error}")
        return None


def convert(value: object, kind: Any) -> Any:
    """Check a value of a YAML file. Raises ValueError, which says what is allowed."""
    try:
        return _checked(value, kind)
    except ValueError:
        hint = _hint(value, kind)
    raise ValueError(f"expected {allowed(kind)}, found {shown(value)}{hint}")


def parse(text: str, kind: Any) -> Any:
    """Parse the text of an environment variable. Raises ValueError, which says what is allowed.

    A number is written in decimal digits, a boolean is `true` or `false`, and the values of a list
    are separated by commas. An empty text is None if the type allows it.
    """
    try:
        return _checked(_parsed(text, inspect.type_info(kind)), kind)
    except ValueError:
        raise ValueError(f"expected {allowed(kind)}, found {shown(text)}") from None


def option(train: Mapping[str, Any], name: str, kind: Any) -> Any:
    """Check one value of the section `train`. Raises ValueError, which names it."""
    if name not in train:
        raise ValueError(f"train.{name}: not set; expected {allowed(kind)}")
    try:
        return convert(train[name], kind)
    except ValueError as error:
        raise ValueError(f"train.{name}: {error}") from None


def options(train: Mapping[str, Any], known: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return the values of the section `train`, with defaults for those that are not set.

    known: name -> default and type. Raises ValueError, which lists all unknown names and wrong
    values.
    """
    problems: list[str] = []
    found = {name: default for name, (default, _) in known.items()}
    for name, value in train.items():
        if name in known:
            found[name] = value_of(known[name][1], value, f"train.{name}", problems)
        else:
            problems.append(unknown(f"train.{name}", name, known, "train"))
    if problems:
        raise ValueError("; ".join(problems))
    return found


def allowed(kind: Any) -> str:
    """Say in words which values a type allows."""
    return _words(inspect.type_info(kind))


def shown(value: object) -> str:
    """Return a value as an error message prints it: at most 80 characters."""
    text = "null" if value is None else repr(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= 80 else f"{text[:77]}..."


def unknown(key: str, name: str, known: Iterable[str], above: str = "") -> str:
    """Return the line for an unknown key, with the nearest known one."""
    import difflib

    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    if near:
        return f"{key}: unknown; did you mean {f'{above}.' if above else ''}{near[0]}?"
    return f"{key}: unknown; expected one of {', '.join(names)}"


def together(name: str, problems: list[str]) -> str:
    """Return one message for all problems of a file."""
    if len(problems) == 1:
        return f"{name}: {problems[0]}"
    return "\n  ".join([f"{name} has {len(problems)} problems:", *problems])


def _renamed(
    kind: type[S], values: Mapping[Any, Any], key: str, problems: list[str]
) -> dict[str, Any]:
    names: Mapping[str, str] = getattr(kind, "RENAMED", {})
    given = {str(name): value for name, value in values.items()}
    for old, new in names.items():
        if old not in given:
            continue
        if new in given:
            problems.append(f"{key}.{old}: the old name of {key}.{new}; remove one of them")
        elif f"{key}.{old}" not in _told:
            _told.add(f"{key}.{old}")
            emit("renamed", key=f"{key}.{old}", use=f"{key}.{new}")
        given.setdefault(new, given.pop(old))
    return given


def _checked(value: object, kind: Any) -> Any:
    found = msgspec.convert(value, kind)
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError(found)
    return found


def _parsed(text: str, info: inspect.Type) -> Any:
    if isinstance(info, inspect.Metadata):
        return _parsed(text, info.type)
    if isinstance(info, inspect.UnionType):
        if text == "" and any(isinstance(item, inspect.NoneType) for item in info.types):
            return None
        return _parsed(
            text, next(item for item in info.types if not isinstance(item, inspect.NoneType))
        )
    if isinstance(info, inspect.BoolType):
        return _BOOLEANS.get(text.lower(), text)
    if isinstance(info, inspect.IntType):
        return int(text) if _WHOLE.fullmatch(text) else text
    if isinstance(info, inspect.FloatType):
        return float(text) if _NUMBER.fullmatch(text) else text
    if isinstance(info, (inspect.VarTupleType, inspect.ListType)):
        items = [item.strip() for item in text.split(",")] if text.strip() else []
        return [_parsed(item, info.item_type) for item in items]
    return text


def _hint(value: object, kind: Any) -> str:
    if isinstance(value, str):
        try:
            parsed = parse(value, kind)
        except ValueError:
            return ""
        if isinstance(parsed, (bool, int, float)):
            return f"; write {shown(parsed)} without quotes"
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        try:
            _checked(str(value), kind)
        except ValueError:
            return ""
        return "; write it in quotes"
    return ""


def _words(info: inspect.Type) -> str:
    if isinstance(info, inspect.Metadata):
        schema = info.extra_json_schema or {}
        return str(schema["description"]) if "description" in schema else _words(info.type)
    if isinstance(info, inspect.UnionType):
        items = [item for item in info.types if not isinstance(item, inspect.NoneType)]
        words = [_words(item) for item in items]
        return " or ".join(words if len(items) == len(info.types) else [*words, "null"])
    if isinstance(info, (inspect.IntType, inspect.FloatType)):
        return _number_words(info)
    if isinstance(info, inspect.LiteralType):
        return f"one of {', '.join(str(value) for value in info.values)}"
    if isinstance(info, (inspect.VarTupleType, inspect.ListType)):
        least = f" of at least {info.min_length}" if info.min_length else ""
        return f"a list{least}, each item {_words(info.item_type)}"
    if isinstance(info, inspect.DictType):
        return f"names, each with {_words(info.value_type)}"
    simple = {
        inspect.AnyType: "a finite value",
        inspect.BoolType: "true or false",
        inspect.StrType: "text",
    }
    return simple.get(type(info), "keys and values")


def _number_words(info: inspect.IntType | inspect.FloatType) -> str:
    noun = "a whole number" if isinstance(info, inspect.IntType) else "a number"
    if info.ge is not None and info.le is not None:
        return f"{noun} from {info.ge} to {info.le}"
    limits = [
        f"{word} {limit}"
        for word, limit in (
            ("of at least", info.ge),
            ("above", info.gt),
            ("below", info.lt),
            ("of at most", info.le),
        )
        if limit is not None
    ]
    return " ".join([noun, " and ".join(limits)]).strip()
