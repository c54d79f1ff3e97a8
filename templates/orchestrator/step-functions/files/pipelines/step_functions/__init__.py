"""Training as an AWS Step Functions state machine; locally, a walker executes its definition."""

from .run import run_training, session

__all__ = ["run_training", "session"]
