"""Checkpoints: the state of a training after each epoch, so that an interrupted one can resume.

A checkpoint belongs to a training with the same rows, parameters, code and library versions, which
its name is a digest of. A training that resumes therefore ends with the same weights as one that
was not interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .platform import artifacts
from .platform.events import emit
from .platform.settings import project_root

# Below the root of the project. A container needs a volume here to resume after a restart.
FOLDER = ".mlops/jax"
# Checkpoints of trainings that were never completed are removed after this time.
KEEP_SECONDS = 7 * 24 * 3600
DIGEST = "sha256"

State = Mapping[str, np.ndarray]


class Checkpoints:
    """The checkpoint of one training.

    identity: what makes two trainings equal. Arrays count with their type, shape and values.
    """

    def __init__(self, identity: Iterable[object]) -> None:
        self.folder = project_root() / FOLDER
        self.path = self.folder / f"{_digest(identity)}.safetensors"
        self._writable = True

    def load(self, like: State) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Return the arrays and the progress that `save` wrote; None if there are none.

        like: arrays with the names, types and shapes to expect. A damaged checkpoint is ignored,
        with an event: the training then starts again.
        """
        try:
            return self._read(like)
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError) as error:
            emit("checkpoint", status="ignored", file=str(self.path), error=str(error))
            return None

    def save(self, state: State, progress: Mapping[str, Any]) -> None:
        """Replace the checkpoint. In a folder that cannot be written, say so once and go on."""
        if not self._writable:
            return
        text = json.dumps(progress, sort_keys=True, allow_nan=False)
        metadata = {DIGEST: _digest([text, *_items(state)]), "progress": text}
        try:
            artifacts.write_bytes(str(self.path), save(dict(state), metadata))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            self._writable = False
            emit("checkpoint", status="off", error=f"{self.folder} cannot be written: {error}")

    def remove(self) -> None:
        """Remove the checkpoint of a completed training, and old ones that were never resumed."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            for other in self.folder.glob("*.safetensors"):
                # Another process can remove it at the same time.
                with contextlib.suppress(OSError):
                    if time.time() - other.stat().st_mtime > KEEP_SECONDS:
                        other.unlink()

    def _read(self, like: State) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        with safe_open(self.path, framework="numpy") as file:
            metadata = dict(file.metadata() or {})
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        progress = metadata.get("progress", "")
        if metadata.get(DIGEST) != _digest([progress, *_items(state)]):
            raise ValueError(f"its {DIGEST} differs from its content")
        if _shapes(state) != _shapes(like):
            raise ValueError("its arrays are not those of the training")
        return state, json.loads(progress)


def _digest(parts: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str} {part.shape} ".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            text = part if isinstance(part, str) else repr(part)
            digest.update(f"{len(text)} {text} ".encode())
    return digest.hexdigest()


def _items(state: State) -> list[object]:
    return [item for name in sorted(state) for item in (name, state[name])]


def _shapes(state: State) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (one.dtype.str, one.shape) for name, one in state.items()}
