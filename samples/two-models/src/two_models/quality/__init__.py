"""Data validation: the interface of the tool that checks rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract import DataContract

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Failure:
    """One failed check of one column: the number of rows, and the value of one of them."""

    column: str
    check: str
    rows: int
    example: str

    def __str__(self) -> str:
        """Return the failure as part of a sentence."""
        return f"{self.column}: {self.check} fails on {self.rows} rows, e.g. {self.example}"


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row against the contract; return all failures, an empty list for valid data."""
    from .pandera import check as implementation

    return implementation(frame, contract)
