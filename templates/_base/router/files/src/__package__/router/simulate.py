"""Proof of the A/B test by simulation: `python -m <package>.router.simulate`.

500 streams of two equal versions, with a look every 50 requests; the test stops at the first look
below the level. A stream that stops is a false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STREAMS = 500
REQUESTS = 10_000
LOOK = 50
# Labels of each version before the first look, like `limits.min_outcomes`.
BURN_IN = 100
LEVEL = 0.05
# Loss of 1 in one of five requests, and an effect of five points: a quarter more errors.
RATE = 0.2
EFFECT = 0.05


@dataclass(frozen=True)
class Result:
    """Share of the streams that stopped, and the 95 % interval of it (Wilson 1927)."""

    stopped: int
    streams: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the streams that stopped."""
        return self.stopped / self.streams


def run(effect: float, seed: int, streams: int = STREAMS, requests: int = REQUESTS) -> Result:
    """Simulate streams of 0/1 losses, split in halves by chance; `effect` is the candidate's."""
    random = np.random.default_rng(seed)
    stopped = 0
    looks = np.arange(LOOK, requests + 1, LOOK) - 1
    for _ in range(streams):
        candidate = random.random(requests) < 0.5
        loss = random.random(requests) < np.where(candidate, RATE + effect, RATE)
        counts = [np.cumsum(side)[looks] for side in (~candidate, candidate)]
        sums = [np.cumsum(loss & side)[looks] for side in (~candidate, candidate)]
        stopped += bool((_p_values(counts, sums) < LEVEL).any())
    return _result(stopped, streams)


def _p_values(counts: list[np.ndarray], sums: list[np.ndarray]) -> np.ndarray:
    """Return the p-values of all looks: `sequential.compare` for arrays of 0/1 losses."""
    count = [np.maximum(values, 2) for values in counts]
    mean = [total / number for total, number in zip(sums, count, strict=True)]
    variance = [
        part * (1 - part) * number / (number - 1) for part, number in zip(mean, count, strict=True)
    ]
    error = variance[0] / count[0] + variance[1] / count[1]
    mixture = (variance[0] + variance[1]) / 2 / 100
    usable = (np.minimum(*counts) >= BURN_IN) & (error > 0)
    error = np.where(error > 0, error, 1.0)
    shift = mean[1] - mean[0]
    log_ratio = 0.5 * np.log(error / (error + mixture)) + mixture * shift**2 / (
        2 * error * (error + mixture)
    )
    return np.where(usable, np.exp(-np.maximum(log_ratio, 0.0)), 1.0)


def _result(stopped: int, streams: int) -> Result:
    z = 1.959964
    share = stopped / streams
    center = (share + z * z / (2 * streams)) / (1 + z * z / streams)
    half = (z / (1 + z * z / streams)) * np.sqrt(
        share * (1 - share) / streams + z * z / (4 * streams * streams)
    )
    return Result(stopped, streams, float(center - half), float(center + half))


def main() -> None:
    """Print false alarms and power."""
    for title, effect in (("false alarms", 0.0), (f"found, effect {EFFECT}", EFFECT)):
        found = run(effect, seed=14)
        print(
            f"{title}: {found.stopped} of {found.streams} streams of {REQUESTS} requests, "
            f"a look every {LOOK}, level {LEVEL:.0%}: {found.share:.1%} "
            f"(95 % interval {found.low:.1%} to {found.high:.1%})"
        )


if __name__ == "__main__":
    main()
