"""The task of this model. `mlops-stack.yaml` selects it."""

from __future__ import annotations

from ...tasks import Task, binary_classification

TASK: Task = binary_classification
