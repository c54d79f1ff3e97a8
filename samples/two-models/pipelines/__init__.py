"""The training pipeline, in the tool of this project."""

from .dagster import run_training, session

__all__ = ["run_training", "session"]
