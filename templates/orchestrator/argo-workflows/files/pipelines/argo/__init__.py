"""Training as an Argo workflow; on this machine, a walker executes the same definition."""

from ..walking.jobs import session
from .run import run_training

__all__ = ["run_training", "session"]
