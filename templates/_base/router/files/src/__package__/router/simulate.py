"""Proof of the judgment by simulation: `python -m <package>.router.simulate`.

Streams: two equal versions are compared with a look every 50 requests, and the test stops at the
first look below the level. A stream that stops is a false alarm; with an effect, it is a finding.

Rollouts: simulated counts of two versions are judged until the verdict. A good candidate that is
rolled back, and a bad one that is promoted, are errors.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from .config import Backend, Config, Limits
from .evidence import Buckets, Counts
from .judgment import Evidence, Judge
from .metrics import SECONDS
from .sequential import Sample
from .split import Side
from .state import State

RUNS = 500
REQUESTS = 10_000
LOOK = 50
# Labels of each version before the first look, like `limits.min_outcomes`.
BURN_IN = Limits().min_outcomes
LEVEL = 0.05


@dataclass(frozen=True)
class Result:
    """Share of the runs with an outcome, and its 95 % interval.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22, 1927, pages 209-212.
    """

    hits: int
    runs: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the runs."""
        return self.hits / self.runs

    def __str__(self) -> str:
        return (
            f"{self.hits} of {self.runs}: {self.share:.1%} "
            f"(95 % interval {self.low:.1%} to {self.high:.1%})"
        )


@dataclass(frozen=True)
class Metric:
    """Losses of single requests. The effect raises the mean loss of the candidate.

    draw: (random, count, effect) -> losses. split: share of the candidate.
    """

    name: str
    draw: Callable[[np.random.Generator, int, float], np.ndarray]
    effect: float
    split: float = 0.5


def _errors(rate: float) -> Callable[[np.random.Generator, int, float], np.ndarray]:
    return lambda random, count, effect: (random.random(count) < rate + effect).astype(float)


METRICS = (
    # A quarter more errors.
    Metric("share of errors, 20 %", _errors(0.2), 0.05),
    Metric("share of errors, 2 %, 5 % of the requests", _errors(0.02), 0.04, split=0.05),
    # Squared errors of a regression with a tenth of a standard deviation more error: 1.1**2 - 1.
    Metric(
        "squared error",
        lambda random, count, effect: random.standard_normal(count) ** 2 * (1 + effect),
        0.21,
    ),
    # The absolute error of a score, with a tenth of its standard deviation more.
    Metric(
        "absolute error of a score",
        lambda random, count, effect: random.beta(2, 5, count) + effect,
        0.016,
    ),
)


def stream(metric: Metric, effect: float, seed: int, runs: int = RUNS) -> Result:
    """Simulate streams of REQUESTS requests and count those that the test stops."""
    random = np.random.default_rng(seed)
    looks = np.arange(LOOK, REQUESTS + 1, LOOK) - 1
    hits = 0
    for _ in range(runs):
        candidate = random.random(REQUESTS) < metric.split
        loss = np.where(
            candidate, metric.draw(random, REQUESTS, effect), metric.draw(random, REQUESTS, 0.0)
        )
        hits += bool((p_values(loss, candidate, looks) < LEVEL).any())
    return _result(hits, runs)


def p_values(loss: np.ndarray, candidate: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Return the p-values of all looks: `sequential.compare` for arrays.

    loss: float64 [requests]. candidate: bool [requests]. looks: index of the last request of each.
    """
    counts, means, squares = [], [], []
    for side in (~candidate, candidate):
        count = np.maximum(np.cumsum(side)[looks], 2)
        mean = np.cumsum(loss * side)[looks] / count
        counts.append(count)
        means.append(mean)
        squares.append(np.maximum(np.cumsum(loss**2 * side)[looks] - count * mean**2, 0.0))
    both = counts[0] + counts[1]
    shift = means[1] - means[0]
    variances = [total / (count - 1) for total, count in zip(squares, counts, strict=True)]
    between = shift**2 * counts[0] * counts[1] / both
    pooled = (squares[0] + squares[1] + between) / (both - 1)
    error = np.maximum(
        variances[0] / counts[0] + variances[1] / counts[1],
        pooled * (1 / counts[0] + 1 / counts[1]),
    )
    mixture = (variances[0] + variances[1]) / 2 / 100
    usable = (np.minimum(*counts) >= BURN_IN) & (error > 0)
    error = np.where(error > 0, error, 1.0)
    log_ratio = 0.5 * np.log(error / (error + mixture)) + mixture * shift**2 / (
        2 * error * (error + mixture)
    )
    return np.where(usable, np.exp(-np.maximum(log_ratio, 0.0)), 1.0)


@dataclass(frozen=True)
class Version:
    """How a simulated version answers.

    errors: share of failed requests. seconds: median of its log-normal latency, and spread: its
    standard deviation of the logarithm. scores: parameters of their beta distribution. loss: share
    of wrong labels.
    """

    errors: float = 0.01
    seconds: float = 0.02
    spread: float = 0.6
    scores: tuple[int, int] = (2, 5)
    loss: float = 0.2


GOOD = Version()
BAD: Mapping[str, Version] = {
    "errors": replace(GOOD, errors=0.1),
    "latency": replace(GOOD, seconds=0.1),
    "scores": replace(GOOD, scores=(4, 3)),
    "loss": replace(GOOD, loss=0.35),
}
MODES = ("canary", "rolling", "blue-green", "shadow")
# Requests between two looks: 40 requests/s and a look every 5 s. Their labels arrive a look later.
AT_ONCE = 200
MAX_LOOKS = 2_000
SCORES = tuple(number / 10 for number in range(1, 10))


def rollouts(candidate: Version, mode: str, seed: int, runs: int = RUNS) -> Result:
    """Simulate rollouts and count those that roll the candidate back."""
    config = Config(
        mode=mode,  # type: ignore[arg-type]
        stable=Backend(url="http://stable", version="1"),
        candidate=Backend(url="http://candidate", version="2"),
        state="",
        outcomes="",
        limits=Limits(require_outcomes=True),
    )
    random = np.random.default_rng(seed)
    hits = sum(_rolled_back(config, candidate, random) for _ in range(runs))
    return _result(hits, runs)


def _rolled_back(config: Config, candidate: Version, random: np.random.Generator) -> bool:
    judge = Judge(config)
    state = State("1", "2", config.mode, "running", config.shares[0])
    versions: dict[Side, Version] = {"stable": GOOD, "candidate": candidate}
    counts: dict[Side, Counts] = {"stable": Counts(), "candidate": Counts()}
    # Labels of each version, the wrong ones, and those of the last look, which arrive now.
    labels: dict[Side, list[int]] = {"stable": [0, 0, 0], "candidate": [0, 0, 0]}
    for _ in range(MAX_LOOKS):
        now = {side: Evidence(found, found) for side, found in counts.items()}
        judged = judge.look(state, now, (_sample(labels["stable"]), _sample(labels["candidate"])))
        state = judged.state
        if judged.result == "next":
            step = state.step + 1
            state = state.replace(step=step, weight=config.shares[step])
        elif judged.result != "wait":
            return judged.result == "rolled_back"
        moved = int(random.binomial(AT_ONCE, state.weight))
        asked: dict[Side, int] = {"stable": AT_ONCE - moved, "candidate": moved}
        if config.mode == "shadow":
            asked["candidate"] = AT_ONCE
        for side, number in asked.items():
            counts[side] = counts[side].plus(_answers(versions[side], number, random))
            count, wrong, late = labels[side]
            wrong += int(random.binomial(late, versions[side].loss))
            labels[side] = [count + late, wrong, number]
    raise AssertionError("the judge does not decide")


def _sample(labels: list[int]) -> Sample:
    count, wrong, _ = labels
    if not count:
        return Sample()
    return Sample(count, wrong / count, wrong * (1 - wrong / count))


def _answers(version: Version, number: int, random: np.random.Generator) -> Counts:
    failures = int(random.binomial(number, version.errors))
    seconds = random.multinomial(number, _shares(_below_seconds, version))
    scores = random.multinomial(number - failures, _shares(_below_score, version))
    return Counts(
        number,
        failures,
        _cumulative(seconds, SECONDS),
        _cumulative(scores, SCORES),
    )


@cache
def _shares(below: Callable[[Version], list[float]], version: Version) -> np.ndarray:
    """Return the probability of each bucket of a histogram."""
    return np.diff([0.0, *below(version), 1.0])


def _below_seconds(version: Version) -> list[float]:
    """Return the log-normal distribution function at the limits of the buckets."""
    middle, scale = math.log(version.seconds), version.spread * math.sqrt(2)
    return [(1 + math.erf((math.log(limit) - middle) / scale)) / 2 for limit in SECONDS]


def _below_score(version: Version) -> list[float]:
    """Return the beta distribution function at the limits, for parameters that are integers.

    It is a sum of binomial probabilities: https://dlmf.nist.gov/8.17#E5
    """
    first, second = version.scores
    n = first + second - 1
    return [
        sum(math.comb(n, j) * limit**j * (1 - limit) ** (n - j) for j in range(first, n + 1))
        for limit in SCORES
    ]


def _cumulative(buckets: np.ndarray, limits: tuple[float, ...]) -> Buckets:
    return dict(zip((*limits, math.inf), np.cumsum(buckets).astype(float).tolist(), strict=True))


def _result(hits: int, runs: int) -> Result:
    z = 1.959964
    share = hits / runs
    center = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = (z / (1 + z * z / runs)) * (share * (1 - share) / runs + (z / (2 * runs)) ** 2) ** 0.5
    return Result(hits, runs, max(center - half, 0.0), min(center + half, 1.0))


def main() -> None:
    """Print how often the judgment is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=14)
    given: Any = parser.parse_args()
    print(f"Streams of {REQUESTS} requests, a look every {LOOK}, level {LEVEL:.0%}")
    for metric in METRICS:
        alarms = stream(metric, 0.0, given.seed, given.runs)
        found = stream(metric, metric.effect, given.seed, given.runs)
        print(f"{metric.name}: false alarms {alarms}; effect +{metric.effect} found {found}")
    print("Rollouts that were rolled back")
    for mode in MODES:
        for name, version in {"good candidate": GOOD, **BAD}.items():
            print(f"{mode}, {name}: {rollouts(version, mode, given.seed, given.runs)}")


if __name__ == "__main__":
    main()
