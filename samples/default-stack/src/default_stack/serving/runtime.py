"""Load a version of a model: check its files, load it, and score one row."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..platform import artifacts, scoring
from ..platform.errors import IntegrityError, UserError
from .batching import Batcher, Columns, Scored
from .config import Target


@dataclass(frozen=True)
class LoadedModel:
    """One version that answers requests.

    served: `onnx`, or `native` for the training framework, with the reason in `reason`.
    """

    target: Target
    served: str
    reason: str | None
    loaded_at: str
    batcher: Batcher

    def describe(self) -> dict[str, Any]:
        """Return the entry of `/version` for this version."""
        return {
            "version": self.target.version,
            "sha256": self.target.sha256,
            "served": self.served,
            "reason": self.reason,
            "loaded_at": self.loaded_at,
        }


def load(target: Target, example: Columns, executor: Executor) -> LoadedModel:
    """Fetch the files of a version, check their sha256, load them and score the row `example`.

    This blocks: call it outside the event loop. A model served by its framework scores in
    `executor`; ONNX Runtime is fast enough for the event loop. Raises IntegrityError if a file is
    not the registered one, and UserError if the files are of another model or cannot score a row.
    """
    directory = artifacts.local_copy(target.uri)
    scorer = scoring.load(directory, target.sha256, target.version)
    if scorer.manifest.get("model") != target.model:
        raise IntegrityError(
            f"{target.uri} holds model '{scorer.manifest.get('model')}', not '{target.model}'"
        )
    rows, raw = scorer.task.rows(scorer.contract, scorer.decision), scorer.raw

    def score(columns: Columns) -> Scored:
        return rows(raw(columns))

    try:
        _, (value,) = score(example)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{target.model} {target.version} cannot score a row: {error}") from error
    if not math.isfinite(value):
        raise UserError(f"{target.model} {target.version} scores a valid row as {value}")
    return LoadedModel(
        target=target,
        served=scorer.served,
        reason=scorer.manifest.get("reason"),
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        batcher=Batcher(score, None if scorer.served == scoring.ONNX else executor),
    )
