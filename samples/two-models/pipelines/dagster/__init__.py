"""Training as Dagster assets."""

from .run import run_training, session

__all__ = ["run_training", "session"]
