"""The data contract of a model, as plain data that the service can import."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from .platform.errors import ContractError

Kind = Literal["float", "int", "boolean", "category", "text", "datetime"]
Label = str | int | bool

# A batch prediction adds these columns to its rows.
RESERVED = frozenset({"prediction", "model_version"})
# Models receive numbers as float32, in which a larger one would be infinite.
MOST_NUMBER = 3.4e38
_NAME = re.compile(r"[A-Za-z]\w{0,62}", re.ASCII)


@dataclass(frozen=True)
class Field:
    """One column of the contract.

    float, int: a number. `min` and `max` are inclusive and in `unit`.
    boolean: true or false; in tables also 0 or 1.
    category: a string; `categories` lists the allowed values. With `unseen="allow"`, other values
        are accepted, too, and the model treats all of them alike. An empty list allows every value.
    text: a string of any content.
    datetime: a point in time: ISO 8601, or in the source the `strptime` format `format`. `%s` and
        `%Q` stand for Unix time in seconds and in milliseconds. Without a time zone it is UTC.
    nullable: whether values may be missing.
    """

    name: str
    kind: Kind
    unit: str = ""
    min: float | None = None
    max: float | None = None
    categories: tuple[str, ...] = ()
    description: str = ""
    nullable: bool = False
    unseen: Literal["refuse", "allow"] = "refuse"
    format: str | None = None

    @property
    def is_category(self) -> bool:
        """Whether the values are strings from `categories`."""
        return self.kind == "category"

    @property
    def is_string(self) -> bool:
        """Whether the values are strings: categories or text."""
        return self.kind in ("category", "text")

    @property
    def is_number(self) -> bool:
        """Whether the model receives the values as numbers without further conversion."""
        return self.kind in ("float", "int", "boolean")


@dataclass(frozen=True, kw_only=True)
class DataContract:
    """The columns of the rows of one model.

    model: name of the model; its folder has underscores instead of hyphens.
    target: column with the label; empty until the label is known.
    fields: inputs of the model, in the order that it expects.
    entity: column that identifies what a row describes, such as a customer. Training and test rows
        never share an entity. None if the rows are unrelated.
    time: column with the time of a row, in UTC. None for rows without a time: the split is random.
    label_time: column with the time at which the label becomes known, in UTC. None if labels are
        known at once.
    time_format: format of `time` and `label_time` in the source, as `Field.format`; by default
        ISO 8601.
    classes: the label values, in the order of the classes. The last of two classes is the positive
        one. The default is 0 and 1; if it is empty, the target is a number.
    source_names: name -> column of the source, for columns with another name there.
    protected: columns that are checked for fairness; they are never inputs.
    slices: category inputs whose values define the slices for quality metrics.

    Raises ContractError, which lists all problems, if names or values do not fit together.
    """

    model: str
    target: str
    fields: tuple[Field, ...]
    entity: str | None = None
    time: str | None = None
    label_time: str | None = None
    time_format: str | None = None
    classes: tuple[Label, ...] = (0, 1)
    source_names: Mapping[str, str] = field(default_factory=dict)
    protected: tuple[Field, ...] = ()
    slices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the contract. Raises ContractError."""
        # A rule about values can be checked for values of the right type only.
        problems = list(_type_problems(self)) or list(_problems(self))
        if problems:
            raise ContractError("\n".join(f"{self.file}: {problem}" for problem in problems))

    @property
    def file(self) -> str:
        """File of this contract, as errors name it."""
        return f"models/{self.model.replace('-', '_')}/contract.py"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numeric inputs (booleans included), in order."""
        return tuple(field.name for field in self.fields if field.is_number)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the category inputs, in order."""
        return tuple(field.name for field in self.fields if field.is_category)

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the text inputs, in order."""
        return tuple(field.name for field in self.fields if field.kind == "text")

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The classes as text, as predictions have them."""
        return tuple(map(str, self.classes))

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that identify a row: entity and time, as far as they exist."""
        return tuple(name for name in (self.entity, self.time) if name is not None)


def _type_problems(contract: DataContract) -> Iterator[str]:
    for name in ("model", "target", "entity", "time", "label_time", "time_format"):
        value, required = getattr(contract, name), name in ("model", "target")
        if not isinstance(value, str) and (required or value is not None):
            yield f"{name} must be text{'' if required else ' or None'}, found {value!r}"
    for name, kind in (("fields", Field), ("protected", Field), ("slices", str)):
        values = getattr(contract, name)
        yield from _tuple_problems(name, values)
        for value in values if isinstance(values, (tuple, list)) else ():
            if not isinstance(value, kind):
                yield f"{name} has {value!r}, which is no {kind.__name__}"
            elif isinstance(value, Field):
                yield from _field_type_problems(value)
    yield from _tuple_problems("classes", contract.classes)
    sources = contract.source_names
    pairs = sources.items() if isinstance(sources, Mapping) else [(None, None)]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        yield f"source_names must map names to columns of the source, found {sources!r}"


def _tuple_problems(name: str, values: object) -> Iterator[str]:
    if not isinstance(values, (tuple, list)):
        yield (
            f"{name} must be a tuple, found {type(values).__name__}: a tuple of one value ends "
            f"with a comma, {name}=(value,)"
        )


def _field_type_problems(column: Field) -> Iterator[str]:
    where = f"field {column.name!r}"
    if not isinstance(column.name, str):
        yield f"{where}: the name must be text"
    for name, bound in (("min", column.min), ("max", column.max)):
        is_number = isinstance(bound, (int, float)) and not isinstance(bound, bool)
        if bound is not None and not (is_number and math.isfinite(bound)):
            yield f"{where}: {name} must be a number or None, found {bound!r}"
    if not isinstance(column.nullable, bool):
        yield f"{where}: nullable must be True or False, found {column.nullable!r}"
    if column.format is not None and not isinstance(column.format, str):
        yield f"{where}: format must be text or None, found {column.format!r}"
    for problem in _tuple_problems("categories", column.categories):
        yield f"{where}: {problem}"


def _problems(contract: DataContract) -> Iterator[str]:
    columns = (*contract.fields, *contract.protected)
    special = (contract.target, contract.entity, contract.time, contract.label_time)
    named = [name for name in special if name is not None]
    found = [*named, *(column.name for column in columns)]
    for name in dict.fromkeys(found):
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            better = identifier(name)
            yield (
                f"{name!r} is not a name of letters, digits and underscores: write {better!r} "
                f"instead and add {better!r}: {name!r} to source_names"
            )
        elif name in RESERVED:
            yield (
                f"{name!r} is reserved for the output of batch predictions: write "
                f"'{name}_input' instead and add '{name}_input': {name!r} to source_names"
            )
    for name, count in Counter(found).items():
        if count > 1:
            yield f"{name!r} is declared {count} times: give each column one role"
    if not contract.fields:
        yield "fields is empty: declare at least one input"
    for name in contract.source_names:
        if name not in found:
            yield f"source_names has {name!r}, which is no column of this contract"
    for name, source in contract.source_names.items():
        if source in found and source != name:
            yield (
                f"source_names takes {source!r} for {name!r}, and {source!r} is another column of "
                "this contract: give that one another name"
            )
    for name, count in Counter(contract.source_names.values()).items():
        if count > 1:
            yield f"source_names takes {name!r} {count} times: each column has one name"
    if contract.label_time is not None and contract.time is None:
        yield "label_time needs time: declare the column with the time of a row, or remove it"
    if contract.time_format is not None and "%" not in contract.time_format:
        yield "time_format must be a format of strptime, such as '%d/%m/%Y %H:%M'"
    known = set(map(str, contract.classes))
    if contract.classes and (len(known) < 2 or len(known) < len(contract.classes)):
        yield f"classes must be two or more different values, found {contract.classes!r}"
    categories = {column.name for column in contract.fields if column.is_category}
    for name in contract.slices:
        if name not in categories:
            yield f"slices has {name!r}, which is no input of the kind category"
    for column in columns:
        yield from _field_problems(column)


def _field_problems(column: Field) -> Iterator[str]:
    where = f"field {column.name!r}"
    if column.kind not in ("float", "int", "boolean", "category", "text", "datetime"):
        yield f"{where} has the unknown kind {column.kind!r}"
    if column.categories and not column.is_category:
        yield f"{where} has categories, which only the kind category has"
    if any(not isinstance(value, str) for value in column.categories):
        yield f"{where}: categories must be strings, as in categories=('1', '2')"
    elif len(set(column.categories)) < len(column.categories):
        yield f"{where}: categories has a value twice"
    elif "" in column.categories:
        yield f"{where}: an empty string counts as missing; use nullable=True"
    if column.min is not None and column.max is not None and column.min > column.max:
        yield f"{where}: min {column.min:g} is above max {column.max:g}"
    if (column.min is not None or column.max is not None) and column.kind not in ("float", "int"):
        yield f"{where}: min and max exist for float and int only"
    if column.format is not None and column.kind != "datetime":
        yield f"{where}: format exists for datetime only"
    elif column.format is not None and "%" not in column.format:
        yield f"{where}: format must be a format of strptime, such as '%d/%m/%Y'"
    if column.unseen not in ("refuse", "allow"):
        yield f"{where}: unseen must be 'refuse' or 'allow', found {column.unseen!r}"


def identifier(name: str) -> str:
    """Return a valid name that is similar to `name`, such as `grosse_cm` for `Größe (cm)`."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    ascii_only = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = re.sub(r"\W+", "_", ascii_only, flags=re.ASCII).strip("_")[:60] or "column"
    if plain[0].isdigit():
        plain = f"n_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain
