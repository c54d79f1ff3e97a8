"""Section `tune` of the parameters of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from ..platform.typed import Count, Finite

# The step may take 120 minutes: the trials of the last round need time to end.
Minutes = Annotated[int, msgspec.Meta(ge=1, le=110)]
Folds = Annotated[int, msgspec.Meta(ge=2, le=20)]
Parallel = Annotated[int, msgspec.Meta(ge=1, le=64)]


class SearchRange(msgspec.Struct, frozen=True):
    """The values of one parameter of `train` that trials may take.

    low, high: inclusive limits. log: trials are spread over the orders of magnitude. integer: only
        whole numbers.
    choices: the values themselves, in place of the limits.
    """

    low: Finite | None = None
    high: Finite | None = None
    log: bool = False
    integer: bool = False
    choices: tuple[str | float | int | bool | None, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for a range without values."""
        if self.choices:
            if (self.low, self.high, self.log, self.integer) != (None, None, False, False):
                raise ValueError("has choices, so low, high, log and integer do not apply")
            if len(set(self.choices)) < max(2, len(self.choices)):
                raise ValueError("choices: expected two different values or more")
            return
        if self.low is None or self.high is None:
            raise ValueError("expected low and high, or choices")
        if self.low >= self.high:
            raise ValueError(
                f"low is {self.low:g}: expected less than high, which is {self.high:g}"
            )
        if self.log and self.low <= 0:
            raise ValueError(f"low is {self.low:g}: expected a number above 0, because log is true")
        if self.integer and (self.low % 1 or self.high % 1):
            raise ValueError("low and high: expected whole numbers, because integer is true")

    @property
    def ends(self) -> tuple[object, ...]:
        """The values at the ends of the range, or all choices."""
        if self.low is None or self.high is None:
            return self.choices
        return tuple(int(end) if self.integer else end for end in (self.low, self.high))

    def has(self, value: object) -> bool:
        """Whether a trial may take the value."""
        if self.low is None or self.high is None:
            return any(type(one) is type(value) and one == value for one in self.choices)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and self.low <= value <= self.high  # type: ignore[operator]


class TuneParams(msgspec.Struct, frozen=True):
    """Search of parameters before training.

    trials: number of trials; 0 turns the search off.
    folds: parts of the training rows in which each trial is scored.
    parallel: trials that run at the same time.
    timeout_minutes: no trial starts after this time.
    space: parameter of `train` -> its values.
    """

    trials: Count = 20
    folds: Folds = 3
    parallel: Parallel = 1
    timeout_minutes: Minutes = 60
    space: Mapping[str, SearchRange] = {}
