"""Roll out a version on this machine: `make roll-out`.

Two services run behind one port: the champion and the candidate. The router divides the requests
and decides by the metrics of both. If the candidate stays within the limits, it becomes the
champion; otherwise the rollout is rolled back, and the log of releases rejects the version.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ..client.server import MODULE
from ..client.service import call
from ..registry import get_registry
from . import interrupts, models, rollout
from .errors import PromotionRefusedError, UserError
from .locks import only_one
from .processes import free_port, stop
from .sections.rollout import Rollout
from .sections.serving import Serving
from .settings import Settings, load_settings
from .strict_json import dumps

PACKAGE = __package__.split(".")[0]
SERVICE = (MODULE,)
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.2


class Places:
    """The files of the rollouts of a model: logs, state and report."""

    def __init__(self, settings: Settings, model: str, folder: str | None = None) -> None:
        """Use a folder of the environment, or another one."""
        own = "" if settings.env == "local" else f"{settings.env}/"
        self.folder = Path(folder or settings.resolve(f".mlops/{own}rollout/{model}"))
        self.stable_log = self.folder / "stable.jsonl"
        self.candidate_log = self.folder / "candidate.jsonl"
        self.outcomes = self.folder / "outcomes.jsonl"
        self.state = self.folder / "state.json"
        self.config = self.folder / "router.json"

    def prepare(self, stable: str, candidate: str) -> None:
        """Keep the files of an interrupted rollout of these versions; remove those of others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError, ValueError):
            state = json.loads(self.state.read_bytes())
            if (state["stable"], state["candidate"], state["phase"]) == (
                stable,
                candidate,
                "running",
            ):
                return
        for path in (self.state, self.outcomes, self.stable_log, self.candidate_log):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Options:
    """How a rollout runs.

    port: of the router; 0 for any free port. router: further keys of its configuration. stable,
    candidate: modules of the services, with their arguments. seconds: the time limit; None for no
    limit. output: file for what the processes print; None for the terminal.
    """

    mode: str
    port: int = 0
    router: Mapping[str, Any] = field(default_factory=dict)
    stable: tuple[str, ...] = SERVICE
    candidate: tuple[str, ...] = SERVICE
    seconds: float | None = None
    output: Path | None = None


@dataclass(frozen=True)
class Running:
    """A running rollout: the address of the router, that of its metrics, and its process."""

    url: str
    metrics: str
    process: subprocess.Popen[bytes]


class Decision(msgspec.Struct, frozen=True):
    """The state of the router after its verdict: see `router/state.py`."""

    phase: str
    reason: str


def roll_out(
    settings: Settings,
    move: rollout.Move,
    options: Options,
    places: Places,
    drive: Callable[[Running], None] | None = None,
    after: Callable[[Running], None] | None = None,
) -> str:
    """Run a rollout; return the reason of the promotion.

    `drive` runs again and again until the router has decided; `after` runs when the champion has
    moved, or stayed, while the router still answers. Raises TakenBackError if the candidate was
    rolled back, and UserError if a process failed: then nothing is recorded.
    """
    require_possible(options.mode, move)
    reason = ""
    with _started(settings, move, options, places) as running:

        def attempt(pinned: str) -> None:
            nonlocal reason
            decision = _decided(running, options, places, drive)
            if decision.phase != "promoted":
                raise rollout.TakenBackError(decision.reason)
            reason = decision.reason

        try:
            rollout.run(settings, [move], attempt)
        except rollout.TakenBackError:
            if after is not None:
                after(running)
            raise
        if after is not None:
            after(running)
    return reason


def require_possible(mode: str, move: rollout.Move) -> None:
    """Raise PromotionRefusedError if there is nothing to compare, or no entity for an A/B test."""
    if move.source is None:
        raise PromotionRefusedError(f"{move.model} has no champion to compare with: make pipeline")
    if mode == "ab" and models.load(move.model).contract.entity is None:
        raise PromotionRefusedError(
            f"an A/B test of {move.model} needs an entity: a customer must always get the same "
            "version. Declare `entity` in contract.py, or choose another rollout"
        )


@contextmanager
def _started(
    settings: Settings, move: rollout.Move, options: Options, places: Places
) -> Iterator[Running]:
    own = settings.section("rollout", Rollout)
    source = get_registry(settings).version(move.model, str(move.source))
    back = rollout.Move(move.action, move.target.version, source)
    places.prepare(source.version, move.target.version)
    contract = models.load(move.model).contract
    with ExitStack() as stack:
        stable = Service(settings, options.stable, rollout.pinned(settings, [back]))
        candidate = Service(settings, options.candidate, rollout.pinned(settings, [move]))
        # Both start at the same time.
        processes = [
            (one, stack.enter_context(one.process(log, options.output)))
            for one, log in ((stable, places.stable_log), (candidate, places.candidate_log))
        ]
        for one, process in processes:
            _wait_ready(f"{one.url}/readyz", process, options.output)
        port = options.port or free_port()
        metrics_port = own.metrics_port if options.port else free_port()
        config = {
            "mode": options.mode,
            "model": move.model,
            "stable": {**stable.backend(), "version": source.version},
            "candidate": {**candidate.backend(), "version": move.target.version},
            "host": "127.0.0.1",
            "port": port,
            "metrics_port": metrics_port,
            # A request names the entity in its rows only if the entity is an input.
            "entity": contract.entity if contract.entity in contract.names else None,
            "state": str(places.state),
            "report": str(places.folder),
            "outcomes": str(places.outcomes),
            "default_answer": own.default_answer,
            "interval_seconds": own.interval_seconds,
            "steps": own.steps,
            "limits": own.limits,
            **options.router,
        }
        places.config.write_text(dumps(config, indent=2) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", f"{PACKAGE}.router", "--config", str(places.config)]
        router = stack.enter_context(process_of(command, {}, options.output))
        running = Running(
            f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics", router
        )
        _wait_ready(f"{running.url}/router/healthz", router, options.output)
        yield running


class Service:
    """A service with fixed versions, on free ports."""

    def __init__(self, settings: Settings, command: tuple[str, ...], pinned: str) -> None:
        """Choose the ports; outside `local`, the metrics have one of their own."""
        self._command = command
        self._pinned = pinned
        self._port = free_port()
        self._metrics_port = None if settings.env == "local" else free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def backend(self) -> dict[str, str]:
        """Return its addresses for the configuration of the router."""
        if self._metrics_port is None:
            return {"url": self.url}
        return {"url": self.url, "metrics": f"http://127.0.0.1:{self._metrics_port}/metrics"}

    @contextmanager
    def process(self, log: Path, output: Path | None) -> Iterator[subprocess.Popen[bytes]]:
        """Run it until the block ends."""
        environment = {
            "MLOPS_SERVING__HOST": "127.0.0.1",
            "MLOPS_SERVING__PORT": str(self._port),
            "MLOPS_SERVING__PINNED": self._pinned,
            "MLOPS_SERVING__PREDICTION_LOG": str(log),
        }
        if self._metrics_port is not None:
            environment["MLOPS_SERVING__METRICS_PORT"] = str(self._metrics_port)
        with process_of([sys.executable, "-m", *self._command], environment, output) as process:
            yield process


def _decided(
    running: Running,
    options: Options,
    places: Places,
    drive: Callable[[Running], None] | None,
) -> Decision:
    """Return the state of the router when it has decided."""
    deadline = None if options.seconds is None else time.monotonic() + options.seconds
    while True:
        decision = msgspec.json.decode(places.state.read_bytes(), type=Decision)
        if decision.phase != "running":
            return decision
        if running.process.poll() is not None:
            code = running.process.returncode
            raise UserError(f"the router ended with {code}{_tail(options.output)}")
        if deadline is not None and time.monotonic() > deadline:
            raise UserError(
                f"the router did not decide within {options.seconds:.0f} s{_waits(places)}"
            )
        if drive is None:
            time.sleep(POLL_SECONDS)
        else:
            drive(running)


def _waits(places: Places) -> str:
    with suppress(OSError, ValueError):
        return f": {json.loads((places.folder / 'rollout.json').read_bytes())['waits']}"
    return ""


@contextmanager
def process_of(
    command: list[str], environment: Mapping[str, str], output: Path | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends."""
    with ExitStack() as stack:
        file = None if output is None else stack.enter_context(output.open("ab"))
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
            # Ctrl-C reaches this program only, which then ends the others in order.
            start_new_session=True,
        )
        interrupts.own(process)
        try:
            yield process
        finally:
            stop(process, STOP_SECONDS)


def _wait_ready(url: str, process: subprocess.Popen[bytes], output: Path | None) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"{url}: the process ended with {process.returncode}{_tail(output)}")
        try:
            status, _ = call(url, seconds=2.0)
        except UserError:
            status = 0
        if status == 200:
            return
        time.sleep(POLL_SECONDS)
    raise UserError(f"{url} was not ready within {READY_SECONDS:.0f} s{_tail(output)}")


def _tail(output: Path | None) -> str:
    if output is None:
        return ""
    return ":\n" + "\n".join(output.read_text(errors="replace").splitlines()[-15:])


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UserError(
                f"port {port} is taken: stop the service first, the rollout answers on its port"
            ) from None


def waiting(settings: Settings, model: str, version: str | None = None) -> rollout.Move:
    """Return the rollout of a version, by default the newest that waits.

    Raises PromotionRefusedError if none waits.
    """
    moves = rollout.forward(settings, model if version else None, version)
    for move in moves:
        if move.model == model:
            return move
    raise PromotionRefusedError(f"no version of {model} waits for a rollout: make candidate")


def _stay(running: Running) -> None:
    """Serve the winner until a signal arrives."""
    print("the version that stayed answers on this port until Ctrl-C", flush=True)
    interrupts.advise("The result is recorded.", STOP_SECONDS, interrupts.SIGNALS)
    while running.process.poll() is None:
        time.sleep(POLL_SECONDS)


def main() -> None:
    """Roll out the waiting version and print the result; on an error exit with 1."""
    parser = argparse.ArgumentParser(prog="roll-out", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--mode", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--version", help="by default the newest version that waits")
    given = parser.parse_args()
    interrupts.advise("Nothing was recorded: make roll-out continues the rollout.", STOP_SECONDS)
    try:
        settings = load_settings()
        places = Places(settings, given.model)
        with only_one(places.folder.with_suffix(".lock"), "make roll-out"):
            move = waiting(settings, given.model, given.version)
            port = settings.section("serving", Serving).port
            _require_free(port)
            print(
                f"{move.model} {move.target.version} is compared with {move.source} on "
                f"http://127.0.0.1:{port}; report: {places.folder / 'rollout.md'}",
                flush=True,
            )

            def told(running: Running) -> None:
                decision = msgspec.json.decode(places.state.read_bytes(), type=Decision)
                print(f"{decision.phase.replace('_', ' ')}: {decision.reason}", flush=True)
                _stay(running)

            roll_out(settings, move, Options(given.mode, port), places, after=told)
    except UserError as error:
        raise SystemExit(f"roll-out: {error}") from None


if __name__ == "__main__":
    main()
