"""Metrics for CloudWatch, as lines of the log: of the service once a minute, of a function with
each invocation, of steps at once.

Whatever keeps the log of the process in CloudWatch Logs makes metrics of these lines. In `local`
there are none.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import models
from ..platform.events import emit
from ..platform.settings import Settings
from ..serving.config import Serving
from .emf import Distribution, Sample, lines

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

LOCAL = "local"
# Kept in the store and shown by every instance: sent as it stands, where other counters are of one
# process and sent as what came in since the line before.
TOTALS = frozenset({"data_validation_failures"})
INFO = "model_info"
# What this process counts by itself; the rest is read from the store.
COUNTED = (
    "prediction_requests_total",
    "prediction_rows_total",
    "prediction_latency_seconds_bucket",
    "prediction_score_bucket",
)
# More than any catalogue of models needs; a label that runs wild must not fill the log.
MAX_LINES = 1_000
CLOSE_SECONDS = 5


@dataclass(frozen=True)
class CloudWatch:
    """Section `cloudwatch`: `namespace` of the metrics, `seconds` between two exports."""

    namespace: str
    seconds: float = 60.0


class Exporter:
    """Writes what a registry holds, by a thread of its own. Requests never wait for it."""

    def __init__(
        self,
        registry: CollectorRegistry,
        config: CloudWatch,
        names: list[str],
        write: Callable[[str], object],
        follows: bool = True,
    ) -> None:
        """Make an exporter. `names` are all models, served or not; `write` takes whole lines.

        follows: whether the service takes over what is promoted. One that is pinned to a version
        does not, and when it loaded that version is no news of a promotion.
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
        """Write what came in since the last time, and end the thread."""
        self._stop.set()
        self._thread.join(timeout=CLOSE_SECONDS)

    def export(self, counted_only: bool = False) -> int:
        """Write the metrics of now, or the COUNTED ones; return the number of lines."""
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
        """Export. What goes wrong costs these lines, never the service, and is told as an event."""
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
                # That nothing is loaded is told: without a line the whole service would be missing.
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
        """Yield what came in by bucket, as the middle of its bounds: rounding meets no bound."""
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
        """Return by how much a counter has grown since it was last asked about."""
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
    """Return what writes the metrics of a function; to be called before an invocation ends.

    Between two invocations the function stands still, and may never run again: so what it has
    counted is written each time. What it is and what the store holds is written once in `seconds`,
    by each copy: reading the store takes time that the caller waits.
    """
    if settings.env == LOCAL:
        return lambda: None
    config = settings.section("cloudwatch", CloudWatch)
    exporter = Exporter(registry, config, models.names(), _to_output, follows=False)
    due = 0.0

    def export() -> None:
        nonlocal due
        # Of the wall: other clocks may stand still with the function.
        now = time.time()
        exporter.try_export(counted_only=now < due)
        if now >= due:
            due = now + config.seconds

    return export


def record(settings: Settings, model: str, subject: str, content: Mapping[str, Any]) -> None:
    """Write what a step has just recorded about a model (`subject` of `state.py`) as metrics."""
    if settings.env == LOCAL:
        return
    config = settings.section("cloudwatch", CloudWatch)
    for line in lines(config.namespace, _recorded(model, subject, content), time.time()):
        # Where events go; standard output is for the result of a step.
        print(line, file=sys.stderr, flush=True)


def _recorded(model: str, subject: str, content: Mapping[str, Any]) -> Iterator[Sample]:
    if subject == "drift":
        for feature, value in content["psi"].items():
            yield Sample("feature_drift_psi", {"model": model, "feature": feature}, value)
    elif subject == "validation":
        yield Sample("data_validation_failures_total", {"model": model}, content["failures"])
    elif subject == "quality":
        for metric, value in content["metrics"].items():
            yield Sample("model_quality", {"model": model, "metric": metric}, value)
    elif subject == "pipelines":
        for pipeline, success in content.items():
            labels = {"model": model, "pipeline": pipeline}
            yield Sample("pipeline_last_success_timestamp_seconds", labels, success["at"])


def _to_output(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
