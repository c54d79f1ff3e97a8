"""Training as a state machine of AWS Step Functions; here a walker executes its definition."""

from .run import run_training, session

__all__ = ["run_training", "session"]
