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
    """Address, served versions and limits of the service.

    host, port: address to listen on; loopback by default.
    poll_seconds: interval between look-ups of the champion alias.
    pinned: fixed versions to serve instead of following the alias, each written as
        `<model>:<version>=<uri of the package>#<sha256>`; the service then uses no registry.
    default_model: the model of `/predict`; by default the first by name.
    published_on_loopback: whether, in `local`, the port of `host` is published on loopback only (a
        container whose port is published at 127.0.0.1).
    metrics_port: port of `/metrics` outside `local`, for the internal network; if it is not set,
        there are no metrics. In `local` they are on `port`.
    max_body_bytes, max_rows, request_seconds, max_connections: limits of requests.
    max_text: characters of a text value.
    max_open_bytes: memory limit for all bodies that arrive in more than one chunk.
    prediction_log: file of JSON lines. log_sample: share of requests that are written.
    log_rows: logged rows per request. log_queue, log_queue_rows: limits of requests and rows that
        wait to be written. log_bytes: size at which the file is renamed to `<name>.1`.
    prediction_archive: URI of the folder to which the log is moved every `archive_seconds` or 8 MB;
        if it is not set, the log stays in its file.
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
    max_text: int = 10_000
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
    """A version to serve. `metrics` are its metrics in the registry."""

    model: str
    version: str
    uri: str
    sha256: str
    metrics: dict[str, float]


def pinned_targets(entries: tuple[str, ...]) -> list[Target]:
    """Parse `pinned`. Raises SettingsError with the entry that has another format."""
    targets = []
    for entry in entries:
        match = _PINNED.fullmatch(entry.strip())
        if match is None:
            raise SettingsError(
                f"serving.pinned: expected <model>:<version>=<uri>#<sha256>, found {entry!r}"
            )
        targets.append(Target(**match.groupdict(), metrics={}))
    return targets
