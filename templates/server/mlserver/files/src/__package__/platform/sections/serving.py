"""Section `serving` of the settings."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ..typed import Above, Count, Port, Positive, Share, Text

Pinned = Annotated[
    str,
    msgspec.Meta(
        pattern="^[^:=#]+:[^=#]+=[^#]+#[0-9a-f]{64}$",
        description="<model>:<version>=<uri>#<sha256>",
    ),
]


class Serving(msgspec.Struct, frozen=True):
    """Address, served versions and limits of the service.

    host, port: address of the HTTP server; loopback by default. grpc_port, metrics_port: the other
        ports of MLServer, on the same host.
    poll_seconds: interval between look-ups of the champion alias.
    pinned: fixed versions to serve instead of following the alias, each written as
        `<model>:<version>=<uri of the package>#<sha256>`; the service then uses no registry.
    published_on_loopback: whether, in `local`, the ports of `host` are published on loopback only
        (a container whose ports are published at 127.0.0.1).
    max_rows: rows per request. max_text: characters of a text value.
    prediction_log: file of JSON lines. log_sample: share of requests that are written.
    log_rows: logged rows per request. log_queue, log_queue_rows: limits of requests and rows that
        wait to be written. log_bytes: size at which the file is renamed to `<name>.1`.
    prediction_archive: URI of the folder to which the log is moved every `archive_seconds` or 8 MB;
        if it is not set, the log stays in its file.
    """

    host: Text = "127.0.0.1"
    port: Port = 8000
    grpc_port: Port = 8001
    metrics_port: Port = 9464
    published_on_loopback: bool = False
    poll_seconds: Above = 10.0
    pinned: tuple[Pinned, ...] = ()
    max_rows: Positive = 1_000
    max_text: Positive = 10_000
    prediction_log: Text = ".mlops/predictions.jsonl"
    log_sample: Share = 1.0
    log_rows: Count = 20
    log_queue: Positive = 10_000
    log_queue_rows: Positive = 20_000
    log_bytes: Positive = 100_000_000
    prediction_archive: Text | None = None
    archive_seconds: Above = 300.0
