"""The configuration of a rollout: one YAML or JSON file, checked strictly."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import yaml

Mode = Literal["canary", "blue-green", "shadow", "ab", "rolling"]

# Shares of the candidate, one step after the other. At 0 of `blue-green`, the stable version is
# measured; then all requests move at once.
STEPS: dict[Mode, tuple[float, ...]] = {
    "canary": (0.05, 0.25, 0.5, 1.0),
    "rolling": (0.25, 0.5, 0.75, 1.0),
    "blue-green": (0.0, 1.0),
    "shadow": (0.0,),
    "ab": (0.5,),
}


class ConfigError(Exception):
    """The configuration cannot be used; the message names the key."""


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A running service: its address, the version that it serves, and where its metrics are."""

    url: str
    version: str
    metrics: str | None = None
    ready: str = "/readyz"

    @property
    def metrics_url(self) -> str:
        """Address of the Prometheus metrics."""
        return self.metrics or f"{self.url.rstrip('/')}/metrics"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the candidate. Each step needs `min_requests` of each version that it uses.

    error_rate: difference by which the share of failed requests may exceed the stable version's.
    latency_ratio, latency_seconds: the candidate's 95th percentile is too high if it exceeds the
    stable version's by both.
    score_psi: largest population stability index of the scores, candidate against stable.
    alpha: the test of the losses is valid at this level, however often it is looked at.
    loss: difference by which the mean loss may exceed the stable version's.
    min_outcomes: labels of each version before losses are compared.
    require_outcomes: do not promote before `min_outcomes` labels of each version arrived.
    max_outcomes: an A/B test without a difference ends here, and the stable version stays.
    ready_seconds: a candidate that is not ready within this time is rolled back.
    """

    min_requests: int = 200
    error_rate: float = 0.02
    latency_ratio: float = 1.5
    latency_seconds: float = 0.05
    score_psi: float = 0.25
    alpha: float = 0.05
    loss: float = 0.0
    min_outcomes: int = 100
    require_outcomes: bool = False
    max_outcomes: int = 100_000
    ready_seconds: float = 120.0


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rollout: `candidate` may replace `stable`.

    state: file of the state. report: folder of the report. outcomes: file of later labels.
    model: label `model` of the services' metrics; by default the sum of all models.
    metrics_host, metrics_port: address of `/metrics` and `/router/state`, for operators only.
    weight: share of the candidate at the start. steps: its shares after that; see STEPS.
    salt: of the hash that divides the keys; see `split_salt`.
    entity: column whose value is the key of a request. key_header: header with the key of a request
    that has no entity. Without both, the request id is the key.
    default_answer: JSON that answers a prediction if no version does.
    timeout_seconds: until a version must have answered. interval_seconds: between two judgments.
    promote, rollback: command of the verdict, with ROUTER_VERDICT, ROUTER_VERSION and ROUTER_REASON
    in its environment.
    max_connections: of clients. max_requests: that wait for a version at the same time.
    trusted_proxies: networks whose X-Forwarded headers are kept; those of other clients are not.
    """

    mode: Mode
    stable: Backend
    candidate: Backend
    state: str
    model: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9090
    weight: float | None = None
    steps: tuple[float, ...] = ()
    salt: str | None = None
    entity: str | None = None
    key_header: str = "x-split-key"
    report: str | None = None
    outcomes: str | None = None
    default_answer: Any = None
    timeout_seconds: float = 5.0
    interval_seconds: float = 5.0
    limits: Limits = Limits()
    promote: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    max_connections: int = 1000
    max_requests: int = 256
    max_body_bytes: int = 2**20
    trusted_proxies: tuple[str, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the candidate in each step."""
        steps = self.steps or STEPS[self.mode]
        if self.weight is None:
            return steps
        if self.mode == "ab":
            return (self.weight,)
        return (self.weight, *(step for step in steps if step > self.weight))

    @property
    def split_salt(self) -> str:
        """Salt of the split: by default, each pair of versions divides the keys differently."""
        if self.salt is not None:
            return self.salt
        return f"{self.stable.version}:{self.candidate.version}"


def load(path: Path) -> Config:
    """Read and check a configuration. Raises ConfigError."""
    try:
        config = msgspec.convert(yaml.safe_load(path.read_bytes()), Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from None
    problem = _problem(config)
    if problem:
        raise ConfigError(f"{path}: {problem}")
    return config


def _problem(config: Config) -> str | None:
    for name, backend in (("stable", config.stable), ("candidate", config.candidate)):
        parts = urlsplit(backend.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return f"`{name}.url` must be an http or https URL, not {backend.url!r}"
    if config.stable.version == config.candidate.version:
        return "`stable.version` and `candidate.version` are equal"
    if any(not 0 <= share <= 1 for share in config.shares):
        return "`weight` and `steps` must be between 0 and 1"
    if list(config.shares) != sorted(set(config.shares)):
        return "`steps` must increase"
    if config.mode == "shadow" and config.shares != (0.0,):
        return "`shadow` sends no request to the candidate: remove `weight` and `steps`"
    if config.mode == "ab" and (len(config.shares) != 1 or not 0 < config.shares[0] < 1):
        return "`ab` needs one share above 0 and below 1"
    if config.mode == "ab" and config.outcomes is None:
        return "`ab` compares the losses of later labels: set `outcomes`"
    if config.mode in ("canary", "rolling", "blue-green") and config.shares[-1] != 1:
        return "the last of `steps` must be 1"
    if config.limits.require_outcomes and config.outcomes is None:
        return "`limits.require_outcomes` needs `outcomes`"
    for network in config.trusted_proxies:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            return f"`trusted_proxies` must hold networks like 10.0.0.0/8, not {network!r}"
    positive = {
        "timeout_seconds": config.timeout_seconds,
        "interval_seconds": config.interval_seconds,
        "max_connections": config.max_connections,
        "max_requests": config.max_requests,
        "max_body_bytes": config.max_body_bytes,
        "limits.min_requests": config.limits.min_requests,
        "limits.min_outcomes": config.limits.min_outcomes - 1,
    }
    for key, value in positive.items():
        if value <= 0:
            return f"`{key}` is too small"
    if not 0 < config.limits.alpha < 1:
        return "`limits.alpha` must be above 0 and below 1"
    return None
