"""The service exports the metrics that rules and dashboards read."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from default_stack.client.metrics import LATENCY_SECONDS, series
from default_stack.monitoring import state
from default_stack.serving.metrics import ServiceMetrics


def test_the_series_have_the_names_and_labels_of_the_contract(home: Path) -> None:
    state.record_drift("m", {"feature": 0.1})
    state.record_validation("m", 0)
    state.record_success("m", "training")
    metrics = ServiceMetrics(lambda: {"m": ("1", {"auc": 0.8}, "auc")}, {"m": (0.5, 1.0)})
    metrics.serve("m", "1", None)
    metrics.follow()
    bound = metrics.bind("m", "1")
    bound.ok.inc()
    bound.rows.inc()
    bound.latency.observe(0.01)
    bound.score.observe(0.5)
    found: dict[str, set[str]] = {}
    bounds = set()
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
            if sample.name == "prediction_latency_seconds_bucket":
                bounds.add(float(sample.labels["le"]))
    assert found == {name: set(labels) for name, labels in series().items()}
    assert bounds == {*LATENCY_SECONDS, float("inf")}
