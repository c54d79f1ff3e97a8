"""The data contract of a model, as plain data that the service can import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "category"]


@dataclass(frozen=True)
class Field:
    """One column of the contract.

    `min` and `max` are inclusive and in `unit`; `categories` lists every allowed value. Values are
    always required.
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
        """Whether the values are strings from `categories`; otherwise they are numbers."""
        return self.kind == "category"


@dataclass(frozen=True)
class DataContract:
    """The columns of the rows of one model.

    model: name of the model; its folder has underscores instead of hyphens.
    entity, time: columns that identify a row; `time` is UTC.
    target: 0 or 1; empty until the label is known.
    label_time: column with the time at which the label becomes known, in UTC.
    fields: inputs of the model, in the order that it expects.
    protected: columns that are checked for fairness; they are never inputs.
    slices: category inputs whose values define the slices for quality metrics.
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
