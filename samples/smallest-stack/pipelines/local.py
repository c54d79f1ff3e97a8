"""The training pipeline as plain function calls, without an orchestrator."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from smallest_stack.platform.notices import on_failure
from smallest_stack.platform.paths import RunPaths
from smallest_stack.platform.records import training_result
from smallest_stack.steps.evaluate import evaluate
from smallest_stack.steps.export import export
from smallest_stack.steps.gate import gate
from smallest_stack.steps.ingest import ingest
from smallest_stack.steps.promote import promote
from smallest_stack.steps.register import register
from smallest_stack.steps.split import split
from smallest_stack.steps.train import train
from smallest_stack.steps.validate import validate


def session() -> AbstractContextManager[None]:
    """Do nothing: runs of this pipeline need no server."""
    return nullcontext()


def run_training(
    model: str, run_dir: str, variant: str = "base", until: str = "now"
) -> dict[str, Any]:
    """Train, evaluate and register one model; promote it if the gate accepts it.

    `run_dir` is the folder of the run, `variant` the variant of the sample data, `until` the last
    day of the rows, or "now" for all of them. Returns version, accepted, decision, metrics and
    promoted. A step that fails ends the run with its error.
    """
    run = RunPaths(run_dir)
    with on_failure("training", model, run.root):
        ingest(model, run.data, variant, until)
        validate(model, run.data, run.validation)
        split(model, run.data, run.train, run.test)
        train(model, run.train, run.model, run.train_metrics)
        export(model, run.model, run.train, run.test, run.package)
        evaluate(model, run.package, run.train, run.test, run.metrics)
        register(
            model, run.package, run.data, run.train_metrics, run.metrics, run.lineage, run.version
        )
        decision = gate(model, run.metrics, run.version, run.decision)
        if decision["accepted"]:
            promote(model, run.decision, run.promotion)
    return training_result(decision)
