"""Revisions of data in DVC: `data/<model>.parquet`, and next to it the name of its revision.

DVC runs in this process, because each of its commands takes seconds to start. It does not use git,
because a training job may have no repository: you commit `data/*.dvc` yourself.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ..platform import artifacts, models
from ..platform.errors import UserError
from ..platform.git import git
from ..platform.settings import Settings, load_settings
from ..platform.strict_json import dumps

ALGORITHM = "md5"


def keep(settings: Settings, model: str, data_uri: str) -> str:
    """Make the rows in `data_uri` (a Parquet file) the revision of a model, and push them.

    Raises UserError if DVC or its remote does not accept them.
    """
    content = artifacts.read_bytes(data_uri)
    file = data_file(settings, model)
    with _repository(settings) as repository:
        artifacts.write_bytes(str(file), content)
        repository.add([str(file)])
        repository.push([str(_pointer(file))])
    revision = f"{ALGORITHM}:{_md5(content)}"
    if current(settings, model) != revision:
        raise UserError(f"{file.name} has changed while DVC took it")
    return revision


def pull(settings: Settings, model: str, revision: str | None = None) -> str:
    """Restore the rows of a revision to `data/`; return its name.

    `revision` is `md5:<hash>`, a revision of git, or None for the one that `data/` names. Raises
    UserError, and leaves `data/` as it is, if the remote does not have it.
    """
    file = data_file(settings, model)
    pointer = _pointer(file)
    wanted = current(settings, model) if revision is None else _named(settings, pointer, revision)
    before = pointer.read_bytes() if pointer.exists() else None
    output = {ALGORITHM: wanted.removeprefix(f"{ALGORITHM}:"), "hash": ALGORITHM, "path": file.name}
    with _repository(settings) as repository:
        try:
            if before is None or wanted != current(settings, model):
                artifacts.write_bytes(str(pointer), yaml.safe_dump({"outs": [output]}).encode())
            # Fetch first: `pull` deletes the file even if the remote does not have the revision.
            repository.fetch([str(pointer)])
            if not repository.cache.local.exists(output[ALGORITHM]):
                raise UserError(f"no remote of .dvc/config has {wanted}")
            # Without force, DVC keeps a changed file.
            repository.checkout([str(pointer)], force=True)
            # The hash of the restored file is checked, not the report of DVC.
            if _md5(artifacts.read_bytes(str(file))) != output[ALGORITHM]:
                raise UserError(f"{file.name} is not at {wanted} after the pull")
            # Anew, in DVC's own words: git is to see no other difference than the revision.
            pointer.unlink()
            repository.add([str(file)])
        except BaseException:
            if before is not None:
                artifacts.write_bytes(str(pointer), before)
            else:
                pointer.unlink(missing_ok=True)
            raise
    return wanted


def fetch(settings: Settings, model: str, revision: str) -> bytes | None:
    """Return the rows of a revision, None if it is not one of DVC or no remote has it.

    Leaves `data/` at the revision that it was at.
    """
    if not revision.startswith(f"{ALGORITHM}:"):
        return None
    file = data_file(settings, model)
    before = current(settings, model) if _pointer(file).exists() else None
    try:
        pull(settings, model, revision)
    except UserError:
        return None
    content = file.read_bytes()
    if before is not None and before != revision:
        pull(settings, model, before)
    return content


def current(settings: Settings, model: str) -> str:
    """Return the revision that `data/` names. Raises UserError if there is none yet."""
    pointer = _pointer(data_file(settings, model))
    if not pointer.exists():
        raise UserError(f"no revision of the data of {model} yet: make pipeline keeps one")
    return _revision(pointer.read_text(encoding="utf-8"), pointer.name)


def data_file(settings: Settings, model: str) -> Path:
    """Return the path of a model's rows in the project."""
    return settings.root / "data" / f"{model.replace('-', '_')}.parquet"


def _pointer(file: Path) -> Path:
    return file.with_name(f"{file.name}.dvc")


def _named(settings: Settings, pointer: Path, revision: str) -> str:
    """Read what `revision` means: itself, or what `pointer` was in that revision of git."""
    if revision.startswith(f"{ALGORITHM}:"):
        return revision
    place = pointer.relative_to(settings.root).as_posix()
    shown = git(settings.root, "show", f"{revision}:./{place}")
    if shown is None:
        raise UserError(
            f"'{revision}' is neither {ALGORITHM}:<hash> nor a revision of git that has {place}"
        )
    return _revision(shown, pointer.name)


def _revision(text: str, name: str) -> str:
    try:
        return f"{ALGORITHM}:{yaml.safe_load(text)['outs'][0][ALGORITHM]}"
    except (yaml.YAMLError, TypeError, LookupError) as error:
        raise UserError(f"{name} names no revision: {error}") from error


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@contextmanager
def _repository(settings: Settings) -> Iterator[Any]:
    """Open the project for DVC, alone: a second process waits. Errors of DVC become UserError."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo, lock_repo

    folder = settings.root / ".dvc"
    if not (folder / "config").is_file():
        raise UserError(f"no .dvc/config in {settings.root}: it names the remote that keeps data")
    # What DVC remembers about files stays in the project, too.
    core = {"no_scm": True, "site_cache_dir": str(folder / "tmp")}
    try:
        with (
            Repo(str(settings.root), config={"core": core}, _wait_for_lock=True) as repository,
            lock_repo(repository),
        ):
            yield repository
    except (DvcException, OSError) as error:
        raise UserError(f"DVC: {error}") from error


def main() -> None:
    """Run the command line: store rows or restore them."""
    parser = argparse.ArgumentParser(prog="dvc", description=main.__doc__)
    parser.add_argument("action", choices=("keep", "pull"))
    parser.add_argument("--model", choices=models.names(), default=models.names()[0])
    parser.add_argument("--data", metavar="URI", help="the rows to keep")
    parser.add_argument("--revision", help=f"{ALGORITHM}:<hash>, or a revision of git")
    parser.add_argument("--version", help="registered version whose rows to bring back")
    given = parser.parse_args()
    try:
        settings = load_settings()
        if given.action == "keep":
            if not given.data:
                raise UserError("--data is missing: the rows to keep")
            revision = keep(settings, given.model, given.data)
        else:
            wanted = given.revision
            if given.version:
                wanted = _of_version(settings, given.model, given.version)
            revision = pull(settings, given.model, wanted)
    except UserError as error:
        raise SystemExit(f"dvc: {error}") from None
    file = data_file(settings, given.model).relative_to(settings.root)
    print(dumps({"model": given.model, "revision": revision, "file": str(file)}))


def _of_version(settings: Settings, model: str, version: str) -> str:
    from ..registry import get_registry

    tags = get_registry(settings).version(model, version).tags
    if "data_revision" not in tags:
        raise UserError(f"version {version} of {model} does not say what data it was trained on")
    return tags["data_revision"]


if __name__ == "__main__":
    main()
