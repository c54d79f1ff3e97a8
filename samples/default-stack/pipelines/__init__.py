"""The training pipeline, in the tool of this project."""

from .prefect import run_training, session

# What runs it on this machine in place of the tool; None where that is the tool itself.
STAND_IN: str | None = None

__all__ = ["STAND_IN", "run_training", "session"]
