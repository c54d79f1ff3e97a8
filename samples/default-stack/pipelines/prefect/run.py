"""Run the flow in this process, with the server of the session."""

from __future__ import annotations

from typing import Any

from default_stack.platform import models

from .server import api_url, is_temporary, session


def run_training(
    model: str, run_dir: str, variant: str = "base", until: str = "now"
) -> dict[str, Any]:
    """Train, evaluate and register one model; promote it if the gate accepts it.

    `run_dir` is the folder of the run, `variant` the variant of the sample data, `until` the last
    day of the rows, or "now" for all of them. Returns version, accepted, decision, metrics and
    promoted. A step that fails ends the run with its error.
    """
    with session():
        # These imports run while a temporary server starts, which takes longer.
        from prefect import tags
        from prefect.settings import PREFECT_API_URL, temporary_settings
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY as HEARTBEAT

        from .flows import training

        framework = models.load(model).model.FRAMEWORK
        # A temporary server does not detect crashed flows, and each flow would wait for its
        # heartbeat thread to end.
        heartbeat = {HEARTBEAT: None} if is_temporary() else {}
        with temporary_settings({PREFECT_API_URL: api_url(), **heartbeat}), tags(framework):
            return training(model, run_dir, variant, until)
