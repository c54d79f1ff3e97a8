"""The files of a model that `make contract` writes, and how it recognizes edits."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from ... import models as package
from ...params import DataParams
from ...tasks import Task
from ..errors import UserError
from ..settings import project_root
from ..strict_json import dumps
from . import text
from .gates import Gates

# A slice, and a window of production rows, are compared if they have this many rows; on small
# tables with fewer, down to the second number.
MOST_ROWS = 200
FEWEST_ROWS = 20
# Hashes of what the files that this command wrote mean, to recognize edits.
RECORD = ".mlops/contract.json"
_STUB = """\
# Statements about this model, for the model card and the data sheet. Complete this file: if
# config/<env>.yaml sets governance.required, a promotion needs purpose, out_of_scope, risks, owner
# and contact.
#   purpose: what the predictions are for, and who uses them
#   out_of_scope: a list of uses that are not intended
#   risks: a list of what can go wrong, and the measures against it
#   owner: the team that is responsible for the model
#   contact: a monitored address or channel
#   personal_data: personal data in the rows, and the legal basis for its storage
"""


@dataclass(frozen=True)
class Files:
    """The files of one model."""

    contract: Path
    params: Path
    governance: Path

    @classmethod
    def of(cls, model: str) -> Files:
        """Find the files. Raises UserError if the model does not exist."""
        folder = model.replace("-", "_")
        code = Path(package.__file__).resolve().parent / folder
        if not (code / "__init__.py").is_file():
            raise UserError(
                f"there is no model {model}: add it to `models` in mlops-stack.yaml and run "
                "npx create-mlops-stack update"
            )
        params = project_root().resolve() / "params" / f"{folder}.yaml"
        return cls(code / "contract.py", params, code / "governance.yaml")

    def __iter__(self) -> Iterator[Path]:
        """Yield the paths."""
        return iter((self.contract, self.params, self.governance))


def save_params(files: Files, data: DataParams, sample: str | None, test_rows: int) -> None:
    """Write the source, and the numbers of rows that follow from the size of the test set."""
    content = files.params.read_text(encoding="utf-8")
    section = {
        "source": data.source,
        "query": data.query,
        "secret": data.secret,
        "sample": sample,
        "decimal": data.decimal if data.decimal != "." else None,
        "encoding": data.encoding,
        "rows": None,
        "delimiter": None,
    }
    for name, value in section.items():
        if value is None:
            content = text.remove(content, f"data.{name}")
        else:
            content = text.set_value(content, f"data.{name}", value)
    for path, share in (
        ("gates.slices.min_rows", 8),
        ("drift.min_rows", 2),
        ("gates.min_rows", 2),
        ("retrain.min_labeled_rows", 2),
    ):
        least = min(MOST_ROWS, max(FEWEST_ROWS, test_rows // share))
        content = text.set_value(content, path, least)
    files.params.write_text(content, encoding="utf-8")


def save_gates(files: Files, limits: Gates, task: Task) -> None:
    """Write the limits of the gate."""
    content = files.params.read_text(encoding="utf-8")
    better = task.HIGHER_IS_BETTER[limits.primary]
    own = limits.floors if better else limits.ceilings
    content = text.set_value(content, "gates.floors", dict(limits.floors))
    content = text.set_value(content, "gates.ceilings", dict(limits.ceilings))
    content = text.set_value(content, "gates.champion_margin", {"primary": limits.margin})
    content = text.set_value(
        content, "gates.slices.min_primary", limits.slices or own[limits.primary]
    )
    content = text.set_value(content, "retrain.min_primary", own[limits.primary])
    files.params.write_text(content, encoding="utf-8")


def save_governance(files: Files, source: str, rows: int) -> None:
    """Write a stub that says only where the rows come from."""
    today = datetime.now(UTC).date().isoformat()
    origin = f"{source}, {rows} rows on {today}. Say who collects them, and how."
    stub = yaml.safe_dump({"data_origin": origin}, allow_unicode=True, width=95)
    files.governance.write_text(_STUB + stub, encoding="utf-8")


def shown(path: Path) -> str:
    """Return a path relative to the project."""
    root = project_root().resolve()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def refuse_edited(files: Files) -> None:
    """Raise UserError if a file is neither as generated nor as this command wrote it."""
    known = _known_contents(project_root().resolve(), files)
    edited = [
        name
        for path in files
        if path.is_file() and _hash(path) not in known.get(name := shown(path), frozenset())
    ]
    if edited:
        raise UserError(
            f"{' and '.join(edited)} {'were' if len(edited) > 1 else 'was'} edited: add FORCE=1 to "
            "replace contract and governance file, and the sections data, gates, drift and retrain "
            "of the parameters"
        )


def _known_contents(root: Path, files: Files) -> dict[str, set[str]]:
    """Return path -> hashes of a file as it was generated, or drafted on this computer."""
    names = {shown(path) for path in files}
    found: dict[str, set[str]] = {name: set() for name in names}
    state, written = root / ".mlops-stack", root / RECORD
    if (state / "lock.json").is_file():
        for entry in json.loads((state / "lock.json").read_text(encoding="utf-8"))["entries"]:
            generated = state / "base" / entry["sha256"]
            if entry["path"] in names and generated.is_file():
                content = zlib.decompress(generated.read_bytes())
                found[entry["path"]].add(_hash_of(entry["path"], content))
    if written.is_file():
        for path, sha256 in json.loads(written.read_text(encoding="utf-8")).items():
            found.setdefault(path, set()).add(sha256)
    return found


def record(files: Files) -> None:
    """Remember the files as they are, so that later edits are recognized."""
    root = project_root().resolve()
    path = root / RECORD
    values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    values |= {shown(file): _hash(file) for file in files}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    return _hash_of(path.name, path.read_bytes())


def _hash_of(name: str, content: bytes) -> str:
    """Return the hash of the values and comments of a file: a formatter does not change it."""
    source = content.decode("utf-8").replace("\r\n", "\n")
    try:
        values = ast.dump(ast.parse(source)) if name.endswith(".py") else yaml.safe_load(source)
    except (SyntaxError, yaml.YAMLError):
        values = source
    comments = [line.strip() for line in re.findall(r"(?:^|\s)(#.*)$", source, re.MULTILINE)]
    return hashlib.sha256(repr((values, comments)).encode()).hexdigest()
