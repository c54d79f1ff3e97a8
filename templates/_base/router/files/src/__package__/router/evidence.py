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


@dataclass(frozen=True)
class Counts:
    """Requests, failures, seconds and scores of one version since it started."""

    requests: float = 0
    failures: float = 0
    seconds: Buckets = field(default_factory=dict)
    scores: Buckets = field(default_factory=dict)

    def since(self, earlier: Counts) -> Counts:
        """Return what was added. After a restart of the service, its counters begin at 0."""
        if self.requests < earlier.requests or _total(self.scores) < _total(earlier.scores):
            return self
        return Counts(
            self.requests - earlier.requests,
            self.failures - earlier.failures,
            _minus(self.seconds, earlier.seconds),
            _minus(self.scores, earlier.scores),
        )

    @property
    def error_rate(self) -> float:
        """Share of the requests that failed; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def p95(self) -> float | None:
        """95th percentile of the seconds, interpolated in its bucket; None without requests."""
        total = _total(self.seconds)
        if not total:
            return None
        lower, below = 0.0, 0.0
        for limit, count in sorted(self.seconds.items()):
            if count >= 0.95 * total:
                if math.isinf(limit):
                    return lower
                return lower + (limit - lower) * (0.95 * total - below) / (count - below)
            lower, below = limit, count
        return lower


def exported(text: str, model: str | None) -> Counts:
    """Return the counts in the metrics of a service. Raises ValueError for another format."""
    requests = failures = 0.0
    seconds: Buckets = {}
    scores: Buckets = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value in _samples(family, model):
            if name == "prediction_requests_total":
                requests += value
                if labels.get("status", "").startswith("5"):
                    failures += value
            elif name == "prediction_latency_seconds_bucket":
                _add(seconds, labels, value)
            elif name == "prediction_score_bucket":
                _add(scores, labels, value)
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


def _total(buckets: Buckets) -> float:
    return max(buckets.values(), default=0.0)


def _minus(buckets: Buckets, earlier: Buckets) -> Buckets:
    return {limit: count - earlier.get(limit, 0.0) for limit, count in buckets.items()}
