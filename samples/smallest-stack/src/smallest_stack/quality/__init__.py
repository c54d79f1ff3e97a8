"""Data validation: one protocol, one implementation in its own file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract import DataContract

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Failure:
    """One check that failed on one column: on `rows` rows, of which `example` shows a value."""

    column: str
    check: str
    rows: int
    example: str


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row against the contract; return all failures, none for good data."""
    from .builtin import check as implementation

    return implementation(frame, contract)
