"""Which inputs can change a prediction: other values of one input at a time, in some test rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .columns import Columns
from .scoring import Scorer

MOST_ROWS = 1_000
FEWEST_ROWS = 50
# Upper limit of the rows that are scored, over all inputs, as long as an input has FEWEST_ROWS.
BUDGET = 200_000


def effects(scorer: Scorer, train: Columns, test: Columns, seed: int) -> dict[str, float | None]:
    """Return input -> largest change of a prediction when only this input has another value.

    The other values are drawn from the different values in the training rows, so that rare ones
    are among them. The unit is that of `difference` of the task. None for an input that has a
    single value in the training rows: a model cannot learn from it.
    """
    rng = np.random.default_rng([seed, 13])
    rows = _rows_of(test)
    count = min(rows, MOST_ROWS, max(FEWEST_ROWS, BUDGET // len(test)))
    chosen = np.sort(rng.choice(rows, count, replace=False))
    columns = {name: values[chosen] for name, values in test.items()}
    expected = scorer.raw(columns)
    found: dict[str, float | None] = {}
    for name in columns:
        known = np.unique(train[name])
        if len(known) < 2:
            found[name] = None
            continue
        changed = {**columns, name: known[rng.integers(0, len(known), count)]}
        found[name] = scorer.task.difference(scorer.raw(changed), expected)
    return found


def _rows_of(columns: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(columns.values())))
