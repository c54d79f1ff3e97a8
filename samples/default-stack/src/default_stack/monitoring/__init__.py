"""Monitoring: drift of the inputs, quality on late labels, and the decision to retrain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..contract import DataContract, Field
from ..params import DriftParams

if TYPE_CHECKING:
    import pandas as pd

DRIFTED = "drifted"
STABLE = "stable"
TOO_FEW_ROWS = "too few rows"


@dataclass(frozen=True)
class FeatureDrift:
    """The PSI of one input, and the threshold above which it counts as drift."""

    feature: str
    psi: float
    threshold: float
    drifted: bool
    bins: int


@dataclass(frozen=True)
class Predictions:
    """The first output of the champion: for its test rows, and for the current rows.

    field: name and kind of the output.
    """

    field: Field
    reference: pd.Series
    current: pd.Series


@dataclass(frozen=True)
class DriftResult:
    """Verdict for all inputs and the predictions: DRIFTED, STABLE or TOO_FEW_ROWS."""

    verdict: str
    features: tuple[FeatureDrift, ...]
    rows: int
    reference_rows: int
    prediction: FeatureDrift | None = None


class Detector(Protocol):
    """Interface of a drift detector."""

    def __call__(
        self,
        reference: pd.DataFrame,
        current: pd.DataFrame,
        contract: DataContract,
        params: DriftParams,
        predictions: Predictions | None = None,
    ) -> DriftResult:
        """Compare the inputs of two samples, and the predictions for them.

        The columns of both samples have the names of the contract.
        """


def get_detector() -> Detector:
    """Return the drift detector. Imports it, which is slow: call it late."""
    from .drift import detect as _implementation

    return _implementation
