"""The server that answers the requests, as far as its clients know it."""

from __future__ import annotations

# `python -m` runs it on this computer, with the section `serving` of the settings.
MODULE = "smallest_stack.serving"
METRICS_PATH = "/metrics"
