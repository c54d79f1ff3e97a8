"""Write the model card and the data sheet of a version from the files of its run."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..platform import artifacts, governance
from ..platform.governance import cards
from ..platform.settings import load_settings
from ._step import run_cli, step


@step
def document(
    model: str,
    metrics_uri: str,
    version_uri: str,
    decision_uri: str,
    documents_uri: str | None = None,
) -> dict[str, Any]:
    """Write model card, data sheet and the evidence for both into the folder `documents_uri`.

    By default this is the folder of the version below `artifacts.root`. `gate` runs this step for
    every version, including refused ones; run it yourself to write the documents again. Raises
    GovernanceError if `governance.yaml` is invalid.
    """
    settings = load_settings()
    report, made = artifacts.read_json(metrics_uri), artifacts.read_json(version_uri)
    decision = artifacts.read_json(decision_uri)
    statement = governance.load(model)
    evidence = {
        "model": model,
        **{key: made[key] for key in ("version", "sha256", "run_id", "run_url")},
        **{key: made[key] for key in ("lineage", "params")},
        **{key: report[key] for key in ("rows", "metrics", "slices", "fairness", "champion")},
        **{key: report.get(key) for key in ("task", "primary", "tables")},
        **{key: report.get(key) for key in ("training", "baselines", "inputs")},
        "decision": {key: decision[key] for key in ("accepted", "checks", "refused", "time")},
        "statement": dataclasses.asdict(statement),
    }
    folder = documents_uri or governance.folder(settings, model, made["version"])
    card, sheet = f"{folder}/{governance.MODEL_CARD}", f"{folder}/{governance.DATA_SHEET}"
    artifacts.write_json(f"{folder}/{governance.EVIDENCE}", evidence)
    artifacts.write_bytes(card, cards.model_card(evidence).encode())
    artifacts.write_bytes(sheet, cards.data_sheet(evidence).encode())
    return {
        "version": made["version"],
        "model_card": card,
        "data_sheet": sheet,
        "missing": list(statement.missing),
    }


if __name__ == "__main__":
    run_cli(document, {"documents_uri": "--out-documents"})
