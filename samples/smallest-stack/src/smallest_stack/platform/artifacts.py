"""Files through fsspec (a path, file://, s3://, gs://, abfs://) and their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from .errors import IntegrityError, UserError
from .strict_json import dumps, loads

MANIFEST = "model.json"

# Each folder is removed when the interpreter exits or its last reference is dropped.
_copies: list[tempfile.TemporaryDirectory[str]] = []


def local_path(uri: str) -> Path | None:
    """Return the path of a local URI, or None for a remote one."""
    if uri.startswith("file:"):
        return Path(unquote(urlparse(uri).path))
    return None if "://" in uri else Path(uri)


def exists(uri: str) -> bool:
    """Whether a file or folder exists."""
    path = local_path(uri)
    if path is not None:
        return path.exists()
    filesystem, name = _remote(uri)
    return bool(filesystem.exists(name))


def is_folder(uri: str) -> bool:
    """Whether a folder exists; in an object store, whether an object has this prefix."""
    path = local_path(uri)
    if path is not None:
        return path.is_dir()
    filesystem, name = _remote(uri)
    return bool(filesystem.isdir(name))


def list_files(uri: str) -> list[str]:
    """Return the sorted URIs of all files below a folder; an empty list if it does not exist."""
    path = local_path(uri)
    if path is not None:
        return sorted(str(item) for item in path.rglob("*") if item.is_file())
    filesystem, name = _remote(uri)
    # fsspec caches listings, and other processes write to the store in the meantime.
    filesystem.invalidate_cache(name)
    return sorted(filesystem.unstrip_protocol(item) for item in filesystem.find(name))


def read_bytes(uri: str) -> bytes:
    """Read a file. Raises UserError if it does not exist."""
    path = local_path(uri)
    try:
        if path is not None:
            return path.read_bytes()
        filesystem, name = _remote(uri)
        return bytes(filesystem.cat_file(name))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"no file {uri}") from error


def write_bytes(uri: str, content: bytes) -> None:
    """Write a file atomically; missing parent folders of a local file are created."""
    path = local_path(uri)
    if path is None:
        filesystem, name = _remote(uri)
        filesystem.pipe_file(name, content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def read_json(uri: str) -> dict[str, Any]:
    """Read a JSON object. Raises UserError if the file is missing or not a JSON object."""
    try:
        value = loads(read_bytes(uri))
    except ValueError as error:
        raise UserError(f"{uri} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UserError(f"{uri}: expected an object")
    return value


def write_json(uri: str, value: object) -> None:
    """Write JSON with sorted keys, so that equal values give equal files.

    Raises ValueError, which names the key, for NaN and infinities: see `strict_json`.
    """
    write_bytes(uri, (dumps(value, indent=2, sort_keys=True) + "\n").encode())


def local_copy(uri: str) -> Path:
    """Return a local path to a file or folder.

    A remote one is copied; the copy is removed when the process exits.
    """
    path = local_path(uri)
    if path is not None:
        if not path.exists():
            raise UserError(f"no file or folder {uri}")
        return path
    filesystem, name = _remote(uri)
    if not filesystem.exists(name):
        raise UserError(f"no file or folder {uri}")
    folder = tempfile.TemporaryDirectory(prefix="artifact-")
    _copies.append(folder)
    target = Path(folder.name) / Path(name).name
    filesystem.get(name.rstrip("/") + ("/" if filesystem.isdir(name) else ""), str(target), True)
    return target


def upload(source: Path, uri: str) -> None:
    """Copy a local file or folder to a URI; an existing folder is replaced."""
    path = local_path(uri)
    if path is None:
        filesystem, name = _remote(uri)
        if source.is_file():
            filesystem.put_file(str(source), name)
            return
        for file in sorted(item for item in source.rglob("*") if item.is_file()):
            filesystem.put_file(str(file), f"{name.rstrip('/')}/{file.relative_to(source)}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, path)
        return
    if path.resolve() == source.resolve():
        return
    if path.exists():
        shutil.rmtree(path)
    shutil.copytree(source, path)


def sha256_file(path: Path) -> str:
    """Return the sha256 of a local file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest_sha256(directory: Path) -> str:
    """Return the hash that identifies a packaged model: the sha256 of its manifest.

    The manifest holds the sha256 of every other file, so it covers them all.
    """
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise IntegrityError(f"{directory} has no {MANIFEST}: it is not a packaged model")
    return sha256_file(manifest)


def verify(directory: Path, sha256: str | None = None) -> dict[str, Any]:
    """Check every file of a packaged model against its manifest and return the manifest.

    If `sha256` is given, the manifest itself is checked against it. Raises IntegrityError, which
    names the file.
    """
    found = manifest_sha256(directory)
    if sha256 is not None and found != sha256:
        raise IntegrityError(
            f"{directory / MANIFEST} has sha256 {found[:12]}, registered {sha256[:12]}"
        )
    manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    files = {item.name for item in directory.iterdir() if item.is_file()} - {MANIFEST}
    if files != set(manifest["files"]):
        odd = sorted(files ^ set(manifest["files"]))[0]
        raise IntegrityError(f"{directory / odd} is not what the manifest lists")
    for name, expected in manifest["files"].items():
        if sha256_file(directory / name) != expected:
            raise IntegrityError(f"{directory / name} is not the file that was packaged")
    return manifest


def _remote(uri: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, name = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        raise UserError(f"{uri}: {error}") from error
    return filesystem, name
