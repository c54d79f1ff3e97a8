"""Later labels: a growing file of JSON lines, `{"version": "2", "loss": 0.31}` for each label."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import msgspec

from .sequential import Sample

log = logging.getLogger(__name__)

CHUNK = 2**22
# Squares of larger losses are no finite numbers.
MAX_LOSS = 1e150


class Outcome(msgspec.Struct):
    """The loss of one answer, by the version that gave it. Other members are ignored."""

    version: str | int
    loss: float


class Outcomes:
    """Reads what was appended since the last call, and keeps sums only."""

    def __init__(self, path: str | None, versions: tuple[str, str]) -> None:
        """Create a reader; labels of other versions are ignored."""
        self._path = Path(path) if path else None
        self._offset = 0
        self.samples = {version: Sample() for version in versions}
        self.invalid = 0

    def read(self) -> None:
        """Read new complete lines. The file may not exist yet; a shorter file is a new one."""
        if self._path is None:
            return
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._offset:
                    self._offset = 0
                file.seek(self._offset)
                content = file.read(CHUNK)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("no labels: %s: %s", self._path, error)
            return
        # An incomplete last line is read when its end is there.
        end = content.rfind(b"\n") + 1
        if not end and len(content) == CHUNK:
            end = CHUNK
        self._offset += end
        invalid = self.invalid
        for line in content[:end].splitlines():
            self._add(line)
        if self.invalid > invalid:
            log.warning("%s: %d lines so far are not valid labels", self._path, self.invalid)

    def _add(self, line: bytes) -> None:
        try:
            found = msgspec.json.decode(line, type=Outcome)
        except msgspec.DecodeError:
            self.invalid += 1
            return
        if not math.isfinite(found.loss) or abs(found.loss) > MAX_LOSS:
            self.invalid += 1
        elif str(found.version) in self.samples:
            self.samples[str(found.version)].add(found.loss)
