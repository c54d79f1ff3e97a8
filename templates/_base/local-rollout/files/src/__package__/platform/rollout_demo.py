"""Roll out a good version and four bad ones on this machine: `make demo-rollout`.

The candidate serves behind the router, next to the champion, while rows of the test set are sent.
Four times it has a fault, and the rollout must be rolled back: failed requests, late answers,
shifted scores, and losses in labels that arrive later. Without a fault it must become the champion.
Each result is read from outside: from the answers, the metrics of the router, the registry and the
log of releases.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..client.protocols import request
from ..client.rows import json_rows
from ..data.frames import read_frame
from ..params import load_params
from ..registry import CHAMPION, get_registry
from . import artifacts, interrupts, local_rollout, models, releases, rollout
from .demo import DemoFailedError, Loop, eventually, expect, show, write
from .errors import UserError
from .locks import only_one
from .outcomes import Outcomes
from .paths import RunPaths
from .processes import free_port
from .settings import Settings, load_settings
from .strict_json import dumps

PACKAGE = __package__.split(".")[0]
FAULTY = f"{PACKAGE}.platform.faulty_service"
REPORT = "reports/demo-rollout.json"
# Fault -> how the reason of the rollback starts.
FAULTS = {"errors": "errors", "latency": "latency", "scores": "scores", "labels": "loss"}
ROWS = 1000
BATCH = 64
AT_ONCE = 8
SECONDS = 180.0
REASON = "demo of rollouts"
ROUTER: dict[str, Any] = {
    "interval_seconds": 0.5,
    "limits": {
        "min_requests": 50,
        # A busy computer delays some answers of both versions.
        "latency_seconds": 0.1,
        "min_outcomes": 120,
    },
}
# The fault of the labels knows few predictions at first, and repeats them.
SCORE_PSI = 1.0
# The steps of a real rollout last longer.
STEPS = {"canary": (0.3, 0.5, 1.0)}
DEFAULT_ANSWER: dict[str, Any] = {"predictions": []}


@dataclass
class Rollouts(Loop):
    """Results of all rollouts of one model."""

    mode: str = ""
    rollouts: list[dict[str, Any]] = field(default_factory=list)


class Traffic:
    """Sends rows of the test set, and tells the router the losses as if labels had arrived."""

    def __init__(
        self,
        model: str,
        frame: pd.DataFrame,
        places: local_rollout.Places,
        pool: ThreadPoolExecutor,
        has_labels: bool,
    ) -> None:
        """Send these rows again and again; their labels arrive if `has_labels`."""
        contract = models.load(model).contract
        self._bodies = [request(contract, [row]) for row in json_rows(frame, contract)]
        self._labels = frame[contract.target].tolist()
        self._keys = [str(value) for value in frame.get(contract.entity, frame.index)]
        self._pool = pool
        self._has_labels = has_labels
        self._logs = [str(places.stable_log), str(places.candidate_log)]
        self._outcomes = Outcomes(places.outcomes, contract)
        self._targets: dict[str, Any] = {}
        self.statuses: Counter[int] = Counter()
        self.degraded: Counter[str] = Counter()
        # Version -> answers that are not degraded; key -> versions that gave them.
        self.served: Counter[str] = Counter()
        self.versions: defaultdict[str, set[str]] = defaultdict(set)
        self.metrics = ""

    def __call__(self, running: local_rollout.Running) -> None:
        """Send a batch, and add the labels of the requests that were logged."""
        first = len(self._targets)
        numbers = range(first, first + BATCH)
        self._targets |= {f"row-{one}": self._labels[one % len(self._labels)] for one in numbers}
        answers = list(self._pool.map(lambda one: self._ask(running.url, one), numbers))
        for number, (status, version, degraded) in zip(numbers, answers, strict=True):
            self.statuses[status] += 1
            if degraded:
                self.degraded[degraded] += 1
            else:
                self.served[version] += 1
                self.versions[self._keys[number % len(self._keys)]].add(version)
        if self._has_labels:
            self._outcomes.add(self._logs, self._targets)

    def finish(self, running: local_rollout.Running) -> None:
        """Keep the last metrics of the router."""
        with urllib.request.urlopen(running.metrics, timeout=10) as answer:
            self.metrics = answer.read().decode()

    def _ask(self, url: str, number: int) -> tuple[int, str, str]:
        path, body = self._bodies[number % len(self._bodies)]
        headers = {
            "content-type": "application/json",
            "x-split-key": self._keys[number % len(self._keys)],
            "x-request-id": f"row-{number}",
        }
        return ask(url + path, body, headers)


def ask(url: str, body: object, headers: dict[str, str]) -> tuple[int, str, str]:
    """Send a request; return the status, the version that answered and the fallback, if any."""
    made = urllib.request.Request(url, dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(made, timeout=20) as answer:
            content, found, status = answer.read(), answer.headers, answer.status
    except urllib.error.HTTPError as error:
        content, found, status = error.read(), error.headers, error.code
    degraded = found.get("x-degraded", "")
    expect(
        not degraded or b'"degraded":true' in content.replace(b" ", b""),
        f"an answer of the {degraded} version does not say that it is degraded",
    )
    return status, found.get("x-served-version", ""), degraded


class Demo:
    """All rollouts of one model."""

    def __init__(
        self, settings: Settings, loop: Rollouts, folder: Path, pool: ThreadPoolExecutor
    ) -> None:
        self.settings = settings
        self.loop = loop
        self.folder = folder
        self.pool = pool
        self.output = folder / "output.log"
        self.output.touch()

    def run(self) -> None:
        """Run all rollouts. Raises DemoFailedError at the first wrong result."""
        move, frame = self.candidate()
        try:
            for fault, cause in FAULTS.items():
                self.bad(move, frame, fault, cause)
            self.good(move, frame)
            self.default_answer(frame)
            self.roll_back(move)
        finally:
            # If a check failed, the next demo begins like this one.
            self.reset(move.target.version)

    def candidate(self) -> tuple[rollout.Move, pd.DataFrame]:
        """Train a version that waits, and return its rollout and the test rows of its run."""
        with self.loop.row("candidate") as row:
            model = self.loop.model
            # A service serves all models, so each of them needs a champion.
            for name in models.names():
                if get_registry(self.settings).get(name, CHAMPION) is None:
                    self.train(name, "base", waits=False)
            sample = load_params(model).data.source == "sample"
            # Fewer labels than the champion had: another version that is about as good.
            run = self.train(model, "late" if sample else "base", waits=True)
            version = str(artifacts.read_json(run.version)["version"]) if sample else None
            if version is not None:
                self.reset(version)
            move = local_rollout.waiting(self.settings, model, version)
            local_rollout.require_possible(self.loop.mode, move)
            row.evidence = f"version {move.target.version} waits, the champion is {move.source}"
        return move, read_frame(run.test).head(ROWS)

    def reset(self, version: str) -> None:
        """Let a version wait again that a rollout of the demo rejected or made the champion."""
        model = self.loop.model
        log = releases.read(self.settings, model)
        if log.champion == version:
            rollout.settle(self.settings, rollout.back(self.settings, model, REASON))
            log = releases.read(self.settings, model)
        if log.rejection(get_registry(self.settings).version(model, version)) is not None:
            releases.allow(self.settings, model, version, REASON)

    def train(self, model: str, variant: str, waits: bool) -> RunPaths:
        """Run the pipeline. Raises UserError with the end of its output if it fails."""
        run = RunPaths.new(model)
        command = [sys.executable, "-m", "pipelines", "--model", model]
        command += ["--run-dir", run.root, "--variant", variant]
        environment = {**os.environ, "MLOPS_ROLLOUT__WAITS": str(waits).lower()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise UserError(f"the pipeline failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return run

    def bad(self, move: rollout.Move, frame: pd.DataFrame, fault: str, cause: str) -> None:
        """Roll out a version with a fault; it must be rolled back because of this fault."""
        with self.loop.row(f"roll back: {fault}") as row:
            try:
                result, why, traffic = self.attempt(
                    move, frame, candidate=(FAULTY, "--fault", fault), labels=fault == "labels"
                )
                log = releases.read(self.settings, move.model)
            finally:
                # The version itself is good: the next rollout, or the next demo, uses it again.
                self.reset(move.target.version)
            expect(result == "rolled back", f"the version was {result}: {why}")
            expect(why.startswith(cause), f"the version was rolled back for another reason: {why}")
            expect(log.champion == move.source, f"the champion is {log.champion}")
            expect(log.rejection(move.target) is not None, "the version was not rejected")
            seen = self.seen(move, traffic, fault)
            row.evidence = f"{why}; {seen}; the champion stays {move.source}"

    def good(self, move: rollout.Move, frame: pd.DataFrame) -> None:
        """Roll out the version without a fault; it must become the champion."""
        with self.loop.row("promote") as row:
            # An A/B test promotes a version only if it is better, so the champion has a fault here.
            worse = (FAULTY, "--fault", "labels")
            if self.loop.mode == "ab":
                # Its scores differ from those of the good version, which is not judged here.
                result, why, traffic = self.attempt(move, frame, stable=worse, score_psi=1e9)
            else:
                result, why, traffic = self.attempt(move, frame)
            expect(result == "promoted", f"the version was {result}: {why}")
            log = releases.read(self.settings, move.model)
            champion = get_registry(self.settings).get(move.model, CHAMPION)
            shown = champion.version if champion else None
            expect(
                log.champion == shown == move.target.version,
                f"the log says champion {log.champion}, the registry {shown}",
            )
            self.loop.model_version = shown
            seen = self.seen(move, traffic, None)
            row.evidence = f"{why}; {seen}; champion {move.source} -> {shown}"

    def attempt(
        self,
        move: rollout.Move,
        frame: pd.DataFrame,
        stable: tuple[str, ...] = local_rollout.SERVICE,
        candidate: tuple[str, ...] = local_rollout.SERVICE,
        labels: bool = True,
        score_psi: float = SCORE_PSI,
    ) -> tuple[str, str, Traffic]:
        """Run one rollout; return the result, its reason and what the callers saw.

        labels: whether labels arrive; a fault of the scores causes losses, too. score_psi: limit.
        """
        places = local_rollout.Places(self.settings, move.model, str(self.folder))
        # A rollout that was interrupted is not continued.
        places.state.unlink(missing_ok=True)
        places.prepare(str(move.source), move.target.version)
        mode = self.loop.mode
        limits = {"score_psi": score_psi, "require_outcomes": labels}
        steps = {"steps": STEPS[mode]} if mode in STEPS else {}
        options = local_rollout.Options(
            mode,
            router={**ROUTER, "limits": {**ROUTER["limits"], **limits}, **steps},
            stable=stable,
            candidate=candidate,
            seconds=SECONDS,
            output=self.output,
        )
        traffic = Traffic(move.model, frame, places, self.pool, labels)
        result = "promoted"
        try:
            why = local_rollout.roll_out(
                self.settings, move, options, places, traffic, traffic.finish
            )
        except rollout.TakenBackError as error:
            result, why = "rolled back", json.loads(places.state.read_bytes())["reason"]
            expect(why in str(error), f"the log says {error}, the router {why}")
        report = json.loads((self.folder / "rollout.json").read_bytes())
        self.loop.rollouts.append({"result": result, "why": why, "report": report})
        return result, why, traffic

    def seen(self, move: rollout.Move, traffic: Traffic, fault: str | None) -> str:
        """Check what the callers saw, and describe it."""
        mode, degraded = self.loop.mode, traffic.degraded["previous"]
        expect(
            set(traffic.statuses) == {200}, f"callers saw these statuses: {dict(traffic.statuses)}"
        )
        served = traffic.served[move.target.version]
        if mode == "shadow":
            # The last batch continues after the verdict.
            allowed = BATCH if fault is None else 0
            expect(served <= allowed, f"{served} answers came from the shadowed version")
        else:
            expect(served > 0, "no answer came from the new version")
        expect(traffic.served[str(move.source)] > 0, "no answer came from the champion")
        if fault == "errors" and mode != "shadow":
            expect(degraded > 0, "no answer was degraded")
        elif mode == "shadow":
            expect(not traffic.degraded, "mirrored requests changed answers")
        counted = _counter(traffic.metrics, 'router_degraded_total{answer="previous"}')
        expect(counted == degraded, f"the metric counts {counted:.0f} of {degraded} fallbacks")
        if mode == "ab":
            moved = [key for key, found in traffic.versions.items() if len(found) > 1]
            expect(not moved or degraded > 0, f"entities changed the version: {moved[:3]}")
        text = f"{sum(traffic.statuses.values())} answers, none failed"
        return f"{text}, {degraded} by the previous version" if degraded else text

    def default_answer(self, frame: pd.DataFrame) -> None:
        """Check that the declared answer is given if both versions fail."""
        with self.loop.row("default answer") as row:
            path = self.folder / "router.json"
            config = json.loads(path.read_bytes())
            for side in ("stable", "candidate"):
                # No program listens there.
                config[side]["url"] = f"http://127.0.0.1:{free_port()}"
            (self.folder / "state.json").unlink()
            config["default_answer"] = DEFAULT_ANSWER
            path.write_text(dumps(config))
            command = [sys.executable, "-m", f"{PACKAGE}.router", "--config", str(path)]
            with local_rollout.process_of(command, {}, self.output):
                url = f"http://127.0.0.1:{config['port']}"
                expect(eventually(lambda: _answers(f"{url}/router/healthz"), 20), "no router")
                contract = models.load(self.loop.model).contract
                where, body = request(contract, json_rows(frame.head(1), contract))
                headers = {"content-type": "application/json", "x-split-key": "one"}
                status, version, degraded = ask(url + where, body, headers)
                expect(
                    (status, version, degraded) == (200, "none", "default"),
                    f"the router answered {status} by {version} ({degraded or 'not degraded'})",
                )
                address = f"http://127.0.0.1:{config['metrics_port']}/metrics"
                with urllib.request.urlopen(address, timeout=10) as answer:
                    text = answer.read().decode()
                counted = _counter(text, 'router_degraded_total{answer="default"}')
                expect(counted == 1, "the metric does not count the default answer")
            row.evidence = "both versions stopped: status 200, degraded, router_degraded_total 1"

    def roll_back(self, move: rollout.Move) -> None:
        """Move the champion back: the repository is as before, and the demo can run again."""
        with self.loop.row("rollback") as row:
            back = rollout.back(self.settings, move.model, REASON)
            rollout.settle(self.settings, back)
            log = releases.read(self.settings, move.model)
            expect(log.champion == move.source, f"the champion is {log.champion}")
            releases.allow(self.settings, move.model, move.target.version, REASON)
            row.evidence = f"champion {move.target.version} -> {log.champion}, audited"


def _counter(text: str, name: str) -> float:
    for line in text.splitlines():
        if line.startswith(name):
            return float(line.rpartition(" ")[2])
    return 0.0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def main() -> int:
    """Run all rollouts, print and write the evidence; return 1 if a result is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--mode", required=True)
    parser.add_argument("--model", required=True)
    given = parser.parse_args()
    # Like `make demo`: always in the local environment.
    os.environ["MLOPS_ENV"] = "local"
    try:
        settings = load_settings()
    except UserError as error:
        print(f"demo-rollout: {error}", file=sys.stderr)
        return 1
    interrupts.advise("Run make demo-rollout again.", local_rollout.STOP_SECONDS)
    loop = Rollouts(given.model, mode=given.mode)
    failure: str | None = None
    started = time.perf_counter()
    try:
        with (
            only_one(settings.root / ".mlops" / "demo.lock", "make demo-rollout"),
            tempfile.TemporaryDirectory(prefix="demo-rollout-") as folder,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            Demo(settings, loop, Path(folder), pool).run()
    except (DemoFailedError, UserError) as error:
        failure = str(error)
    report = settings.root / REPORT
    seconds = time.perf_counter() - started
    write([loop], seconds, report)
    show([loop])
    if failure is not None:
        print(f"\nfailed: {failure}", file=sys.stderr)
        return 1
    print(f"\nall of it took {seconds:.1f} s; {report.relative_to(settings.root)} has the details")
    return 0


if __name__ == "__main__":
    sys.exit(main())
