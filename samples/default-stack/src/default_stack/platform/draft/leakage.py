"""Find inputs that know the label: copies of the target, and values that are known after it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .columns import Column

# A single input that is better than this is more likely to be known only after the label than to be
# that good: the explained share of the target's variance, and the area under the ROC curve.
MOST_EXPLAINED = 0.95
MOST_AUC = 0.995
ROWS = 50_000
_BINS = 64
_ROWS_PER_BIN = 10


def copies(column: Column, target: pd.Series) -> bool:
    """Return whether the column has one value for each label: it is the target in other words."""
    values = _comparable(column)
    if pd.api.types.is_float_dtype(target) and pd.api.types.is_float_dtype(values):
        both = values.notna() & target.notna()
        if both.sum() > 2 and values[both].std() > 0:
            return abs(float(np.corrcoef(values[both], target[both])[0, 1])) > 1 - 1e-9
        return False
    pairs = pd.DataFrame({"value": values, "target": target}).dropna().drop_duplicates()
    once = pairs["value"].is_unique and pairs["target"].is_unique
    return bool(once and len(pairs) > 1)


def suspicion(column: Column, target: pd.Series) -> str | None:
    """Return why a column may be known only after the label, or None.

    target: float64 for a number, otherwise the label as text; missing where it is not known.
    """
    explained = explained_share(column, target)
    if explained >= MOST_EXPLAINED:
        return f"alone it explains {explained:.1%} of the target"
    separation = auc(column, target)
    if separation >= MOST_AUC:
        return f"alone it separates the two classes with an AUC of {separation:.3f}"
    return None


def auc(column: Column, target: pd.Series) -> float:
    """Return how well a number separates two classes, in either direction; else 0.5."""
    values = _comparable(column)
    known = values.notna() & target.notna()
    labels = target[known]
    if not pd.api.types.is_float_dtype(values) or labels.nunique() != 2:
        return 0.5
    ranks = values[known].rank().to_numpy()
    positive = (labels == labels.iloc[0]).to_numpy()
    count = int(positive.sum())
    above = ranks[positive].sum() - count * (count + 1) / 2
    area = float(above / (count * (len(labels) - count)))
    return max(area, 1 - area)


def explained_share(column: Column, target: pd.Series) -> float:
    """Return the share of the target's variance that the column alone explains; at most 1.

    Numbers are cut into bins of equal size, and missing values are a bin of their own. Each half of
    the rows is predicted from the means of the bins in the other half. For classes, it is the
    variance of their indicators.
    """
    labeled = target.notna()
    values, labels = _comparable(column)[labeled], target[labeled]
    if len(labels) > ROWS:
        chosen = np.random.default_rng(0).choice(len(labels), ROWS, replace=False)
        values, labels = values.iloc[chosen], labels.iloc[chosen]
    bins = _bins(values)
    if pd.api.types.is_float_dtype(labels):
        wanted = labels.to_numpy(dtype=np.float64)[:, None]
    else:
        wanted = pd.get_dummies(labels).to_numpy(dtype=np.float64)
    half = np.random.default_rng(1).random(len(labels)) < 0.5
    unexplained = total = 0.0
    for fitted, other in ((half, ~half), (~half, half)):
        if not fitted.any() or not other.any():
            return 0.0
        mean = wanted[fitted].mean(axis=0)
        sums = np.zeros((bins.max() + 1, wanted.shape[1]))
        np.add.at(sums, bins[fitted], wanted[fitted])
        counts = np.bincount(bins[fitted], minlength=len(sums))[:, None]
        means = np.where(counts > 0, sums / np.maximum(counts, 1), mean)
        unexplained += float(((wanted[other] - means[bins[other]]) ** 2).sum())
        total += float(((wanted[other] - mean) ** 2).sum())
    return 1 - unexplained / total if total > 0 else 0.0


def later(column: Column, time: pd.Series) -> float:
    """Return the share of the known values of a datetime column that are after `time`."""
    known = column.values.notna() & time.notna()
    return float((column.values[known] > time[known]).mean()) if known.any() else 0.0


def _comparable(column: Column) -> pd.Series:
    if column.kind == "datetime":
        seconds = column.values.astype("int64").astype("float64")
        return seconds.where(column.values.notna())
    return column.values


def _bins(values: pd.Series) -> np.ndarray:
    """Return the bin of each value; 0 is that of missing values."""
    if pd.api.types.is_float_dtype(values) and values.nunique() > _BINS:
        count = max(2, min(_BINS, len(values) // _ROWS_PER_BIN))
        bins = pd.qcut(values, count, labels=False, duplicates="drop")
        return np.asarray(bins.fillna(-1) + 1, dtype=np.int64)
    return np.asarray(pd.factorize(values)[0] + 1, dtype=np.int64)
