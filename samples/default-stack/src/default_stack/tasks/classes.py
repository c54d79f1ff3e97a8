"""What the classification tasks share: class indexes, weights, tables, gaps, slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..metrics import roc
from ..platform.errors import ContractError
from ..platform.typed import Above, value_of

if TYPE_CHECKING:
    import pandas as pd

    from ..contract import DataContract
    from . import Table

# Largest numbers of points of an ROC curve, and of curves of a plot.
MOST_POINTS = 100
MOST_CURVES = 10


def indexes(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return the index in `contract.classes` of each label, shape (n,), int64.

    1, 1.0, "1" and True are the same label, because a column with missing labels holds floats, and
    one that was read from CSV may hold text. Raises ValueError for missing or unknown labels.
    """
    missing = int(values.isna().sum())
    if missing:
        raise ValueError(f"{missing} rows have no {contract.target} yet")
    known = _known(contract)
    found = values.unique()
    unknown = sorted({str(value) for value in found if _key(value) not in known})
    if unknown:
        raise ValueError(
            f"{contract.target} has the labels {', '.join(unknown[:5])}, but the classes of the "
            f"contract are {', '.join(map(str, contract.classes))}"
        )
    mapped = values.astype(object).map({value: known[_key(value)] for value in found})
    return mapped.to_numpy(dtype=np.int64)


def check_count(contract: DataContract, least: int, most: int | None) -> None:
    """Raise ContractError unless the contract has `least` to `most` classes."""
    count = len(contract.classes)
    if count < least or (most is not None and count > most):
        expected = f"{least} classes" if most == least else f"at least {least} classes"
        raise ContractError(
            f"{contract.file}: classes has {count} values, but the task of "
            f"{contract.model} has {expected}: change classes, or task in mlops-stack.yaml"
        )


def weights(contract: DataContract, given: Any) -> dict[int, float] | Literal["balanced"] | None:
    """Return `train.class_weight`: nothing, `balanced`, or a weight for each class index.

    given: `none`, `balanced`, or label -> weight, where a label without a weight has 1. Raises
    ValueError for another value, a label that is no class, or a weight that is not above 0.
    """
    if given is None or given == "none":
        return None
    if given == "balanced":
        return "balanced"
    if not isinstance(given, Mapping):
        raise ValueError(f"train.class_weight is none, balanced or label: weight, not {given!r}")
    known = _known(contract)
    unknown = [str(label) for label in given if _key(label) not in known]
    if unknown:
        classes = ", ".join(map(str, contract.classes))
        raise ValueError(
            f"train.class_weight: {unknown[0]} is no class of the contract; it has {classes}"
        )
    problems: list[str] = []
    listed = {
        known[_key(label)]: value_of(Above, weight, f"train.class_weight.{label}", problems)
        for label, weight in given.items()
    }
    if problems:
        raise ValueError("; ".join(problems))
    return {index: listed.get(index, 1.0) for index in range(len(contract.classes))}


def row_weights(contract: DataContract, y: np.ndarray, given: Any) -> np.ndarray | None:
    """Return one weight per row, shape (n,), for libraries without class weights.

    With `balanced`, all classes have equal weight together, and the mean weight is 1.
    """
    found = weights(contract, given)
    if found is None:
        return None
    if found == "balanced":
        counts = np.bincount(y, minlength=len(contract.classes))
        each = len(y) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    else:
        each = np.array([found[index] for index in range(len(contract.classes))])
    result: np.ndarray = each[y]
    return result


def label_table(title: str, names: Sequence[str], counts: list[list[int]]) -> Table:
    """Return the labels by class. counts: result of `metrics.confusion`."""
    return {
        "title": title,
        "header": ["class", *(f"labeled {name}" for name in names)],
        "rows": [[name, *row] for name, row in zip(names, counts, strict=True)],
        "plot": "confusion",
    }


def calibration_table(header: Sequence[str], scores: np.ndarray, positive: np.ndarray) -> Table:
    """Return the mean score and the share of positives for ten ranges of the score.

    header: names of the four columns. scores, positive: shape (n,), from 0 to 1; 0 or 1.
    """
    edges = np.arange(11) / 10
    bins = np.clip(np.digitize(scores, edges) - 1, 0, 9)
    return {
        "title": "Calibration",
        "header": [*header],
        "rows": [
            [
                f"{edges[index]:.1f} to {edges[index + 1]:.1f}",
                int((bins == index).sum()),
                float(scores[bins == index].mean()),
                float(positive[bins == index].mean()),
            ]
            for index in np.unique(bins)
        ],
        "plot": "calibration",
    }


def roc_tables(y: np.ndarray, scores: Mapping[str, tuple[int, np.ndarray]]) -> list[Table]:
    """Return the ROC curve of each class against all others; no table if there is none.

    y: n class indexes. scores: name of a class -> its index and its n scores. Of many classes, only
    the most frequent ones have a curve.
    """
    counts = {name: int((y == index).sum()) for name, (index, _) in scores.items()}
    shown = sorted(scores, key=lambda name: -counts[name])[:MOST_CURVES]
    rows: list[list[str | float | int | None]] = []
    for name in (name for name in scores if name in shown):
        index, found = scores[name]
        false, true = roc((y == index).astype(np.int64), found, MOST_POINTS)
        rows += [[name, float(a), float(b)] for a, b in zip(false, true, strict=True)]
    header = ["class", "false positive rate", "true positive rate"]
    return [{"title": "ROC curve", "header": header, "rows": rows, "plot": "lines"}] if rows else []


def gaps(rates: Iterator[float]) -> float:
    """Return the difference of the largest and the smallest rate; 0 if there are none."""
    found = list(rates)
    return max(found, default=0.0) - min(found, default=0.0)


def _known(contract: DataContract) -> dict[str, int]:
    return {_key(value): index for index, value in enumerate(contract.classes)}


def _key(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def slices(groups: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each value of a column as text, in order, with a mask of its rows, shape (n,)."""
    values = groups.to_numpy(dtype=object)
    missing = groups.isna().to_numpy()
    for value in sorted(set(values[~missing]), key=str):
        yield str(value), values == value
    if missing.any():
        yield "(missing)", missing
