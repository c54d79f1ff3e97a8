"""A search with Optuna. The finished trials are kept, so that a killed search continues.

A search is repeatable: the values of a trial follow from the seed and the trials before it, also
after an interruption and with several trials at the same time.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend
from optuna.trial import FrozenTrial, TrialState

from ..params import Params
from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.strict_json import dumps
from .params import SearchRange
from .result import Trial
from .scores import Scorer

STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.FAIL: "failed",
    TrialState.PRUNED: "pruned",
}
# As many complete trials are needed before one is pruned: the median of few scores says little.
UNPRUNED = 5


class Journal(BaseJournalBackend):
    """The journal of a study, in the format of Optuna's JournalFileBackend.

    An object store cannot append to a file, so `flush` writes all of it. Trials of a round reach
    the file together: it never has an unfinished one, and two searches cannot mix their lines.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        text = artifacts.read_bytes(uri).decode() if artifacts.exists(uri) else ""
        self._logs: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """Return the logs from a number on."""
        return self._logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add logs, which are lost if the process ends before `flush`."""
        self._logs += logs

    def flush(self) -> None:
        """Write all logs to the file, atomically."""
        lines = (f"{dumps(log)}\n" for log in self._logs)
        artifacts.write_bytes(self._uri, "".join(lines).encode())


def search(uri: str, scorer: Scorer, params: Params) -> list[Trial]:
    """Run the trials that the journal at `uri` lacks; return the first `tune.trials` of them.

    The first trial has the values of the parameters, so that no result is worse. Raises UserError
    if it fails.
    """
    tune = params.tune
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal = Journal(uri)
    study = optuna.create_study(
        study_name=params.model,
        storage=JournalStorage(journal),
        direction="maximize" if scorer.higher_is_better else "minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED),
        load_if_exists=True,
    )
    space = {name: _distribution(values) for name, values in tune.space.items()}
    ends = time.monotonic() + 60 * tune.timeout_minutes
    with _mapper(tune.parallel) as run:
        while (done := len(study.trials)) < tune.trials and (not done or time.monotonic() < ends):
            if done == 0:
                study.enqueue_trial({name: params.train[name] for name in space})
            # A sampler for each round, because a continued search has no state of an earlier one.
            study.sampler = optuna.samplers.TPESampler(seed=(params.seed + done) % 2**32)
            size = min(tune.parallel, tune.trials - done)
            _round(study, [study.ask(fixed_distributions=space) for _ in range(size)], scorer, run)
            journal.flush()
            for trial in study.trials[done:]:
                emit("trial", model=params.model, **_shown(trial))
    return [_shown(trial) for trial in study.trials[: tune.trials]]


# Calls a function for each item, in this thread or in several; results are in the same order.
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@contextlib.contextmanager
def _mapper(parallel: int) -> Iterator[Mapper]:
    """Return `map`, or one with threads: libraries release the interpreter while they train."""
    if parallel == 1:
        yield map
        return
    with ThreadPoolExecutor(parallel) as pool:
        yield pool.map


def _round(study: optuna.Study, trials: list[optuna.Trial], scorer: Scorer, run: Mapper) -> None:
    """Score trials, one fold after the other. All of them end before the next round."""
    scores: dict[int, list[float]] = {trial.number: [] for trial in trials}
    running = trials
    for fold in range(scorer.folds):
        found = list(run(_scored(scorer, fold), running))
        left = []
        for trial, score in zip(running, found, strict=True):
            own = scores[trial.number]
            if isinstance(score, Exception):
                if trial.number == 0:
                    raise UserError(f"the values of the section train fail: {score}") from score
                trial.set_user_attr("error", f"{type(score).__name__}: {score}")
                study.tell(trial, state=TrialState.FAIL)
                continue
            own.append(score)
            trial.set_user_attr("folds", own)
            trial.report(sum(own) / len(own), fold)
            if fold + 1 == scorer.folds:
                study.tell(trial, sum(own) / len(own))
            elif trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
            else:
                left.append(trial)
        running = left


def _scored(scorer: Scorer, fold: int) -> Callable[[optuna.Trial], float | Exception]:
    """Return a function that scores a trial in a fold, or returns the error of the library."""

    def scored(trial: optuna.Trial) -> float | Exception:
        try:
            return scorer.score(trial.params, fold)
        except (UserError, OSError, MemoryError):
            raise
        except Exception as error:
            return error

    return scored


def _distribution(values: SearchRange) -> BaseDistribution:
    if values.low is None or values.high is None:
        return CategoricalDistribution(values.choices)
    if values.integer:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _shown(trial: FrozenTrial) -> Trial:
    attributes: Mapping[str, Any] = trial.user_attrs
    return {
        "trial": trial.number,
        "state": STATES[trial.state],  # type: ignore[typeddict-item]
        "score": None if trial.state == TrialState.FAIL else trial.value,
        "folds": list(attributes.get("folds", ())),
        "values": dict(trial.params),
        "error": attributes.get("error"),
    }
