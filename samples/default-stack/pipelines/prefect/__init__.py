"""Training as a Prefect flow."""

from .run import run_training
from .server import session

__all__ = ["run_training", "session"]
