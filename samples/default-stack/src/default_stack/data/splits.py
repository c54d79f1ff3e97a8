"""Divide labeled rows into training and test rows.

Rows of one entity are never in both parts, and a model never trains on a label that was not known
at the time from which it is tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..contract import DataContract
from ..params import SplitParams
from ..platform.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Parts:
    """Training and test rows, in the order of the source, and the rows that are in neither.

    unlabelled_rows: the label is not known yet; of these, overdue_rows have a `label_time` that is
        not after the newest row. late_rows: older than the test rows, but the label became known
        only later than the first of them. entity_rows: their entity is in the other part.
    test_from: time of the first test row, in ISO 8601; None for a random split.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    unlabelled_rows: int
    overdue_rows: int = 0
    late_rows: int = 0
    entity_rows: int = 0
    test_from: str | None = None


def divide(frame: pd.DataFrame, contract: DataContract, params: SplitParams, seed: int) -> Parts:
    """Divide the labeled rows by time or at random.

    By time, an entity with rows before and after the cut is assigned to one part by a hash. At
    random, classes have equal shares in both parts. Raises UserError if there is nothing to divide.
    """
    if params.by == "time" and contract.time is None:
        raise UserError(
            f"split.by is time, but the contract of {contract.model} declares no time: declare it, "
            "or set split.by: random"
        )
    labelled = frame[frame[contract.target].notna()]
    if len(labelled) < 2:
        raise UserError(
            f"{len(labelled)} of {len(frame)} rows have a label in {contract.target}: a split "
            "needs at least two"
        )
    unlabelled = len(frame) - len(labelled)
    if params.by == "random" or contract.time is None:
        is_test = _drawn(labelled, contract, params.test_fraction, seed)
        return Parts(labelled[~is_test], labelled[is_test], unlabelled)
    return _by_time(frame, labelled, contract, params.test_fraction, seed)


def _by_time(
    frame: pd.DataFrame, labelled: pd.DataFrame, contract: DataContract, fraction: float, seed: int
) -> Parts:
    times = labelled[contract.time]
    newest = times.sort_values(kind="stable").tail(max(1, int(len(labelled) * fraction)))
    cut = newest.iloc[0]
    is_test = times >= cut
    is_train = ~is_test
    late = overdue = 0
    if contract.label_time is not None:
        unknown = is_train & (labelled[contract.label_time] > cut)
        is_train &= ~unknown
        late = int(unknown.sum())
        waiting = frame[frame[contract.target].isna()]
        overdue = int((waiting[contract.label_time] <= frame[contract.time].max()).sum())
    if not is_train.any():
        raise UserError(
            f"no training row is left before {cut.isoformat()}: "
            + (f"the labels of {late} older rows became known only later; " if late else "")
            + "set split.test_fraction lower, or set split.by: random"
        )
    crossing = 0
    if contract.entity is not None:
        entities = labelled[contract.entity]
        both = entities.isin(entities[is_train]) & entities.isin(entities[is_test])
        to_test = _hashed(entities, seed) < fraction
        dropped = both & ((is_train & to_test) | (is_test & ~to_test))
        crossing = int(dropped.sum())
        is_train, is_test = is_train & ~dropped, is_test & ~dropped
    for name, part in (("training", is_train), ("test", is_test)):
        if not part.any():
            raise UserError(
                f"the {name} part is empty, because each {contract.entity} is in one part only: "
                "set split.by: random, or declare no entity"
            )
    return Parts(
        labelled[is_train],
        labelled[is_test],
        len(frame) - len(labelled),
        overdue,
        late,
        crossing,
        cut.isoformat(),
    )


def _hashed(entities: pd.Series, seed: int) -> pd.Series:
    """Return a number in [0, 1) for each entity, which depends on nothing but it and the seed."""
    import pandas as pd

    hashes = pd.util.hash_pandas_object(
        entities.astype(str).astype(object), index=False, hash_key=f"{seed:016d}"[-16:]
    )
    return hashes / 2.0**64


def _drawn(labelled: pd.DataFrame, contract: DataContract, fraction: float, seed: int) -> pd.Series:
    """Draw the test rows: whole entities, and of each class the same share."""
    import pandas as pd

    rows = len(labelled)
    if contract.entity is None:
        groups = np.arange(rows)
    else:
        groups = pd.factorize(labelled[contract.entity], use_na_sentinel=False)[0]
    count = int(groups.max()) + 1
    sizes = np.bincount(groups, minlength=count)
    strata = np.zeros(count, dtype=np.int64)
    if contract.classes:
        # An entity with rows of several classes counts as the last of them.
        np.maximum.at(strata, groups, pd.factorize(labelled[contract.target], sort=True)[0])
    rng = np.random.default_rng([seed, 3])
    chosen = np.zeros(count, dtype=bool)
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        reached = np.cumsum(sizes[members])
        wanted = int(np.searchsorted(reached, reached[-1] * fraction + 0.5))
        # Each part gets rows of a class with two entities or more.
        chosen[members[: min(max(wanted, 1), len(members) - 1)]] = True
    if not chosen.any():
        raise UserError(
            f"no row can be a test row: each class has only one "
            f"{contract.entity or 'row'}; use more rows"
        )
    return pd.Series(chosen[groups], index=labelled.index)
