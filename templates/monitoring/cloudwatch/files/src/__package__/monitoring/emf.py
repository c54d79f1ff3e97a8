"""Format metrics as log lines from which CloudWatch creates metrics (embedded metric format).

Names and labels are those of `/metrics`; a label becomes a dimension. CloudWatch does not aggregate
over dimensions, so each metric lists the sets of labels that it is counted for.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# A metric listed here is counted for each of these sets of labels; other metrics for all of their
# labels. `status_class` (2xx, 4xx, 5xx) is derived from `status`: alarms cannot match a pattern.
DIMENSIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "prediction_requests_total": (
        ("model",),
        ("model", "status_class"),
        ("model", "status", "model_version"),
    ),
    "model_info": (("model",), ("model", "version")),
    "feature_drift_psi": (("model",), ("model", "feature")),
    "registry_lookup_failures_total": (("model",), ("model", "reason")),
    # Alarms watch the primary metric, whose name depends on the task and the data.
    "model_quality": (("model", "metric"), ("model", "primary")),
}
UNITS: Mapping[str, str] = {
    "prediction_latency_seconds": "Seconds",
    "prediction_requests_total": "Count",
    "prediction_rows_total": "Count",
    "data_validation_failures_total": "Count",
    "prediction_log_lost_total": "Count",
    "prediction_log_waiting_seconds": "Seconds",
    "registry_lookup_failures_total": "Count",
    "connections_evicted_total": "Count",
    "connections_refused_total": "Count",
}
# Limits of the format: values of one metric, metrics of one document.
MAX_VALUES = 100
MAX_METRICS = 100


@dataclass(frozen=True)
class Distribution:
    """Values and their counts, in the form that CloudWatch uses for a histogram."""

    values: Sequence[float]
    counts: Sequence[float]


@dataclass(frozen=True)
class Sample:
    """One value of one metric with its labels."""

    name: str
    labels: Mapping[str, str]
    value: float | Distribution


def lines(namespace: str, samples: Iterable[Sample], at: float) -> Iterator[str]:
    """Yield one line of JSON, without a line break, for each set of labels.

    at: Unix time in seconds for all samples. Values such as NaN are skipped: the format has none.
    """
    groups: dict[tuple[tuple[str, str], ...], dict[str, Sample]] = {}
    for sample in samples:
        if isinstance(sample.value, Distribution) or math.isfinite(sample.value):
            groups.setdefault(tuple(sorted(sample.labels.items())), {})[sample.name] = sample
    for group in groups.values():
        known = list(group.values())
        for start in range(0, len(known), MAX_METRICS):
            yield _line(namespace, known[start : start + MAX_METRICS], at)


def _line(namespace: str, samples: Sequence[Sample], at: float) -> str:
    labels = {name: value or "none" for name, value in samples[0].labels.items()}
    if "status" in labels:
        labels["status_class"] = f"{labels['status'][:1]}xx"
    directives: dict[tuple[tuple[str, ...], ...], list[dict[str, str]]] = {}
    for sample in samples:
        sets = DIMENSIONS.get(sample.name) or (tuple(sample.labels),)
        # A set with a missing label (a model without a version) is skipped.
        own = tuple(names for names in sets if set(names) <= set(labels))
        metric = {"Name": sample.name, "Unit": UNITS.get(sample.name, "None")}
        directives.setdefault(own, []).append(metric)
    metadata = {
        "Timestamp": int(at * 1000),
        "CloudWatchMetrics": [
            {"Namespace": namespace, "Dimensions": [list(names) for names in sets], "Metrics": own}
            for sets, own in directives.items()
        ],
    }
    values = {sample.name: _value(sample.value) for sample in samples}
    return json.dumps(
        {"_aws": metadata, **labels, **values}, separators=(",", ":"), allow_nan=False
    )


def _value(value: float | Distribution) -> float | dict[str, object]:
    if not isinstance(value, Distribution):
        return value
    pairs = list(zip(value.values, value.counts, strict=True))[:MAX_VALUES]
    count = sum(count for _, count in pairs)
    return {
        "Values": [value for value, _ in pairs],
        "Counts": [count for _, count in pairs],
        "Min": min(value for value, _ in pairs),
        "Max": max(value for value, _ in pairs),
        "Sum": sum(value * count for value, count in pairs),
        "Count": count,
    }
