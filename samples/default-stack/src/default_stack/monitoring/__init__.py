"""Monitoring: drift of the inputs, quality on late labels, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..contract import DataContract
from ..params import DriftParams

if TYPE_CHECKING:
    import pandas as pd

DRIFTED = "drifted"
STABLE = "stable"
TOO_FEW_ROWS = "too few rows"


@dataclass(frozen=True)
class FeatureDrift:
    """How far one input moved, and the value from which that counts as drift."""

    feature: str
    psi: float
    threshold: float
    drifted: bool
    bins: int


@dataclass(frozen=True)
class DriftResult:
    """Verdict over all inputs: DRIFTED, STABLE or TOO_FEW_ROWS."""

    verdict: str
    features: tuple[FeatureDrift, ...]
    rows: int
    reference_rows: int


class Detector(Protocol):
    """What every drift detector is."""

    def __call__(
        self,
        reference: pd.DataFrame,
        current: pd.DataFrame,
        contract: DataContract,
        params: DriftParams,
    ) -> DriftResult:
        """Compare the inputs of two samples, given as columns named as in the contract."""


def get_detector() -> Detector:
    """Return the drift detector of this repository. Imports it, so call it late."""
    from .drift import detect as _implementation

    return _implementation
