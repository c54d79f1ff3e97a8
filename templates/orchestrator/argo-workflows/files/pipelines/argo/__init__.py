"""Training as an Argo workflow; on this machine, a walker executes the same definition."""

from .run import run_training, session

__all__ = ["run_training", "session"]
