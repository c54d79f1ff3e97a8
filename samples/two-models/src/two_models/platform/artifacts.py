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
    """Copy a local file or folder to a URI; an existing folder is replaced.

    Every file is read back and compared. The manifest of a packaged model is written last, and one
    of other files is removed first: wherever this function is interrupted, a folder with a manifest
    is complete, and a repetition completes the copy. Raises IntegrityError if the store has other
    content than was written.
    """
    path = local_path(uri)
    if path is not None and path.resolve() == source.resolve():
        return
    if source.is_file():
        _put(source, uri, sha256_file(source), path.parent if path is not None else None)
        return
    root = uri.rstrip("/") if path is None else str(path)
    files = [item for item in source.rglob("*") if item.is_file()]
    files.sort(key=lambda item: (item.name == MANIFEST, item))
    hashes = {f"{root}/{item.relative_to(source).as_posix()}": sha256_file(item) for item in files}
    present = {_absolute(name): name for name in list_files(root)}
    kept = set()
    for name, sha256 in hashes.items():
        found = present.pop(_absolute(name), None)
        if found is not None and _sha256(found) == sha256:
            kept.add(name)
        elif found is not None and found.endswith(f"/{MANIFEST}"):
            _remove(found)
    for name in sorted(present, key=lambda name: not name.endswith(f"/{MANIFEST}")):
        _remove(present[name])
    for file, (name, sha256) in zip(files, hashes.items(), strict=True):
        if name not in kept:
            # Not in the folder, from which another process can remove what is not part of it.
            _put(file, name, sha256, path.parent if path is not None else None)


def create_bytes(uri: str, content: bytes) -> None:
    """Write a file that does not exist yet: whole, or not at all. It survives a power failure.

    Raises FileExistsError if the file exists, also if another process creates it at the same time,
    and OSError if it cannot be written. After a lost answer of a store, the existing file can be
    the written one: compare its content.
    """
    path = local_path(uri)
    if path is None:
        filesystem, name = _remote(uri)
        try:
            filesystem.pipe_file(name, content, mode="create")
        except FileExistsError:
            # A listing from before the file existed would hide it.
            filesystem.invalidate_cache()
            raise
        except Exception as error:
            filesystem.invalidate_cache()
            if filesystem.exists(name):
                raise FileExistsError(name) from error
            raise OSError(f"{type(error).__name__}: {error}") from error
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        # Unlike a rename, a link fails if the name is taken.
        os.link(temporary, path)
    finally:
        os.unlink(temporary)
    _sync(path.parent)


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
    try:
        manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise IntegrityError(f"{directory / MANIFEST} is not JSON: it is incomplete") from error
    files = {item.name for item in directory.iterdir() if item.is_file()} - {MANIFEST}
    if files != set(manifest["files"]):
        odd = sorted(files ^ set(manifest["files"]))[0]
        raise IntegrityError(f"{directory / odd} is not what the manifest lists")
    for name, expected in manifest["files"].items():
        if sha256_file(directory / name) != expected:
            raise IntegrityError(f"{directory / name} is not the file that was packaged")
    return manifest


def _put(source: Path, uri: str, sha256: str, beside: Path | None) -> None:
    """Copy a file and read the copy back. Raises IntegrityError if it differs.

    `beside`: folder of the temporary file of a local copy, on the same file system.
    """
    path = local_path(uri)
    if path is None:
        filesystem, name = _remote(uri)
        filesystem.put_file(str(source), name)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=beside, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file, source.open("rb") as content:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        _sync(path.parent)
    if _sha256(uri) != sha256:
        raise IntegrityError(f"{uri} is not the file that was written: copy it again")


def _sha256(uri: str) -> str:
    path = local_path(uri)
    if path is not None:
        return sha256_file(path)
    filesystem, name = _remote(uri)
    # Not the size of an earlier object with this name.
    filesystem.invalidate_cache()
    with filesystem.open(name, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(uri: str) -> None:
    path = local_path(uri)
    if path is not None:
        path.unlink(missing_ok=True)
        return
    filesystem, name = _remote(uri)
    filesystem.rm_file(name)


def _absolute(uri: str) -> str:
    """Return one spelling of a URI, as a store can list a name in another one."""
    path = local_path(uri)
    if path is not None:
        return str(path.absolute())
    filesystem, name = _remote(uri)
    return str(filesystem.unstrip_protocol(name))


def _sync(folder: Path) -> None:
    """Make the names of the files in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remote(uri: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, name = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        raise UserError(f"{uri}: {error}") from error
    return filesystem, name
