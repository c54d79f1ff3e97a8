"""Metrics of the service, with the names and labels of `client/metrics.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..client.metrics import LATENCY_SECONDS
from ..monitoring import state
from .follow import REASONS

# Why a client got no answer of the application, or lost its connection to others; see
# `connections.py`.
REFUSED = ("malformed", "head", "slow", "full", "ending")
EVICTED = ("place", "memory", "unread")
SCORE = "prediction_score"
SCORE_TITLE = "Monitored number of each prediction: a probability or a value."
NO_VERSION = "none"

# Model -> lost entries of the prediction log.
Lost = Callable[[], Mapping[str, int]]
# How long entries of the prediction log wait to be archived, in seconds.
Waiting = Callable[[], float]
# Model -> served version, its metrics in the registry, and the name of the primary one.
Served = Callable[[], Mapping[str, tuple[str, Mapping[str, float], str]]]


@dataclass(frozen=True)
class Bound:
    """Metrics of one version of one model; their labels are resolved once."""

    ok: Counter
    latency: Histogram
    rows: Counter
    score: Histogram


class ServiceMetrics:
    """Metrics of the service itself, and of the state that the batch steps recorded."""

    def __init__(
        self,
        served: Served,
        buckets: Mapping[str, Sequence[float]],
        lost: Lost = dict,
        waiting: Waiting = float,
        limits_connections: bool = True,
    ) -> None:
        """Create the metrics of one application.

        buckets: of all models, served or not: upper limits of the buckets of their scores.
        limits_connections: whether the server counts the connections that it turns away.
        """
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "prediction_requests",
            "Prediction requests by HTTP status.",
            ["model", "status", "model_version"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "prediction_latency_seconds",
            "Time from the start of a request to its answer.",
            ["model"],
            buckets=LATENCY_SECONDS,
            registry=self.registry,
        )
        self._rows = Counter("prediction_rows", "Rows scored.", ["model"], registry=self.registry)
        self._scores = {
            model: Histogram(SCORE, SCORE_TITLE, ["model"], buckets=limits, registry=None)
            for model, limits in buckets.items()
        }
        self.registry.register(ScoreCollector(list(self._scores.values())))
        self._info = Gauge(
            "model_info", "The version served.", ["model", "version"], registry=self.registry
        )
        self._looked_up = Gauge(
            "registry_last_lookup_timestamp_seconds",
            "When the champion was last looked up, or the start. Missing if versions are pinned.",
            ["model"],
            registry=self.registry,
        )
        self._missed = Counter(
            "registry_lookup_failures",
            "Failed look-ups of the champion, by what failed: the follower or the registry.",
            ["model", "reason"],
            registry=self.registry,
        )
        self.registry.register(LogCollector(lost, waiting, list(buckets)))
        self._turned_away = self._connections() if limits_connections else {}
        self._refused: dict[tuple[str, int, str], Counter] = {}
        self._loaded_at: dict[str, float] = {}
        self.registry.register(MonitoringCollector(served, list(buckets), self._loaded_at))

    def _connections(self) -> dict[str, Counter]:
        refused = Counter(
            "connections_refused",
            "Requests and connections without an answer of the application, by reason.",
            ["reason"],
            registry=self.registry,
        )
        evicted = Counter(
            "connections_evicted",
            "Connections that were closed to the benefit of others, by reason.",
            ["reason"],
            registry=self.registry,
        )
        # Of all ports. An increase is measured from the first value, so the first value is zero.
        return {
            **{reason: refused.labels(reason) for reason in REFUSED},
            **{reason: evicted.labels(reason) for reason in EVICTED},
        }

    def bind(self, model: str, version: str) -> Bound:
        """Return the metrics of a version."""
        return Bound(
            ok=self._requests.labels(model, "200", version),
            latency=self._latency.labels(model),
            rows=self._rows.labels(model),
            score=self._scores[model].labels(model),
        )

    def refused(self, model: str, status: int, version: str | None, seconds: float) -> None:
        """Count a request with another status than 200."""
        key = (model, status, version or NO_VERSION)
        if key not in self._refused:
            self._refused[key] = self._requests.labels(model, str(status), key[2])
        self._refused[key].inc()
        self._latency.labels(model).observe(seconds)

    def turned_away(self, reason: str) -> None:
        """Count a refused or evicted connection; `reason` is one of REFUSED or EVICTED."""
        self._turned_away[reason].inc()

    def follow(self) -> None:
        """Record that the service starts to look up the champions of all models."""
        for model in self._scores:
            self.looked_up(model)
            for reason in REASONS:
                # An increase is measured from the first value, so the first value is zero.
                self._missed.labels(model, reason)

    def looked_up(self, model: str) -> None:
        """Record that the registry was asked for the champion of a model, and answered."""
        self._looked_up.labels(model).set(time.time())

    def missed(self, model: str, reason: str) -> None:
        """Count a failed look-up; `reason` is one of `follow.REASONS`."""
        self._missed.labels(model, reason).inc()

    def serve(self, model: str, version: str, previous: str | None) -> None:
        """Record that a version replaced another one."""
        self._info.labels(model, version).set(1)
        self._loaded_at[model] = time.time()
        if previous is not None and previous != version:
            self._info.remove(model, previous)

    def drop(self, model: str, version: str) -> None:
        """Record that a version is not served any more."""
        self._info.remove(model, version)
        self._loaded_at.pop(model, None)

    def render(self) -> bytes:
        """Return the text format. This reads files: call it outside the event loop."""
        return generate_latest(self.registry)


class ScoreCollector(Collector):
    """Joins the histograms of all models: each task has its own buckets."""

    def __init__(self, histograms: list[Histogram]) -> None:
        """Create a collector of histograms that are in no registry."""
        self._histograms = histograms

    def describe(self) -> list[Metric]:
        """Return the family without samples: exporters find it by its name."""
        return [Metric(SCORE, SCORE_TITLE, "histogram")]

    def collect(self) -> Iterator[Metric]:
        """Yield one family with the samples of all models."""
        (family,) = self.describe()
        for histogram in self._histograms:
            for metric in histogram.collect():
                family.samples += metric.samples
        yield family


class LogCollector(Collector):
    """Counts the entries that the prediction log lost, and how long others wait."""

    def __init__(self, lost: Lost, waiting: Waiting, names: list[str]) -> None:
        """Create a collector; `names` are all models, served or not."""
        self._lost = lost
        self._waiting = waiting
        self._names = names

    def describe(self) -> list[Metric]:
        """Return the families without samples: exporters find them by their names."""
        return [
            Metric("prediction_log_lost", "Entries that were lost.", "counter"),
            Metric("prediction_log_waiting_seconds", "Age of entries that wait.", "gauge"),
        ]

    def collect(self) -> Iterator[Metric]:
        """Yield the families, each with a sample for each model."""
        lost, waited = self._lost(), self._waiting()
        family = CounterMetricFamily(
            "prediction_log_lost",
            "Answered requests that are not in the prediction log, although they were sampled.",
            labels=["model"],
        )
        waiting = GaugeMetricFamily(
            "prediction_log_waiting_seconds",
            "How long entries of the prediction log wait to be archived; 0 if none waits.",
            labels=["model"],
        )
        for model in self._names:
            family.add_metric([model], lost.get(model, 0))
            waiting.add_metric([model], waited)
        yield from (family, waiting)


class MonitoringCollector(Collector):
    """Reads the state of the monitoring and training steps at each scrape."""

    def __init__(self, served: Served, names: list[str], loaded_at: Mapping[str, float]) -> None:
        """Create a collector. See `ServiceMetrics`; `loaded_at`: load time of each version."""
        self._served = served
        self._names = names
        self._loaded_at = loaded_at

    def describe(self) -> list[Metric]:
        """Return nothing, so that the registration reads no files."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the families, each with the samples of all models."""
        psi = GaugeMetricFamily(
            "feature_drift_psi",
            "Population stability index of an input, latest window against the reference.",
            labels=["model", "feature"],
        )
        failures = CounterMetricFamily(
            "data_validation_failures",
            "Checks of the data contract that failed.",
            labels=["model"],
        )
        quality = GaugeMetricFamily(
            "model_quality",
            "Quality of the version served: on labelled production rows, else on its test rows.",
            labels=["model", "metric", "primary"],
        )
        success = GaugeMetricFamily(
            "pipeline_last_success_timestamp_seconds",
            "When a pipeline last ended well.",
            labels=["model", "pipeline"],
        )
        served = self._served()
        for model in self._names:
            known = state.read(model)
            for feature, value in known.psi.items():
                psi.add_metric([model, feature], value)
            failures.add_metric([model], known.failures)
            version, measured, primary = served.get(model, (None, {}, ""))
            if known.quality and known.quality_version == version:
                measured = known.quality
            for metric, value in measured.items():
                is_primary = "true" if metric == primary else "false"
                quality.add_metric([model, metric, is_primary], value)
            for pipeline, at in known.successes.items():
                success.add_metric([model, pipeline], at)
            if model in self._loaded_at:
                success.add_metric([model, "serving"], self._loaded_at[model])
        yield from (psi, failures, quality, success)
