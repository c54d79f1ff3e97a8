"""Metrics of the router itself."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# The status of a version that gave no answer: refused, reset or too late.
NO_ANSWER = "none"


class RouterMetrics:
    """Counters of what the router did, by version: `stable` or `candidate`."""

    def __init__(self) -> None:
        """Create the metrics in a registry of their own."""
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "router_requests",
            "Predictions asked of a version, mirrored ones too, by the status of its answer.",
            ["side", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "router_request_seconds",
            "Seconds until a version answered a prediction, or failed.",
            ["side"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.degraded = Counter(
            "router_degraded",
            "Answers by the other version, or the default answer, after a version failed.",
            ["answer"],
            registry=self.registry,
        )
        self.refused = Counter(
            "router_refused",
            "Requests that reached no version.",
            ["reason"],
            registry=self.registry,
        )
        self.mirrored = Counter(
            "router_mirrored",
            "Copies of requests for the candidate: compared, failed or dropped.",
            ["result"],
            registry=self.registry,
        )
        self.difference = Histogram(
            "router_score_difference",
            "Absolute difference of the scores of one row, candidate against stable.",
            buckets=(0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0, 100.0),
            registry=self.registry,
        )
        self.weight = Gauge(
            "router_weight", "Share of the requests for the candidate.", registry=self.registry
        )
        self.phase = Gauge(
            "router_phase", "1 for the phase of the rollout.", ["phase"], registry=self.registry
        )
        self.connections = Gauge(
            "router_connections", "Open connections of clients.", registry=self.registry
        )

    def show(self, phase: str, weight: float) -> None:
        """Publish the state of the rollout."""
        self.weight.set(weight)
        for name in ("running", "promoted", "rolled_back"):
            self.phase.labels(name).set(name == phase)

    def render(self) -> bytes:
        """Return the text format."""
        return generate_latest(self.registry)
