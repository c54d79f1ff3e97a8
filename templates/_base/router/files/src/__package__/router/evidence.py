"""Numbers about a version: from the metrics that its service exports, and from the router's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from .metrics import NO_ANSWER, RouterMetrics
from .split import Side

# Cumulative counts by upper limit, as Prometheus exports them.
Buckets = dict[float, float]
SECONDS_NAME = "prediction_latency_seconds_bucket"
EXPORTED = ("prediction_requests_total", SECONDS_NAME, "prediction_score_bucket")


@dataclass(frozen=True)
class Counts:
    """Requests, failures, seconds and scores of one version since it started."""

    requests: float = 0
    failures: float = 0
    seconds: Buckets = field(default_factory=dict)
    scores: Buckets = field(default_factory=dict)

    def since(self, earlier: Counts) -> Counts:
        """Return what was added. After a restart of the service, its counters begin at 0."""
        if (
            self.requests < earlier.requests
            or total(self.seconds) < total(earlier.seconds)
            or total(self.scores) < total(earlier.scores)
        ):
            return self
        return Counts(
            self.requests - earlier.requests,
            self.failures - earlier.failures,
            _plus(self.seconds, earlier.seconds, -1),
            _plus(self.scores, earlier.scores, -1),
        )

    def plus(self, more: Counts) -> Counts:
        """Return the sum of two counts."""
        return Counts(
            self.requests + more.requests,
            self.failures + more.failures,
            _plus(self.seconds, more.seconds),
            _plus(self.scores, more.scores),
        )

    @property
    def error_rate(self) -> float:
        """Share of the requests that failed; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    def quantile(self, level: float) -> float:
        """Return a quantile of the seconds, interpolated in its bucket; 0 without requests.

        In the open last bucket, it is the lower limit of that bucket.
        """
        rank = level * total(self.seconds)
        lower, below = 0.0, 0.0
        for limit, count in sorted(self.seconds.items()):
            if count >= rank > below:
                if math.isinf(limit):
                    return lower
                return lower + (limit - lower) * (rank - below) / (count - below)
            lower, below = limit, count
        return lower


class Meter:
    """Adds up what a service exports; a restart of the service loses nothing of it."""

    def __init__(self) -> None:
        """Create a meter without counts."""
        self._last: Counts | None = None
        self._total = Counts()

    def read(self, counts: Counts) -> Counts:
        """Return what was added since the first call, for the current counters of the service."""
        if self._last is not None:
            self._total = self._total.plus(counts.since(self._last))
        self._last = counts
        return self._total


def exported(text: str, model: str | None) -> Counts:
    """Return the counts in the metrics of a service. Raises ValueError for another format."""
    requests = failures = 0.0
    seconds: Buckets = {}
    scores: Buckets = {}
    try:
        for family in text_string_to_metric_families(text):
            for name, labels, value in _samples(family, model):
                if name not in EXPORTED:
                    continue
                if not 0 <= value < math.inf:
                    raise ValueError(f"{name} is {value}")
                if name == "prediction_requests_total":
                    requests += value
                    if labels.get("status", "").startswith("5"):
                        failures += value
                else:
                    _add(seconds if name == SECONDS_NAME else scores, labels, value)
    except (KeyError, IndexError) as error:
        raise ValueError(f"no metrics in the text format: {error!r}") from None
    return Counts(requests, failures, seconds, scores)


def routed(metrics: RouterMetrics, side: Side) -> Counts:
    """Return what the router saw of a version: it counts answers that never came, too."""
    requests = failures = 0.0
    for _, labels, value in _samples_of(metrics.requests.collect(), "router_requests_total"):
        if labels["side"] == side:
            requests += value
            failures += value * (labels["status"] == NO_ANSWER or labels["status"][0] == "5")
    seconds: Buckets = {}
    for _, labels, value in _samples_of(metrics.seconds.collect(), "router_request_seconds_bucket"):
        if labels["side"] == side:
            _add(seconds, labels, value)
    return Counts(requests, failures, seconds)


def score_shift(stable: Buckets, candidate: Buckets) -> tuple[float, float]:
    """Return the population stability index of two histograms, and what chance alone reaches.

    For equal distributions the index is about (1/n + 1/m) times a chi-squared variable with one
    degree less than there are bins: B. Yurdakul, "Statistical Properties of Population Stability
    Index", 2018, https://scholarworks.wmich.edu/dissertations/3208. The second number is its mean
    plus four standard deviations. Empty bins count as half a row.
    """
    limits = sorted(set(stable) & set(candidate))
    old, new = _bins(stable, limits), _bins(candidate, limits)
    n, m = sum(old), sum(new)
    if not n or not m:
        return 0.0, math.inf
    index = 0.0
    used = 0
    for first, second in zip(old, new, strict=True):
        if first or second:
            used += 1
            p, q = max(first, 0.5) / n, max(second, 0.5) / m
            index += (q - p) * math.log(q / p)
    degrees = max(used - 1, 0)
    return index, (1 / n + 1 / m) * (degrees + 4 * math.sqrt(2 * degrees))


def _bins(buckets: Buckets, limits: list[float]) -> list[float]:
    counts = [buckets[limit] for limit in limits]
    return [max(count - below, 0.0) for below, count in zip([0.0, *counts], counts, strict=False)]


def _samples(family: Metric, model: str | None) -> Iterable[tuple[str, dict[str, str], float]]:
    for sample in family.samples:
        if model is None or sample.labels.get("model") == model:
            yield sample.name, sample.labels, sample.value


def _samples_of(
    families: Iterable[Metric], name: str
) -> Iterable[tuple[str, dict[str, str], float]]:
    for family in families:
        for found, labels, value in _samples(family, None):
            if found == name:
                yield found, labels, value


def _add(buckets: Buckets, labels: dict[str, str], value: float) -> None:
    limit = float(labels["le"])
    buckets[limit] = buckets.get(limit, 0.0) + value


def total(buckets: Buckets) -> float:
    """Return how many values a histogram has."""
    return max(buckets.values(), default=0.0)


def _plus(first: Buckets, second: Buckets, sign: int = 1) -> Buckets:
    limits = set(first) | set(second)
    return {limit: first.get(limit, 0.0) + sign * second.get(limit, 0.0) for limit in limits}
