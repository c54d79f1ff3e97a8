"""Judges the candidate by its metrics and labels, and promotes it or rolls it back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Mapping

import aiohttp

from . import report
from .config import Backend, Config
from .evidence import Counts, Meter, exported, routed
from .judgment import SIDES, Evidence, Judge, Judgment
from .metrics import RouterMetrics
from .outcomes import Outcomes
from .proxy import Proxy
from .sequential import Sample
from .split import Side
from .state import Phase, State, StateFile

log = logging.getLogger(__name__)

MAX_METRICS = 2**24
COMMAND_SECONDS = 600
# A command that still runs this many seconds after SIGTERM is killed.
STOP_SECONDS = 10


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
        self._judge = Judge(config)
        self._meters = {side: Meter() for side in SIDES}

    async def run(self) -> None:
        """Look again and again until the task is cancelled."""
        resumed = False
        while True:
            try:
                if not resumed:
                    self._resume()
                    resumed = True
                await self.look()
            except OSError as error:
                # A full disk must not end the rollout: the next look writes again.
                log.error("the state could not be written: %s", error)
            await asyncio.sleep(self._config.interval_seconds)

    def _resume(self) -> None:
        """Go back one step if a restart forgot the counts of a stable version without requests."""
        state = self._state.value
        if state.phase == "running" and state.step and state.weight == 1:
            step = state.step - 1
            self._state.write(state.replace(step=step, weight=self._config.shares[step]))

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
                    await self._end(state, "rolled_back", "the candidate is not ready")
                return
        await asyncio.to_thread(self._outcomes.read)
        stable, candidate = await asyncio.gather(*map(self._evidence, SIDES))
        if self._state.refresh() != state:
            # An operator changed the state meanwhile: it must not be overwritten.
            return
        now: dict[Side, Evidence] = {"stable": stable, "candidate": candidate}
        judged = self._judge.look(state, now, self._samples())
        state = judged.state
        if judged.result == "next":
            step = state.step + 1
            state = state.replace(step=step, weight=self._config.shares[step])
        elif judged.result != "wait":
            await self._end(state, judged.result, judged.reason, judged)
            return
        if state != self._state.value:
            # Of a smaller p-value too: a restart must not forget it.
            self._state.write(state)
        self._metrics.show(state.phase, state.weight)
        self._write_report(state, judged, judged.reason)

    async def _end(
        self, state: State, phase: Phase, reason: str, judged: Judgment | None = None
    ) -> None:
        """Record the verdict, which moves all requests at once, and then run its command."""
        weight = 1.0 if phase == "promoted" else 0.0
        ended = state.replace(phase=phase, weight=weight, reason=reason)
        self._state.write(ended)
        self._metrics.show(phase, weight)
        log.warning("%s %s: %s", state.candidate, phase.replace("_", " "), reason)
        self._write_report(ended, judged)
        await self._finish(ended)

    async def _finish(self, state: State) -> None:
        """Run the command of the verdict unless it ran: a restart in between runs it again."""
        argv = self._config.promote if state.phase == "promoted" else self._config.rollback
        if state.command is not None or not argv:
            return
        code = await _run(argv, state)
        ended = state.replace(command=code)
        if code and state.phase == "promoted":
            reason = f"the promotion command failed with {code} after: {state.reason}"
            ended = ended.replace(phase="rolled_back", weight=0.0, reason=reason)
        self._state.write(ended)
        self._metrics.show(ended.phase, ended.weight)
        if self._config.report:
            report.finish(self._config.report, ended)

    def _samples(self) -> tuple[Sample, Sample]:
        stable, candidate = self._outcomes.samples.values()
        return stable, candidate

    def _write_report(self, state: State, judged: Judgment | None, waits: str = "") -> None:
        if not self._config.report:
            return
        report.write(
            self._config.report,
            state,
            [finding.content() for finding in judged.findings] if judged else [],
            report.losses(self._samples(), judged.losses, state.p_value, self._config.limits.alpha)
            if judged
            else None,
            report.shadow(self._proxy.differences, self._proxy.largest_difference),
            waits,
        )

    async def _evidence(self, side: Side) -> Evidence:
        backend = self._config.stable if side == "stable" else self._config.candidate
        found = await self._scrape(backend)
        counts = self._meters[side].read(found) if found is not None else None
        return Evidence(counts, routed(self._metrics, side))

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
        log.error("%s: %s", argv[0], error.strerror or error)
        return 127
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            return await process.wait()
    except TimeoutError:
        log.error("%s took more than %d s", argv[0], COMMAND_SECONDS)
        return await _stop(process)
    except asyncio.CancelledError:
        # The router ends. The command runs again when it starts.
        await _stop(process)
        raise


async def _stop(process: asyncio.subprocess.Process) -> int:
    """End a command and the processes that it started. Return its exit code."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        # The command leads a session, and so a process group, of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                return await process.wait()
    return await process.wait()
