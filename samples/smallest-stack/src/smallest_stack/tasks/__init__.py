"""Tasks: what a model predicts, how its quality is measured, and what a prediction consists of.

`models/<model>/task.py` names the task of a model. A task is a module with the interface `Task`.
The service imports it, so it needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Protocol, TypedDict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..contract import DataContract, Label

# Metric -> value; None where the rows do not define it, as for AUC with rows of one class only.
Metrics = dict[str, float | None]


@dataclass(frozen=True)
class Output:
    """One output of a prediction: `score`, `label` and others.

    kind: type of the values. size: None for one value per row; k for k values per row. names: names
    of the k values. min, max: inclusive limits of the values.
    """

    name: str
    kind: Literal["float", "string"]
    description: str
    size: int | None = None
    names: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None


class Table(TypedDict):
    """Details of the quality of a version, for its report and its model card.

    plot: how a tracker can draw the rows. confusion: a row for each class, with one number for each
    label. calibration: the last two columns are the mean prediction and what was observed. bars: a
    name and a number. lines: the name of a line, and x and y of a point of it; documents leave such
    tables out, because they have many rows.
    """

    title: str
    header: list[str]
    rows: list[list[str | float | int | None]]
    plot: NotRequired[Literal["confusion", "calibration", "bars", "lines"]]


@dataclass(frozen=True)
class Sample:
    """The target of the sample data.

    draw: returns n labels for the inputs of n customers, and for their latent risk to leave, a
        number around 0. wrong: a value that breaks the contract.
    """

    target: str
    draw: Callable[[Mapping[str, np.ndarray], np.ndarray, np.random.Generator], np.ndarray]
    wrong: Label | float


# `raw` of n rows -> one JSON object per row, and the n monitored numbers.
MakeRows = Callable[["np.ndarray"], tuple[list[dict[str, Any]], list[float]]]


class Task(Protocol):
    """Interface of a task. `raw` is what `predict` of `model.py` returns for n rows, in float64."""

    NAME: str
    # Name of the output of `model.onnx`.
    ONNX_OUTPUT: str
    # Metrics that a gate can use, and whether a higher value is better. A primary metric is always
    # one of those where it is.
    HIGHER_IS_BETTER: Mapping[str, bool]
    # Values of the parameter `train.calibration`, in addition to `none`.
    CALIBRATIONS: tuple[str, ...]
    # Section `decision` of the parameters, with the defaults: how outputs follow from `raw`.
    DECISION: Mapping[str, float]
    # Type of each of them.
    DECISION_TYPES: Mapping[str, Any]
    # Upper limits of the buckets in which the service counts `score_of`.
    SCORE_BUCKETS: tuple[float, ...]
    SAMPLE: Sample

    def check_contract(self, contract: DataContract) -> None:
        """Raise ContractError if the classes of the contract do not fit the task."""

    def labels(self, contract: DataContract, values: pd.Series) -> np.ndarray:
        """Return the target as training needs it, shape (n,).

        int64 index of the class, or float64. Raises ValueError, which names them, for missing or
        unknown labels.
        """

    def raw(self, output: np.ndarray) -> np.ndarray:
        """Convert the output of `model.onnx` to what `predict` returns."""

    def fit_calibration(self, y: np.ndarray, raw: np.ndarray) -> dict[str, float]:
        """Fit the calibration to predictions for rows that the model has not seen."""

    def calibrated(self, raw: np.ndarray, calibration: Mapping[str, float]) -> np.ndarray:
        """Apply a result of `fit_calibration`."""

    def outputs(self, contract: DataContract) -> tuple[Output, ...]:
        """Return the outputs of a prediction, in order."""

    def predictions(
        self, contract: DataContract, raw: np.ndarray, decision: Mapping[str, float]
    ) -> dict[str, np.ndarray]:
        """Return the outputs of n rows by name."""

    def score_of(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the number of a prediction whose distribution is monitored, shape (n,)."""

    def rows(self, contract: DataContract, decision: Mapping[str, float]) -> MakeRows:
        """Return a function that does `predictions` and `score_of` for the rows of a request.

        A request has few rows: without arrays, the service answers a tenth faster.
        """

    def metrics(self, y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]) -> Metrics:
        """Return all metrics on n rows. `y`: result of `labels`."""

    def tables(
        self, contract: DataContract, y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]
    ) -> list[Table]:
        """Return details that one number per metric does not show."""

    def difference(self, found: np.ndarray, expected: np.ndarray) -> float:
        """Return the largest difference of two results of `raw`, in the unit of `TOLERANCE`."""

    def primary(self, metrics: Mapping[str, float | None]) -> str:
        """Return the metric that decides, given the metrics of a version on its test rows."""

    def by_slice(
        self, y: np.ndarray, raw: np.ndarray, groups: pd.Series, primary: str
    ) -> dict[str, Metrics]:
        """Return the number of rows and the primary metric for each value of a column."""

    def fairness(
        self, y: np.ndarray, raw: np.ndarray, groups: pd.Series, min_rows: int
    ) -> Metrics | None:
        """Return the largest gaps between groups of at least `min_rows` rows.

        None if the task defines no gap.
        """

    def check_split(self, contract: DataContract, train: pd.Series, test: pd.Series) -> None:
        """Raise UserError if the targets of the parts cannot train or measure a model."""
