"""The state of a rollout: a JSON file that survives a restart and that an operator can edit."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Literal

import msgspec

from .config import Config, ConfigError

log = logging.getLogger(__name__)

Phase = Literal["running", "promoted", "rolled_back"]
# Time of the last change, inode and size of the file.
Mark = tuple[int, int, int]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rollout is.

    weight: share of the requests that the candidate answers.
    p_value: smallest p-value of the losses so far, which is valid for any number of looks.
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
        """Refuse values of an edited file that the router cannot use. Raises ValueError."""
        if not 0 <= self.weight <= 1:
            raise ValueError("`weight` must be between 0 and 1")
        if not 0 <= self.p_value <= 1:
            raise ValueError("`p_value` must be between 0 and 1")
        if self.step < 0:
            raise ValueError("`step` must not be negative")

    @property
    def share(self) -> float:
        """Share of the candidate: all or nothing after the verdict, whatever `weight` says."""
        return {"promoted": 1.0, "rolled_back": 0.0}.get(self.phase, self.weight)

    def replace(self, **changes: Any) -> State:
        """Return a state with other values. Raises ValueError for values that cannot be used."""
        return msgspec.structs.replace(self, **changes)

    def content(self) -> dict[str, Any]:
        """Return the state as JSON types."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class StateFile:
    """Keeps the state in memory, and follows changes of the file."""

    def __init__(self, config: Config) -> None:
        """Read the state, or begin at the first step of a new rollout. Raises ConfigError."""
        self._path = Path(config.state)
        self._steps = len(config.shares)
        self._seen: Mark | None = None
        self._problem = ""
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
        except OSError as error:
            raise ConfigError(f"{self._path}: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{self._path} is not the state of a rollout ({error}): restore the file, "
                "or delete it to start the rollout again"
            ) from None
        if stored is not None and self._is_own(stored):
            self.value = stored
            return
        try:
            self.write(self.value)
        except OSError as error:
            raise ConfigError(f"{self._path}: {error.strerror}") from None

    def refresh(self) -> State:
        """Read the file again if it changed. A file that cannot be used changes nothing.

        Each problem is logged once, until the file changes again.
        """
        try:
            if self._mark() != self._seen:
                stored = self._load()
                if self._is_own(stored):
                    self.value = stored
                    self._problem = ""
                else:
                    self._keep(f"{self._path} is the state of another rollout")
        except FileNotFoundError:
            self._keep(f"{self._path} is missing")
        except OSError as error:
            self._keep(f"{self._path}: {error.strerror}")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._keep(f"{self._path} is not the state of a rollout ({error})")
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
        self._problem = ""
        self.value = value

    def _keep(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            log.warning("%s: the router keeps the last state that it read", problem)

    def _is_own(self, stored: State) -> bool:
        own = self.value
        same = (stored.stable, stored.candidate, stored.mode) == (
            own.stable,
            own.candidate,
            own.mode,
        )
        return same and stored.step < self._steps

    def _mark(self) -> Mark:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _load(self) -> State:
        mark = self._mark()
        content = self._path.read_bytes()
        self._seen = mark
        return msgspec.json.decode(content, type=State)
