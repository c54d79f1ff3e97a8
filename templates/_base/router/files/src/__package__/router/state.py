"""The state of a rollout: a JSON file that survives a restart and that an operator can edit."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Literal

import msgspec

from .config import Config, ConfigError

log = logging.getLogger(__name__)

Phase = Literal["running", "promoted", "rolled_back"]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rollout is.

    weight: share of the requests that the candidate answers.
    p_value: smallest p-value of the losses so far; it stays valid when the test is looked at again.
    command: exit code of the promotion or rollback command, None before it ended or without one.
    """

    stable: str
    candidate: str
    mode: str
    phase: Phase
    weight: float
    step: int = 0
    p_value: float = 1.0
    reason: str = ""
    command: int | None = None

    def __post_init__(self) -> None:
        """Refuse shares that are none: an edited file must not divide requests by them."""
        if not 0 <= self.weight <= 1:
            raise ValueError("`weight` must be between 0 and 1")


class StateFile:
    """Keeps the state in memory, and follows changes of the file."""

    def __init__(self, config: Config) -> None:
        """Read the state; a rollout of other versions starts anew. Raises ConfigError."""
        self._path = Path(config.state)
        self._seen: tuple[int, int] | None = None
        self.value = State(
            stable=config.stable.version,
            candidate=config.candidate.version,
            mode=config.mode,
            phase="running",
            weight=config.shares[0],
        )
        try:
            stored = self._load()
        except FileNotFoundError:
            stored = None
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"{self._path}: {error}") from None
        if (
            stored
            and self._same_rollout(stored)
            and stored.mode == config.mode
            and stored.step < len(config.shares)
        ):
            self.value = stored
            return
        try:
            self.write(self.value)
        except OSError as error:
            raise ConfigError(f"{self._path}: {error.strerror}") from None

    def refresh(self) -> State:
        """Read the file again if it changed. A file that cannot be read changes nothing."""
        try:
            if self._mark() != self._seen:
                stored = self._load()
                if self._same_rollout(stored):
                    self.value = stored
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the state stays as it is: %s: %s", self._path, error)
        return self.value

    def write(self, value: State) -> None:
        """Replace the file in one operation: a reader sees the old state or the new one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(value)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._seen = self._mark()
        self.value = value

    def _same_rollout(self, stored: State) -> bool:
        own = self.value
        return (stored.stable, stored.candidate) == (own.stable, own.candidate)

    def _mark(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino

    def _load(self) -> State:
        mark = self._mark()
        stored = msgspec.json.decode(self._path.read_bytes(), type=State)
        self._seen = mark
        return stored
