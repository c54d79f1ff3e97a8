"""The metrics of a service: names and labels that alert rules, dashboards and alarms read."""

from __future__ import annotations

# Upper limits of the buckets of `prediction_latency_seconds`; the latency in slo.yaml is one of
# them.
LATENCY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# Metrics that are histograms: Prometheus stores the series <name>_bucket, _count and _sum.
HISTOGRAMS = frozenset({"prediction_latency_seconds", "prediction_score"})
# Name -> labels.
METRICS: dict[str, frozenset[str]] = {
    "connections_evicted_total": frozenset({"reason"}),
    "connections_refused_total": frozenset({"reason"}),
    "data_validation_failures_total": frozenset({"model"}),
    "feature_drift_psi": frozenset({"model", "feature"}),
    "model_info": frozenset({"model", "version"}),
    "model_quality": frozenset({"model", "metric", "primary"}),
    "pipeline_last_success_timestamp_seconds": frozenset({"model", "pipeline"}),
    "prediction_latency_seconds": frozenset({"model"}),
    "prediction_log_lost_total": frozenset({"model"}),
    "prediction_log_waiting_seconds": frozenset({"model"}),
    "prediction_requests_total": frozenset({"model", "status", "model_version"}),
    "prediction_rows_total": frozenset({"model"}),
    "prediction_score": frozenset({"model"}),
    "registry_last_lookup_timestamp_seconds": frozenset({"model"}),
    "registry_lookup_failures_total": frozenset({"model", "reason"}),
}


def series() -> dict[str, frozenset[str]]:
    """Return the names of the series that Prometheus stores, with their labels."""
    found: dict[str, frozenset[str]] = {}
    for name, labels in METRICS.items():
        if name in HISTOGRAMS:
            found[f"{name}_bucket"] = labels | {"le"}
            found[f"{name}_count"] = found[f"{name}_sum"] = labels
        else:
            found[name] = labels
    return found
