"""Metrics as log lines that CloudWatch turns back into metrics: the embedded metric format.

Names and labels are those of `/metrics`; a label becomes a dimension. CloudWatch adds nothing up
over dimensions by itself, so each metric says over which of its labels it is counted.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# A metric that stands here is counted for each of these sets of labels, any other for all of its
# own. `status_class` (2xx, 4xx, 5xx) is made of `status`: alarms cannot look for a pattern.
DIMENSIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "prediction_requests_total": (
        ("model",),
        ("model", "status_class"),
        ("model", "status", "model_version"),
    ),
    "model_info": (("model",), ("model", "version")),
    "feature_drift_psi": (("model",), ("model", "feature")),
}
UNITS: Mapping[str, str] = {
    "prediction_latency_seconds": "Seconds",
    "prediction_requests_total": "Count",
    "prediction_rows_total": "Count",
    "data_validation_failures_total": "Count",
}
# Limits of the format: values of one metric, metrics of one document.
MAX_VALUES = 100
MAX_METRICS = 100


@dataclass(frozen=True)
class Distribution:
    """Values and how often each of them was there, as CloudWatch takes a histogram."""

    values: Sequence[float]
    counts: Sequence[float]


@dataclass(frozen=True)
class Sample:
    """One value of one metric with its labels."""

    name: str
    labels: Mapping[str, str]
    value: float | Distribution


def lines(namespace: str, samples: Iterable[Sample], at: float) -> Iterator[str]:
    """Yield one line of JSON for each set of labels, without an end of line.

    at: Unix time in seconds, of all samples. What is no number is left out: the format has none.
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
        # A set of which a label is missing here (a model without a version) is left out.
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
    return json.dumps({"_aws": metadata, **labels, **values}, separators=(",", ":"))


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
