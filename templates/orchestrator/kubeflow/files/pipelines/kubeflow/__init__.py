"""Training in Kubeflow Pipelines; on this machine, its local runner runs the same components."""

from .run import run_training, session

__all__ = ["run_training", "session"]
