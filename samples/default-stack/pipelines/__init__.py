"""The training pipeline, defined for this project's orchestrator."""

from .prefect import run_training, session

# Name of the local runner that replaces the orchestrator; None if the orchestrator itself runs
# here.
STAND_IN: str | None = None

__all__ = ["STAND_IN", "run_training", "session"]
