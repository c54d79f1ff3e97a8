"""A service with a fault, for `make demo-rollout`: `python -m ... --fault <name>`.

The fault is in the model, below the service, so that the service measures and exports it itself.
"""

from __future__ import annotations

import argparse
import bisect
import dataclasses
import random
import runpy
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from . import scoring
from .columns import Columns

PACKAGE = __package__.split(".")[0]
# The service scores a sample row before it is ready, and a fault there would stop the rollout.
HEALTHY_CALLS = 1
ERROR_SHARE = 0.5
SLOW_SECONDS = 0.15
KEPT = 200

# Earlier predictions, sorted.
_held: list[tuple[float, ...]] = []


def errors(raw: np.ndarray) -> np.ndarray:
    """Fail for half of the calls."""
    if random.random() < ERROR_SHARE:
        raise RuntimeError("the demo breaks this request")
    return raw


def latency(raw: np.ndarray) -> np.ndarray:
    """Answer late."""
    time.sleep(SLOW_SECONDS)
    return raw


def scores(raw: np.ndarray) -> np.ndarray:
    """Predict the same for every row: what was predicted for the first one."""
    if not _held:
        _held.append(_values(raw[0]))
    return np.broadcast_to(np.reshape(_held[0], raw.shape[1:]), raw.shape).copy()


def labels(raw: np.ndarray) -> np.ndarray:
    """Predict the opposite from earlier predictions: high for low rows, and low for high ones.

    The distribution of the scores stays, so that only later labels show the fault.
    """
    found = np.empty_like(raw)
    for number, row in enumerate(raw):
        bisect.insort(_held, _values(row))
        if len(_held) > KEPT:
            _held.pop(random.randrange(len(_held)))
        rank = min(bisect.bisect_left(_held, _values(row)), len(_held) - 1)
        found[number] = np.reshape(_held[len(_held) - 1 - rank], raw.shape[1:])
    return found


FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "errors": errors,
    "latency": latency,
    "scores": scores,
    "labels": labels,
}


def _values(row: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in np.ravel(row))


def broken(load: Callable[..., scoring.Scorer], fault: str) -> Callable[..., scoring.Scorer]:
    """Return `scoring.load` with a fault in each model that it loads."""

    def load_broken(*given: Any, **named: Any) -> scoring.Scorer:
        scorer = load(*given, **named)
        calls = 0

        def predict(columns: Columns) -> np.ndarray:
            nonlocal calls
            calls += 1
            raw = scorer._predict(columns)
            return raw if calls <= HEALTHY_CALLS else FAULTS[fault](raw)

        return dataclasses.replace(scorer, _predict=predict)

    return load_broken


def main() -> None:
    """Run the service with a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--fault", choices=sorted(FAULTS), required=True)
    given = parser.parse_args()
    scoring.load = broken(scoring.load, given.fault)
    runpy.run_module(f"{PACKAGE}.serving", run_name="__main__")


if __name__ == "__main__":
    main()
