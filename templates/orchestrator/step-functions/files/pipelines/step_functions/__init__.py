"""Training as an AWS Step Functions state machine; locally, a walker executes its definition."""

from ..walking.jobs import session
from .run import run_training

__all__ = ["run_training", "session"]
