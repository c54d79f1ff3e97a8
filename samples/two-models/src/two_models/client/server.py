"""The server that answers the requests, as far as its clients know it."""

from __future__ import annotations

from collections.abc import Mapping

from ..platform.processes import free_port

# `python -m` runs it on this computer, with the section `serving` of the settings.
MODULE = "two_models.serving"
# The variables of the ports that it opens.
PORTS = ("MLOPS_SERVING__PORT",)
METRICS_PORT = "MLOPS_SERVING__PORT"
# Metrics that it exports under other names.
RECORDED: frozenset[str] = frozenset()
METRICS_PATH = "/metrics"


def addresses() -> dict[str, str]:
    """Return the variables of a service on free loopback ports."""
    ports = {variable: str(free_port()) for variable in PORTS}
    return {"MLOPS_SERVING__HOST": "127.0.0.1", **ports}


def metrics_url(variables: Mapping[str, str]) -> str:
    """Return the URL of the metrics of a service with these variables."""
    return f"http://127.0.0.1:{variables[METRICS_PORT]}{METRICS_PATH}"
