"""Evaluate the Amazon States Language expressions of the definition: paths and intrinsics.

https://states-language.net/#paths and
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from typing import Any

PATH = re.compile(r"\$\$?(\.[A-Za-z_]\w*)*")
CALL = re.compile(r"States\.(\w+)\(")
TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")


class ExpressionError(Exception):
    """An expression that is invalid, or that refers to a missing value."""


class IntrinsicError(ExpressionError):
    """An intrinsic function with arguments that it cannot process."""


def evaluate(expression: str, data: Any, context: Any) -> Any:
    """Evaluate a path or an intrinsic. `data` is the value of `$`, `context` that of `$$`.

    Raises ExpressionError for a missing value and for an unsupported expression.
    """
    value, end = _value(expression, 0, data, context)
    if end != len(expression):
        raise ExpressionError(f"unexpected {expression[end:]!r} in {expression!r}")
    return value


def fill(template: Any, data: Any, context: Any) -> Any:
    """Evaluate the fields of a payload template whose names end in `.$`; keep all others."""
    if isinstance(template, list):
        return [fill(item, data, context) for item in template]
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): evaluate(value, data, context)
        if key.endswith(".$")
        else fill(value, data, context)
        for key, value in template.items()
    }


def put(path: str | None, value: Any, data: Any) -> Any:
    """Return `data` with `value` at a ResultPath: unchanged for None, replaced for `$`."""
    if path is None:
        return data
    *above, last = path.split(".")[1:] or [""]
    if not last:
        return value
    copy = dict(data)
    target = copy
    for name in above:
        target[name] = dict(target.get(name, {}))
        target = target[name]
    target[last] = value
    return copy


def _value(text: str, at: int, data: Any, context: Any) -> tuple[Any, int]:
    if call := CALL.match(text, at):
        arguments: list[Any] = []
        at = call.end()
        while not text.startswith(")", at):
            if arguments:
                at = _skip(text, at, ",")
            value, at = _value(text, at, data, context)
            arguments.append(value)
        return _call(call[1], arguments, text), at + 1
    if quoted := TEXT.match(text, at):
        return re.sub(r"\\(.)", r"\1", quoted[1]), quoted.end()
    if path := PATH.match(text, at):
        return _follow(path[0], data, context), path.end()
    raise ExpressionError(f"unsupported {text[at:] or 'end'!r} in {text!r}")


def _skip(text: str, at: int, expected: str) -> int:
    if not text.startswith(expected, at):
        raise ExpressionError(f"{expected!r} is missing before {text[at:]!r} in {text!r}")
    at += len(expected)
    while text.startswith(" ", at):
        at += 1
    return at


def _follow(path: str, data: Any, context: Any) -> Any:
    found = context if path.startswith("$$") else data
    for name in path.split(".")[1:]:
        if not isinstance(found, dict) or name not in found:
            raise ExpressionError(f"{path} does not exist: no {name!r}")
        found = found[name]
    return found


def _call(name: str, arguments: list[Any], text: str) -> Any:
    match name, arguments:
        case "Array", _:
            return arguments
        case "Format", [str() as pattern, *values] if pattern.count("{}") == len(values):
            words = [
                item if isinstance(item, str) else json.dumps(item, allow_nan=False)
                for item in values
            ]
            pieces = pattern.split("{}")
            return "".join(piece + word for piece, word in zip(pieces, [*words, ""], strict=True))
        case "StringToJson", [str() as document]:
            try:
                return json.loads(document)
            except ValueError as error:
                raise IntrinsicError(f"{text!r} is not valid JSON: {error}") from None
    raise ExpressionError(f"States.{name} with {len(arguments)} arguments is not supported")
