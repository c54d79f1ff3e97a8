"""Later labels of a rollout: `make outcomes LABELS=<table>`.

Prediction logs and labels name the request, so that each label gives the loss of the version that
answered. The router reads these losses and compares the versions.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..contract import DataContract
from . import artifacts, models, prediction_logs
from .errors import UserError
from .settings import load_settings
from .strict_json import dumps

REQUEST = "request_id"


def loss(prediction: Mapping[str, Any], target: Any) -> float:
    """Return 0 or 1 for a predicted label, and the absolute error of a predicted number."""
    if "label" in prediction:
        # A column of integers with missing values is a column of floats.
        whole = isinstance(target, float) and target.is_integer()
        return float(str(prediction["label"]) != str(int(target) if whole else target))
    return abs(float(next(iter(prediction.values()))) - float(target))


class Outcomes:
    """A file of losses to which labels are added once: the router reads what is appended."""

    def __init__(self, path: Path, contract: DataContract) -> None:
        """Read which labels the file has; it may not exist yet."""
        self._path = path
        self._contract = contract
        self._known: set[tuple[str, str]] = set()
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._known.add((entry["version"], entry[REQUEST]))

    def add(self, logs: Iterable[str], targets: Mapping[str, Any]) -> int:
        """Append the losses of logged requests; return how many were new.

        logs: URIs of prediction logs; a missing one has no entries. targets: request id -> label.
        """
        lines = []
        for log in logs:
            if log.endswith(prediction_logs.ENDING) and not artifacts.exists(log):
                continue
            for entry in prediction_logs.entries(log):
                version, request = entry["model_version"], entry[REQUEST]
                if entry["model"] != self._contract.model or (version, request) in self._known:
                    continue
                found = prediction_logs.predictions(entry)
                target = targets.get(request)
                # With `serving.log_rows: 0`, an entry has no predictions.
                if not found or _is_missing(target):
                    continue
                self._known.add((version, request))
                line = {"version": version, "loss": loss(found[0], target), REQUEST: request}
                lines.append(dumps(line))
        if lines:
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        return len(lines)


def _is_missing(target: object) -> bool:
    return target is None or (isinstance(target, float) and math.isnan(target))


def labels(path: Path, contract: DataContract) -> dict[str, Any]:
    """Read a CSV or Parquet table of labels: `request_id`, and the target of the contract."""
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {error}") from None
    for column in (REQUEST, contract.target):
        if column not in table:
            raise UserError(f"{path} has no column `{column}`")
    return dict(zip(table[REQUEST].astype(str), table[contract.target].tolist(), strict=True))


def main() -> None:
    """Add the labels of a table and print how many were new; on an error exit with 1."""
    from . import local_rollout

    parser = argparse.ArgumentParser(prog="outcomes", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--labels", required=True, type=Path)
    given = parser.parse_args()
    try:
        contract = models.load(given.model).contract
        settings = load_settings()
        places = local_rollout.Places(settings, given.model)
        if not places.folder.exists():
            raise UserError(f"no rollout of {given.model} has started: make roll-out")
        logs = [str(places.stable_log), str(places.candidate_log)]
        if archive := settings.optional("serving", "prediction_archive"):
            logs.append(settings.resolve(archive))
        added = Outcomes(places.outcomes, contract).add(logs, labels(given.labels, contract))
        print(f"{added} new losses in {places.outcomes}")
    except UserError as error:
        raise SystemExit(f"outcomes: {error}") from None


if __name__ == "__main__":
    main()
