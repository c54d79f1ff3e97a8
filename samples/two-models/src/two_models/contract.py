"""The data contract of a model: what a row holds. Plain data, so that the service can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "category"]


@dataclass(frozen=True)
class Field:
    """One column.

    `min` and `max` are inclusive and in `unit`; `categories` lists every value allowed. A value
    is always required.
    """

    name: str
    kind: Kind
    unit: str = ""
    min: float | None = None
    max: float | None = None
    categories: tuple[str, ...] = ()
    description: str = ""

    @property
    def is_category(self) -> bool:
        """Whether values are strings out of `categories`; all others are numbers."""
        return self.kind == "category"


@dataclass(frozen=True)
class DataContract:
    """What the rows of one model hold.

    model: name as people write it (the folder has underscores for hyphens).
    entity, time: columns that identify a row; `time` is UTC.
    target: 0 or 1, empty while the label has not arrived.
    label_time: when the label becomes known, UTC.
    fields: inputs of the model, in the order in which it takes them.
    protected: columns to watch for fairness; never inputs.
    slices: category inputs by which quality is also measured.
    """

    model: str
    entity: str
    time: str
    target: str
    label_time: str
    fields: tuple[Field, ...]
    protected: tuple[Field, ...] = ()
    slices: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numeric inputs, in order."""
        return tuple(field.name for field in self.fields if not field.is_category)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the category inputs, in order."""
        return tuple(field.name for field in self.fields if field.is_category)
