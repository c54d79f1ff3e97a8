"""Write metrics for CloudWatch as log lines: for the service once a minute, for a function with
each invocation, for steps immediately.

CloudWatch Logs creates metrics from these lines. The environment `local` writes none.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..platform import models
from ..platform.events import emit
from ..platform.sections.cloudwatch import CloudWatch
from ..platform.sections.serving import Serving
from ..platform.settings import Settings
from .emf import Distribution, Sample, lines

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

LOCAL = "local"
# A total that is kept in the store and reported by every instance: exported as is. Other counters
# belong to one process and are exported as the increase since the previous line.
TOTALS = frozenset({"data_validation_failures"})
INFO = "model_info"
# Metrics that this process counts itself; the others are read from the store.
COUNTED = (
    "prediction_requests_total",
    "prediction_rows_total",
    "prediction_log_lost_total",
    "prediction_latency_seconds_bucket",
    "prediction_score_bucket",
)
# Far above the number of models in use; limits the log if a label has too many values.
MAX_LINES = 1_000
CLOSE_SECONDS = 5


class Exporter:
    """Export the metrics of a registry in a separate thread, so that requests are never delayed."""

    def __init__(
        self,
        registry: CollectorRegistry,
        config: CloudWatch,
        names: list[str],
        write: Callable[[str], object],
        follows: bool = True,
    ) -> None:
        """Create an exporter. `names` are all models, served or not; `write` takes whole lines.

        follows: whether the service loads newly promoted versions. A service with a pinned version
        does not, so its load time says nothing about a promotion.
        """
        self._registry = registry
        self._config = config
        self._names = names
        self._write = write
        self._follows = follows
        self._seen: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloudwatch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Write the metrics since the last export, and end the thread."""
        self._stop.set()
        self._thread.join(timeout=CLOSE_SECONDS)

    def export(self, counted_only: bool = False) -> int:
        """Write the current metrics, or only the COUNTED ones; return the number of lines."""
        samples = self._counted() if counted_only else self._samples()
        found = list(lines(self._config.namespace, samples, time.time()))
        if len(found) > MAX_LINES:
            emit("cloudwatch_lines_dropped", dropped=len(found) - MAX_LINES)
        for line in found[:MAX_LINES]:
            self._write(f"{line}\n")
        return len(found[:MAX_LINES])

    def _run(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stop.wait(self._config.seconds)
            self.try_export()

    def try_export(self, counted_only: bool = False) -> None:
        """Export. A failure loses these lines, is logged as an event and does not raise."""
        try:
            self.export(counted_only)
        except Exception as error:
            emit("cloudwatch_export_failed", error=str(error))

    def _counted(self) -> Iterator[Sample]:
        for metric in self._registry.restricted_registry(COUNTED).collect():
            yield from self._of(metric)

    def _samples(self) -> Iterator[Sample]:
        served = set()
        for metric in self._registry.collect():
            for sample in self._of(metric):
                if sample.name == INFO:
                    served.add(sample.labels["model"])
                if self._follows or sample.labels.get("pipeline") != "serving":
                    yield sample
        for name in self._names:
            if name not in served:
                # Without a line for each unloaded model, the service would seem to be down.
                yield Sample(INFO, {"model": name}, 0.0)

    def _of(self, metric: Metric) -> Iterator[Sample]:
        if metric.type == "histogram":
            yield from self._histograms(metric)
            return
        for sample in metric.samples:
            if metric.type == "counter" and metric.name not in TOTALS:
                new = self._new(sample.name, sample.labels, sample.value)
                if new > 0:
                    yield Sample(sample.name, sample.labels, new)
            else:
                yield Sample(sample.name, sample.labels, sample.value)

    def _histograms(self, metric: Metric) -> Iterator[Sample]:
        """Yield the increase per bucket at its midpoint, so that rounding cannot reach a bound."""
        buckets: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        for sample in metric.samples:
            if sample.name == f"{metric.name}_bucket":
                labels = {name: text for name, text in sample.labels.items() if name != "le"}
                count = self._new(sample.name, sample.labels, sample.value)
                own = buckets.setdefault(tuple(sorted(labels.items())), [])
                own.append((float(sample.labels["le"]), count))
        for key, bounds in buckets.items():
            values, counts = [], []
            low = below = 0.0
            for bound, upto in sorted(bounds):
                if upto > below:
                    values.append((low + bound) / 2 if bound < float("inf") else 2 * low)
                    counts.append(upto - below)
                low, below = bound, upto
            if values:
                yield Sample(metric.name, dict(key), Distribution(values, counts))

    def _new(self, name: str, labels: Mapping[str, str], value: float) -> float:
        """Return the increase of a counter since the previous call."""
        key = (name, tuple(sorted(labels.items())))
        before = self._seen.get(key, 0.0)
        self._seen[key] = value
        return value - before


def start(settings: Settings, registry: CollectorRegistry) -> Callable[[], None]:
    """Export a registry to standard output until the returned function is called."""
    if settings.env == LOCAL:
        return lambda: None
    config = settings.section("cloudwatch", CloudWatch)
    follows = not settings.section("serving", Serving).pinned
    exporter = Exporter(registry, config, models.names(), _to_output, follows)
    exporter.start()
    return exporter.close


def by_invocation(settings: Settings, registry: CollectorRegistry) -> Callable[[], None]:
    """Return a function that writes the metrics; call it before an invocation ends.

    Lambda suspends the process between two invocations and may never resume it, so counters are
    written each time. Metrics about the process and from the store are written once per
    `seconds` by each instance, because the caller waits while the store is read.
    """
    if settings.env == LOCAL:
        return lambda: None
    config = settings.section("cloudwatch", CloudWatch)
    exporter = Exporter(registry, config, models.names(), _to_output, follows=False)
    due = 0.0

    def export() -> None:
        nonlocal due
        # The wall clock: other clocks may stop while the function is suspended.
        now = time.time()
        exporter.try_export(counted_only=now < due)
        if now >= due:
            due = now + config.seconds

    return export


def record(settings: Settings, model: str, subject: str, content: Mapping[str, Any]) -> None:
    """Write the values that a step recorded for a model (`subject` of `state.py`) as metrics."""
    if settings.env == LOCAL:
        return
    config = settings.section("cloudwatch", CloudWatch)
    for line in lines(config.namespace, _recorded(model, subject, content), time.time()):
        # Standard error, like events; standard output is for the result of a step.
        print(line, file=sys.stderr, flush=True)


def _recorded(model: str, subject: str, content: Mapping[str, Any]) -> Iterator[Sample]:
    if subject == "drift":
        for feature, value in content["psi"].items():
            yield Sample("feature_drift_psi", {"model": model, "feature": feature}, value)
    elif subject == "validation":
        yield Sample("data_validation_failures_total", {"model": model}, content["failures"])
    elif subject == "quality":
        for metric, value in content["metrics"].items():
            is_primary = "true" if metric == content["primary"] else "false"
            labels = {"model": model, "metric": metric, "primary": is_primary}
            yield Sample("model_quality", labels, value)
    elif subject == "pipelines":
        for pipeline, success in content.items():
            labels = {"model": model, "pipeline": pipeline}
            yield Sample("pipeline_last_success_timestamp_seconds", labels, success["at"])


def _to_output(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
