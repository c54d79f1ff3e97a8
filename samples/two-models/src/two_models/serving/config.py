"""Section `serving` of the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..platform.errors import SettingsError

_PINNED = re.compile(
    r"(?P<model>[^:=#]+):(?P<version>[^=#]+)=(?P<uri>[^#]+)#(?P<sha256>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Serving:
    """How the service listens, what it serves and where its limits are.

    host, port: address to listen on; loopback unless a deployment says otherwise.
    poll_seconds: how often the champion alias is looked up.
    pinned: versions to serve for good instead of following the alias, each written as
        `<model>:<version>=<uri of the package>#<sha256>`; then no registry is asked.
    default_model: the model behind `/predict`; the first by name when not set.
    published_on_loopback: whether, in `local`, something in front of `host` publishes the port on
        loopback only (a container whose port is published at 127.0.0.1).
    metrics_port: port of `/metrics` outside `local`, for the inside of the network; without it
        there are no metrics there. In `local` they are on `port`.
    max_body_bytes, max_rows, request_seconds, max_connections: bounds of a request.
    max_open_bytes: what bodies of more than one piece may hold in memory together.
    prediction_log: file of JSON lines. log_sample: share of requests that are written.
    log_rows: rows kept of one request. log_queue, log_queue_rows: requests, and their rows, that
        wait to be written at most. log_bytes: size at which the file is set aside as `<name>.1`.
    prediction_archive: folder, by its URI, that the log is moved to piece by piece, every
        `archive_seconds` or 8 MB; without one it stays in its file.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    published_on_loopback: bool = False
    metrics_port: int | None = None
    poll_seconds: float = 10.0
    pinned: tuple[str, ...] = ()
    default_model: str | None = None
    max_body_bytes: int = 1_048_576
    max_rows: int = 1_000
    request_seconds: float = 10.0
    max_connections: int = 1_024
    max_open_bytes: int = 64_000_000
    prediction_log: str = ".mlops/predictions.jsonl"
    log_sample: float = 1.0
    log_rows: int = 20
    log_queue: int = 10_000
    log_queue_rows: int = 20_000
    log_bytes: int = 100_000_000
    prediction_archive: str | None = None
    archive_seconds: float = 300.0


@dataclass(frozen=True)
class Target:
    """A version that the service is told to serve. `metrics` are those of the registry."""

    model: str
    version: str
    uri: str
    sha256: str
    metrics: dict[str, float]


def pinned_targets(entries: tuple[str, ...]) -> list[Target]:
    """Parse `pinned`. Raises SettingsError, quoting an entry of another form."""
    targets = []
    for entry in entries:
        match = _PINNED.fullmatch(entry.strip())
        if match is None:
            raise SettingsError(
                f"serving.pinned: expected <model>:<version>=<uri>#<sha256>, found {entry!r}"
            )
        targets.append(Target(**match.groupdict(), metrics={}))
    return targets
