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
    max_head_bytes: bytes of request line and headers. head_seconds: time until they have arrived.
    idle_seconds: time until a connection without a request is closed; behind a load balancer, more
        than its own limit, or requests get status 502.
    max_open_bytes: memory limit for all requests that have not arrived completely, and large ones.
    prediction_log: file of JSON lines. log_sample: share of requests that are written.
    log_rows: logged rows per request. log_queue, log_queue_rows: limits of requests and rows that
        wait to be written. log_bytes: size at which the file is renamed to `<name>.1`.
    prediction_archive: URI of the folder to which the log is moved every `archive_seconds` or 8 MB;
        if it is not set, the log stays in its file.
    """

    host: Text = "127.0.0.1"
    port: Port = 8000
    published_on_loopback: bool = False
    metrics_port: Port | None = None
    poll_seconds: Above = 10.0
    pinned: tuple[Pinned, ...] = ()
    default_model: Text | None = None
    max_body_bytes: Positive = 1_048_576
    max_rows: Positive = 1_000
    max_text: Positive = 10_000
    request_seconds: Above = 10.0
    max_connections: Positive = 1_024
    max_open_bytes: Positive = 32_000_000
    max_head_bytes: Positive = 16_384
    head_seconds: Above = 5.0
    idle_seconds: Above = 5.0
    prediction_log: Text = ".mlops/predictions.jsonl"
    log_sample: Share = 1.0
    log_rows: Count = 20
    log_queue: Positive = 10_000
    log_queue_rows: Positive = 20_000
    log_bytes: Positive = 100_000_000
    prediction_archive: Text | None = None
    archive_seconds: Above = 300.0
