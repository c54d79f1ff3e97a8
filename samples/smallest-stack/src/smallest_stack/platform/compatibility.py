"""Whether a version accepts every row that another version accepts, and answers the same question.

A caller sends rows that the contract of the champion allows. Another version can replace it if its
contract allows these rows, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ..contract import DataContract
from .strict_json import dumps


def described(contract: DataContract, task: str) -> dict[str, Any]:
    """Return what callers rely on: the inputs, the classes and the task."""
    names = ("name", "kind", "unit", "min", "max", "categories", "nullable", "unseen")
    fields = [asdict(field) for field in contract.fields]
    return {
        "task": task,
        "classes": list(contract.classes),
        "inputs": [
            {name: field[name] if name != "categories" else list(field[name]) for name in names}
            for field in fields
        ],
    }


def of_manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contract of a packaged model; of an earlier release, names and kinds only."""
    found = manifest.get("contract")
    if found is not None:
        return dict(found)
    task = manifest.get("task", "binary-classification")
    return {"task": task, "inputs": [dict(item) for item in manifest["inputs"]]}


def sha256(contract: Mapping[str, Any]) -> str:
    """Return the hash of what `described` or `of_manifest` returned."""
    return hashlib.sha256(dumps(contract, sort_keys=True).encode()).hexdigest()


def problems(callers: Mapping[str, Any], target: Mapping[str, Any]) -> list[str]:
    """Return a sentence per reason why rows for `callers` are not rows for `target`."""
    return list(_problems(callers, target))


def _problems(callers: Mapping[str, Any], target: Mapping[str, Any]) -> Iterator[str]:
    for key in ("task", "classes"):
        if key in callers and key in target and callers[key] != target[key]:
            yield f"its {key} is {target[key]!r}, not {callers[key]!r}"
    sent = {item["name"]: item for item in callers["inputs"]}
    taken = {item["name"]: item for item in target["inputs"]}
    for name in sorted(taken.keys() - sent.keys()):
        yield f"it needs the input {name}, which callers do not send"
    for name in sorted(sent.keys() - taken.keys()):
        # A row with an unknown input is refused.
        yield f"it does not know the input {name}, which callers send"
    for name in sorted(sent.keys() & taken.keys()):
        for problem in _input_problems(sent[name], taken[name]):
            yield f"{name}: {problem}"


def _input_problems(sent: Mapping[str, Any], taken: Mapping[str, Any]) -> Iterator[str]:
    if sent["kind"] != taken["kind"]:
        yield f"it takes the kind {taken['kind']}, not {sent['kind']}"
        return
    if "nullable" not in sent or "nullable" not in taken:
        return
    if sent["unit"] != taken["unit"]:
        yield f"its unit is {taken['unit'] or 'none'}, not {sent['unit'] or 'none'}"
    if sent["nullable"] and not taken["nullable"]:
        yield "it takes no missing values"
    if taken["min"] is not None and (sent["min"] is None or sent["min"] < taken["min"]):
        yield f"it takes no values below {taken['min']:g}"
    if taken["max"] is not None and (sent["max"] is None or sent["max"] > taken["max"]):
        yield f"it takes no values above {taken['max']:g}"
    if taken["categories"] and taken["unseen"] == "refuse":
        missing = sorted(set(sent["categories"]) - set(taken["categories"]))
        if missing:
            yield f"it does not know the categories {', '.join(missing)}"
        elif not sent["categories"] or sent["unseen"] == "allow":
            yield "it takes no categories that it does not know"
