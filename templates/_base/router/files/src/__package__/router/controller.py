"""Judges the candidate by its metrics and labels, and promotes it or rolls it back."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import aiohttp
import msgspec

from . import report
from .config import Backend, Config, Limits
from .evidence import Counts, exported, routed, score_shift
from .metrics import RouterMetrics
from .outcomes import Outcomes
from .proxy import Proxy
from .sequential import Look, Sample, compare
from .split import Side
from .state import Phase, State, StateFile

log = logging.getLogger(__name__)

MAX_METRICS = 2**24
# Failures are judged from this many requests on: a version that always fails goes at once.
FIRST_REQUESTS = 20
# Standard errors of the interval for the share of failed requests: it is looked at many times.
Z = 3.0
COMMAND_SECONDS = 600
SIDES: tuple[Side, Side] = ("stable", "candidate")


@dataclass(frozen=True)
class Evidence:
    """What is known of a version: from its own metrics, if they were read, and from the router."""

    exported: Counts | None
    routed: Counts

    def since(self, earlier: Evidence) -> Evidence:
        """Return what was added."""
        known = self.exported
        if known is not None and earlier.exported is not None:
            known = known.since(earlier.exported)
        return Evidence(known, self.routed.since(earlier.routed))

    def sources(self) -> list[tuple[str, Counts]]:
        """Return the counts with the name of their source."""
        found = [("router", self.routed)]
        return found if self.exported is None else [*found, ("service", self.exported)]


@dataclass(frozen=True)
class Finding:
    """The result of one check: both numbers, and the highest number that passes."""

    check: str
    source: str
    stable: float
    candidate: float
    limit: float

    @property
    def failed(self) -> bool:
        """Whether the candidate exceeds the limit."""
        return self.candidate > self.limit

    def sentence(self) -> str:
        """Return the finding as text."""
        return (
            f"{self.check} ({self.source}): {self.candidate:.4g}, limit {self.limit:.4g}, "
            f"stable {self.stable:.4g}"
        )


def judge(limits: Limits, stable: Evidence, candidate: Evidence) -> list[Finding]:
    """Return the checks of failures, latency and scores for which there are enough requests."""
    found: list[Finding] = []
    old = dict(stable.sources())
    for source, new in candidate.sources():
        before = old.get(source)
        if before is None:
            continue
        if new.requests >= min(FIRST_REQUESTS, limits.min_requests):
            surely = _lower_bound(new.failures, new.requests)
            limit = before.error_rate + limits.error_rate
            found.append(Finding("errors", source, before.error_rate, surely, limit))
        if min(new.requests, before.requests) < limits.min_requests:
            continue
        first, second = before.p95, new.p95
        if first is not None and second is not None:
            limit = max(first * limits.latency_ratio, first + limits.latency_seconds)
            found.append(Finding("latency", source, first, second, limit))
    if stable.exported and candidate.exported:
        scores = (stable.exported.scores, candidate.exported.scores)
        rows = min(max(counts.values(), default=0.0) for counts in scores)
        if rows >= limits.min_requests:
            index, chance = score_shift(*scores)
            limit = max(limits.score_psi, chance)
            found.append(Finding("scores", "service", 0.0, index, limit))
    return found


def _lower_bound(failures: float, requests: float) -> float:
    """Return the lower end of the Wilson interval of a share."""
    share = failures / requests
    center = share + Z * Z / (2 * requests)
    half = Z * math.sqrt(share * (1 - share) / requests + Z * Z / (4 * requests * requests))
    return max(0.0, (center - half) / (1 + Z * Z / requests))


Verdict = tuple[Literal["wait", "next", "promoted", "rolled_back"], str]


class Controller:
    """Moves one rollout forward, or ends it."""

    def __init__(
        self, config: Config, state: StateFile, metrics: RouterMetrics, proxy: Proxy
    ) -> None:
        """Create a controller of a proxy."""
        self._config = config
        self._state = state
        self._metrics = metrics
        self._proxy = proxy
        versions = (config.stable.version, config.candidate.version)
        self._outcomes = Outcomes(config.outcomes, versions)
        self._started = time.monotonic()
        self._step = -1
        # At the start of the rollout, and at the start of its step.
        self._first: dict[Side, Evidence] = {}
        self._base: dict[Side, Evidence] = {}

    async def run(self) -> None:
        """Look again and again until the task is cancelled."""
        while True:
            try:
                await self.look()
            except OSError as error:
                # A full disk must not end the rollout: the next look writes again.
                log.error("the state could not be written: %s", error)
            await asyncio.sleep(self._config.interval_seconds)

    async def look(self) -> None:
        """Judge the candidate once, and act."""
        state = self._state.refresh()
        self._metrics.show(state.phase, state.weight)
        if state.phase != "running":
            await self._finish(state)
            return
        if not self._proxy.candidate_ready:
            self._proxy.candidate_ready = await self._ready()
            if not self._proxy.candidate_ready:
                if time.monotonic() - self._started > self._config.limits.ready_seconds:
                    await self._end(state, "rolled_back", "the candidate is not ready", [])
                return
        await asyncio.to_thread(self._outcomes.read)
        now = {side: await self._evidence(side) for side in SIDES}
        if self._step != state.step:
            self._step = state.step
            self._base = now
            self._first = self._first or now
        # A service whose metrics could not be read before starts to count here.
        for known in (self._base, self._first):
            for side in SIDES:
                if known[side].exported is None:
                    known[side] = Evidence(now[side].exported, known[side].routed)
        stable = now["stable"].since(self._base["stable"])
        candidate = now["candidate"].since(self._base["candidate"])
        if stable.routed.requests < self._config.limits.min_requests:
            stable = now["stable"].since(self._first["stable"])
        findings = judge(self._config.limits, stable, candidate)
        losses = self._losses()
        if min(sample.count for sample in self._samples()) < self._config.limits.min_outcomes:
            losses = Look(losses.difference, 1.0, math.inf)
        state = msgspec.structs.replace(state, p_value=min(state.p_value, losses.p_value))
        verdict, reason = self._verdict(state, stable, candidate, findings, losses)
        if verdict == "next":
            step = state.step + 1
            moved = msgspec.structs.replace(state, step=step, weight=self._config.shares[step])
            self._state.write(moved)
            self._metrics.show(moved.phase, moved.weight)
            self._write_report(moved, findings)
        elif verdict == "wait":
            self._state.value = state
            self._write_report(state, findings, reason)
        else:
            await self._end(state, verdict, reason, findings)

    def _verdict(
        self,
        state: State,
        stable: Evidence,
        candidate: Evidence,
        findings: list[Finding],
        losses: Look,
    ) -> Verdict:
        limits = self._config.limits
        failed = [finding.sentence() for finding in findings if finding.failed]
        if failed:
            return "rolled_back", "; ".join(failed)
        labels = [sample.count for sample in self._samples()]
        sure = losses.p_value < limits.alpha
        size = f"{losses.difference:+.4g}, p = {losses.p_value:.2g} after {sum(labels)} labels"
        if sure and losses.difference > limits.loss:
            return "rolled_back", f"loss: {size}"
        if stable.exported is None or candidate.exported is None:
            return "wait", "metrics of a version cannot be read"
        if self._config.mode == "ab":
            if sure:
                return "promoted", f"loss: {size}"
            if sum(labels) >= limits.max_outcomes:
                return "rolled_back", f"no difference: {size}"
            return "wait", "the A/B test continues"
        if stable.routed.requests < limits.min_requests and self._config.shares[0] < 1:
            return "wait", "the stable version had too few requests"
        asked = state.weight > 0 or self._config.mode == "shadow"
        if asked and candidate.routed.requests < limits.min_requests:
            return "wait", "the candidate had too few requests"
        if state.step + 1 < len(self._config.shares):
            return "next", ""
        if limits.require_outcomes and min(labels) < limits.min_outcomes:
            return "wait", "too few labels"
        return "promoted", "all checks passed"

    async def _end(self, state: State, phase: Phase, reason: str, findings: list[Finding]) -> None:
        """Record the verdict, which moves all requests at once, and then run its command."""
        weight = 1.0 if phase == "promoted" else 0.0
        ended = msgspec.structs.replace(state, phase=phase, weight=weight, reason=reason)
        self._state.write(ended)
        self._metrics.show(phase, weight)
        log.warning("%s %s: %s", state.candidate, phase.replace("_", " "), reason)
        self._write_report(ended, findings)
        await self._finish(ended)

    async def _finish(self, state: State) -> None:
        """Run the command of the verdict unless it ran: a restart in between runs it again."""
        argv = self._config.promote if state.phase == "promoted" else self._config.rollback
        if state.command is not None or not argv:
            return
        code = await _run(argv, state)
        ended = msgspec.structs.replace(state, command=code)
        if code and state.phase == "promoted":
            reason = f"the promotion command failed with {code} after: {state.reason}"
            ended = msgspec.structs.replace(ended, phase="rolled_back", weight=0.0, reason=reason)
        self._state.write(ended)
        self._metrics.show(ended.phase, ended.weight)
        if self._config.report:
            report.finish(self._config.report, ended)

    def _samples(self) -> list[Sample]:
        return list(self._outcomes.samples.values())

    def _losses(self) -> Look:
        limits = self._config.limits
        stable, candidate = self._samples()
        return compare(stable, candidate, limits.loss, limits.alpha)

    def _write_report(self, state: State, findings: list[Finding], waits: str = "") -> None:
        if not self._config.report:
            return
        stable, candidate = self._samples()
        report.write(
            self._config.report,
            state,
            [
                {
                    "check": finding.check,
                    "source": finding.source,
                    "stable": finding.stable,
                    "candidate": finding.candidate,
                    "limit": finding.limit,
                    "failed": finding.failed,
                }
                for finding in findings
            ],
            report.losses(stable, candidate, self._losses(), self._config.limits.alpha),
            report.shadow(self._proxy.differences, self._proxy.largest_difference),
            waits,
        )

    async def _evidence(self, side: Side) -> Evidence:
        backend = self._config.stable if side == "stable" else self._config.candidate
        return Evidence(await self._scrape(backend), routed(self._metrics, side))

    async def _scrape(self, backend: Backend) -> Counts | None:
        try:
            async with self._proxy.session.get(backend.metrics_url) as found:
                if found.status != 200:
                    return None
                content = await found.content.read(MAX_METRICS)
                while part := await found.content.read(MAX_METRICS):
                    content += part
                    if len(content) > MAX_METRICS:
                        return None
            return exported(content.decode(), self._config.model)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("no metrics of version %s: %s", backend.version, error)
            return None

    async def _ready(self) -> bool:
        backend = self._config.candidate
        try:
            async with self._proxy.session.get(backend.url.rstrip("/") + backend.ready) as found:
                return found.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


async def _run(argv: tuple[str, ...], state: State) -> int:
    """Run a command with the verdict in its environment. Return its exit code, or 127."""
    environment: Mapping[str, str] = {
        **os.environ,
        "ROUTER_VERDICT": state.phase,
        "ROUTER_VERSION": state.candidate,
        "ROUTER_REASON": state.reason,
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, env=environment, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        log.error("%s: %s", argv[0], error)
        return 127
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            return await process.wait()
    except TimeoutError:
        process.kill()
        return await process.wait()
