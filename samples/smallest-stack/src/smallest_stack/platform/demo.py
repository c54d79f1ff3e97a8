"""Run the whole loop on this computer: `make demo`.

Each step verifies its result through public interfaces: the run from the tracker, version and alias
from the registry, the prediction from the prediction log, the served version and drift from the
service. If a check fails, the demo ends with the name of the step.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..client.server import MODULE, addresses, metrics_url
from ..params import load_params
from ..registry import CHALLENGER, CHAMPION, Registry, get_registry
from ..tracking import Tracker, get_tracker
from . import artifacts, audit, governance, interrupts, models, releases
from .errors import DataContractError, PromotionRefusedError, UserError
from .locks import only_one
from .output import sentence
from .paths import RunPaths
from .processes import stop
from .settings import Settings, load_settings
from .strict_json import dumps

if TYPE_CHECKING:
    from ..client.reply import Reply

READY_SECONDS = 60
FOLLOW_SECONDS = 20
POLL_SECONDS = 0.2
SCORE_TOLERANCE = 1e-6
TRAINING = (
    "ingest",
    "validate",
    "split",
    "train",
    "export",
    "evaluate",
    "register",
    "gate",
    "document",
    "promote",
)
# Gates that compare a version with the versions before it.
COMPARISONS = frozenset({"champion", "best champion", "interval"})


class DemoFailedError(Exception):
    """A step did not have the expected result."""


@dataclass
class Row:
    """One row of the report."""

    name: str
    status: str = "ok"
    seconds: float = 0.0
    evidence: str = ""

    def skip(self, why: str) -> None:
        """Mark the step as not run, with the reason."""
        self.status, self.evidence = "skipped", why


@dataclass
class Loop:
    """Results for one model; the fields after `model` are those of `reports/demo.json`."""

    model: str
    steps: list[Row] = field(default_factory=list)
    primary: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    model_version: str | None = None
    prediction: dict[str, Any] | None = None
    refused: dict[str, Any] | None = None
    drift: dict[str, Any] | None = None
    retrain: dict[str, Any] | None = None
    rollback: dict[str, Any] | None = None

    @contextmanager
    def row(self, name: str) -> Iterator[Row]:
        """Measure one step; an error in the block marks it as failed and ends the demo."""
        row = Row(name)
        self.steps.append(row)
        started = time.perf_counter()
        try:
            yield row
        except Exception as error:
            interrupts.check()
            row.status, row.evidence = "failed", f"{type(error).__name__}: {error}"
            raise DemoFailedError(f"{name} of {self.model}: {error}") from error
        finally:
            row.seconds = round(row.seconds or time.perf_counter() - started, 3)

    def report(self) -> dict[str, Any]:
        """Return the report of this model."""
        values = {**vars(self), "steps": [vars(row) for row in self.steps]}
        del values["model"]
        return values


class Service:
    """The prediction service as a separate process, on a free port of the loopback interface."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "service.log"
        self.predictions = folder / "predictions.jsonl"
        self._addresses = addresses()
        self.port = int(self._addresses["MLOPS_SERVING__PORT"])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None before the start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and return at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        overrides = {
            **self._addresses,
            "MLOPS_SERVING__POLL_SECONDS": str(POLL_SECONDS),
            "MLOPS_SERVING__PREDICTION_LOG": str(self.predictions),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **overrides},
            )
        interrupts.own(self._process)

    def wait_until_ready(self) -> None:
        """Wait for `/readyz`. Raises DemoFailedError, with the end of the log, after a timeout."""

        def ready() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise DemoFailedError(f"the service has ended:\n{self.tail()}")
            try:
                return self._call("GET", "/readyz")[0] == 200
            except OSError:
                return False

        if not eventually(ready, READY_SECONDS):
            raise DemoFailedError(f"not ready after {READY_SECONDS} s:\n{self.tail()}")

    def version(self, model: str) -> str | None:
        """Return the served version, from `/version`."""
        _, body = self._call("GET", "/version")
        served = json.loads(body)["models"].get(model)
        return str(served["version"]) if served else None

    def predict(self, model: str, row: dict[str, Any]) -> Reply:
        """Request one prediction, in a protocol of the service.

        Raises DemoFailedError for any status other than 200.
        """
        from ..client import protocols

        path, request = protocols.request(models.load(model).contract, [row])
        status, body = self._call("POST", path, request)
        if status != 200:
            raise DemoFailedError(f"the service answers {status}: {body[:300]}")
        return protocols.reply(json.loads(body))

    def metrics(self) -> str:
        """Return the text of `/metrics`."""
        with urllib.request.urlopen(metrics_url(self._addresses), timeout=10) as response:
            text: str = response.read().decode()
        return text

    def logged(self, request_id: str) -> dict[str, Any] | None:
        """Find a prediction in the log by its request id."""
        for line in _lines(self.predictions):
            if request_id in line:
                record: dict[str, Any] = json.loads(line)
                return record
        return None

    def tail(self) -> str:
        """Return the end of the service's output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        """Stop the process, if there is one."""
        if self._process is None or self._process.poll() is not None:
            return
        stop(self._process, 10)

    def _call(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll until the condition holds; return False after the timeout."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def expect(condition: bool, message: str) -> None:
    """Raise DemoFailedError with the message unless the condition holds."""
    if not condition:
        raise DemoFailedError(message)


class Demo:
    """The loop over all models, in one process, with one service."""

    def __init__(
        self,
        settings: Settings,
        run_training: Callable[..., dict[str, Any]],
        stand_in: str | None = None,
    ) -> None:
        self.settings = settings
        self.run_training = run_training
        self.stand_in = stand_in
        self.registry: Registry = get_registry(settings)
        self.folder = Path(settings.resolve(".mlops/demo"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.service = Service(self.folder)
        self.events = self.folder / "events.jsonl"
        for old in (self.events, self.service.predictions):
            old.unlink(missing_ok=True)
        os.environ["MLOPS_EVENTS"] = str(self.events)
        self._tracker: Tracker | None = None

    @property
    def tracker(self) -> Tracker:
        """The tracker; imports its client when first used."""
        if self._tracker is None:
            self._tracker = get_tracker(self.settings)
        return self._tracker

    def run(self, loop: Loop) -> None:
        """Run the loop of one model. Raises DemoFailedError at the first failed check."""
        sample = load_params(loop.model).data.source == "sample"
        self.corrupted(loop, sample)
        first = self.train(loop)
        self.serve(loop, first)
        self.predict(loop, first)
        self.trace(loop, first)
        report_uri = self.watch(loop, first, sample)
        self.decide(loop, first, report_uri)
        self.bad_candidate(loop, sample)
        only = self.replace(loop, sample)
        self.roll_back(loop, only)

    def corrupted(self, loop: Loop, sample: bool) -> None:
        """Check that the contract refuses corrupted data."""
        from ..steps.ingest import ingest
        from ..steps.validate import validate

        with loop.row("refuse corrupted data") as row:
            if not sample:
                return row.skip(
                    "data.source is not the sample, which alone has a corrupted variant"
                )
            run = RunPaths.new(loop.model)
            ingest(loop.model, run.data, "corrupted")
            try:
                validate(loop.model, run.data, run.validation)
            except DataContractError:
                failures = artifacts.read_json(run.validation)["failures"]
                expect(bool(failures), "the report names no failure")
                columns = sorted({item["column"] for item in failures})
                row.evidence = f"validation.json: {len(failures)} failures in {', '.join(columns)}"
            else:
                raise DemoFailedError("the contract accepted corrupted data")

    def train(self, loop: Loop) -> RunPaths:
        """Train, evaluate, register and promote the first version through the pipeline."""
        run, seconds, failure = self._run_pipeline(loop, "base")
        evidence: dict[str, Callable[[], str]] = {
            "ingest": lambda: _rows_in(run.data),
            "validate": lambda: _validated(run.validation),
            "split": lambda: _divided(loop.model, run),
            "train": lambda: _files_in(run.model),
            "export": lambda: _packaged(run.package),
            "evaluate": lambda: _measured(loop, run.metrics),
            "register": lambda: self._registered(loop, run),
            "gate": lambda: _decided(artifacts.read_json(run.decision)),
            "document": lambda: self._documented(loop, artifacts.read_json(run.decision)),
            "promote": lambda: self._promoted(loop, artifacts.read_json(run.version)["version"]),
        }
        # A step that failed may only show what an earlier one left undone: the earliest is named.
        for name in TRAINING:
            with loop.row(name) as row:
                expect(name in seconds, failure or "the pipeline did not run this step")
                row.seconds = seconds[name]
                row.evidence = evidence[name]()
                # Time of the tracker and the orchestrator outside the steps.
                stand_in = None
                if name == "register":
                    stand_in = self.tracker.stand_in
                elif name == "gate":
                    stand_in = self.stand_in
                if stand_in:
                    row.status = "substituted"
                    row.evidence += f"; stand-in: {stand_in}"
        return run

    def serve(self, loop: Loop, run: RunPaths) -> None:
        """Check that the service serves the champion."""
        with loop.row("serve") as row:
            if self.service.pid is None:
                self.service.start()
            self.service.wait_until_ready()
            version = artifacts.read_json(run.version)["version"]
            self._follows(loop.model, version)
            row.evidence = f"/version: {loop.model} {version} on port {self.service.port}"

    def predict(self, loop: Loop, run: RunPaths) -> None:
        """Check that a prediction over HTTP equals the registered model's score and is logged."""
        from ..client.outputs import is_close
        from ..client.rows import json_rows
        from ..data.frames import read_frame
        from . import prediction_logs, scoring

        with loop.row("predict") as row:
            contract = models.load(loop.model).contract
            frame = read_frame(run.test).head(1)
            answer = self.service.predict(loop.model, json_rows(frame, contract)[0])
            (prediction,) = answer.predictions
            champion = self.registry.get(loop.model, CHAMPION)
            expect(champion is not None, "there is no champion")
            assert champion is not None
            expect(
                answer.model_version == champion.version,
                f"answered by version {answer.model_version}, champion is {champion.version}",
            )
            scorer = scoring.load(artifacts.local_copy(champion.uri), champion.sha256)
            (direct,) = scorer.rows(scoring.columns_of(frame, contract))
            expect(
                is_close(prediction, direct, SCORE_TOLERANCE),
                f"the service predicts {prediction}, the registered model {direct}",
            )
            request_id = answer.request_id
            expect(
                eventually(lambda: self.service.logged(request_id) is not None, FOLLOW_SECONDS),
                f"request {request_id} is not in the prediction log",
            )
            loop.prediction = {
                "request_id": request_id,
                "model_version": champion.version,
                "outputs": prediction,
            }
            row.evidence = f"prediction log: {request_id}: {prediction_logs.summary(prediction)}"

    def trace(self, loop: Loop, run: RunPaths) -> None:
        """Check that the prediction can be traced to its run, code and data."""
        from .governance.trace import trace

        with loop.row("lineage") as row:
            assert loop.prediction is not None
            found = trace(
                self.settings, loop.prediction["request_id"], str(self.service.predictions)
            )
            made = artifacts.read_json(run.version)
            expect(found["run"]["id"] == made["run_id"], "the request leads to another run")
            expect(found["data"]["unchanged"] is True, "the data of the run are not there")
            revision = found["code"]["revision"]
            row.evidence = (
                f"request -> version {made['version']} -> run {made['run_id'][:8]} -> "
                f"code {revision[:8] if revision else 'without git'}, "
                f"data {found['data']['sha256'][:8]}, parameters {found['params_sha256'][:8]}"
            )

    def watch(self, loop: Loop, run: RunPaths, sample: bool) -> str | None:
        """Check that drift is detected on drifted rows only."""
        from ..steps.ingest import ingest
        from ..steps.monitor import monitor

        reference = f"{run.package}/reference.parquet"
        with loop.row("no drift") as row:
            report = monitor(loop.model, run.test, reference, run.at("undrifted.json"))
            highest = max(report["psi"].values())
            row.evidence = f"undrifted.json: no drift, highest PSI {highest:.3f}"
            if sample:
                expect(not report["drifted"], f"false alarm on {report['drifted']}")
            elif report["drifted"]:
                row.skip(f"the newest rows of these data drift in {', '.join(report['drifted'])}")
        with loop.row("drift") as row:
            if not sample:
                row.skip("data.source is not the sample, which alone has a drifted variant")
                return None
            drifted, report_uri = run.at("drifted.parquet"), run.at("drifted.json")
            ingest(loop.model, drifted, "drifted")
            page = self.settings.root / "reports" / f"drift-{loop.model}.html"
            report = monitor(loop.model, drifted, reference, report_uri, str(page))
            expect(bool(report["drifted"]), "no drift found in drifted rows")
            loop.drift = {name: report[name] for name in ("drifted", "psi", "rows")}
            feature = report["drifted"][0]
            needle = f'feature_drift_psi{{feature="{feature}",model="{loop.model}"}}'
            expect(
                eventually(lambda: _gauge(self.service.metrics(), needle) > 0, FOLLOW_SECONDS),
                f"/metrics has no {needle}",
            )
            value = _gauge(self.service.metrics(), needle)
            row.evidence = f"/metrics: {needle} {value:.3f}; to look at: reports/{page.name}"
        return report_uri

    def decide(self, loop: Loop, run: RunPaths, report_uri: str | None) -> None:
        """Check that drift leads to the decision to retrain."""
        from ..steps.retrain import retrain

        with loop.row("decide to retrain") as row:
            if report_uri is None:
                return row.skip("there is no report of drift")
            decision_uri = run.at("retrain.json")
            # In the records of the environment, this would be a training that never started.
            retrain(loop.model, report_uri, decision_uri, run.at("retraining"))
            decision = artifacts.read_json(decision_uri)
            expect(bool(decision["retrain"]), f"decided not to: {decision['held']}")
            loop.retrain = {"retrain": True, "reasons": decision["reasons"]}
            details = "; ".join(reason["detail"] for reason in decision["reasons"])
            row.evidence = f"retrain.json: {details}"

    def bad_candidate(self, loop: Loop, sample: bool) -> None:
        """Check that the gate and the promotion refuse a worse model."""
        from ..steps.promote import promote

        with loop.row("refuse bad candidate") as row:
            if not sample:
                return row.skip("data.source is not the sample, which alone has wrong labels")
            before = self.registry.get(loop.model, CHAMPION)
            run, _ = self._pipeline(loop, "mislabelled")
            decision = artifacts.read_json(run.decision)
            expect(decision["accepted"] is False, "the gate accepted a model of wrong labels")
            try:
                promote(loop.model, run.decision)
            except PromotionRefusedError:
                pass
            else:
                raise DemoFailedError("a refused version was promoted")
            after = self.registry.get(loop.model, CHAMPION)
            expect(before == after, "the champion changed")
            loop.refused = {**decision["refused"][0], "version": decision["version"]}
            row.evidence = f"decision.json: {_refusal(loop.refused)}"

    def replace(self, loop: Loop, sample: bool) -> str | None:
        """Check that a new version is promoted, and served without a restart.

        Returns why no new version was promoted, None if one was.

        Without the sample, which alone has other rows, the retraining must give the same version.
        A repository with other models in its history can have a better former champion. Then the
        gate must refuse the new version, and the champion stays.
        """
        before, pid = self.service.version(loop.model), self.service.pid
        with loop.row("retrain and promote") as row:
            run, _ = self._pipeline(loop, "fresh" if sample else "base")
            if not sample:
                again = artifacts.read_json(run.version)["version"]
                expect(again == before, f"equal rows gave version {again} after {before}")
                row.evidence = f"equal rows, equal files: version {before} again"
                return "these data gave one version"
            decision = artifacts.read_json(run.decision)
            expect(decision["version"] != before, "no new version was made")
            if _is_outdone(decision):
                champion = self.registry.get(loop.model, CHAMPION)
                expect(champion is not None and champion.version == before, "the champion changed")
                row.skip(f"a former version is better: {_refusal(decision['refused'][0])}")
                return "no new version was promoted"
            row.evidence = self._promoted(loop, decision["version"])
        with loop.row("follow") as row:
            self._follows(loop.model, decision["version"])
            expect(self.service.pid == pid, "the service was restarted")
            row.evidence = f"/version: {before} -> {decision['version']}, same process"
        return None

    def roll_back(self, loop: Loop, only: str | None) -> None:
        """Check that a rollback restores the previous champion in registry and service.

        only: why there is no version to leave, None if there is one.
        """
        from ..steps.rollback import rollback

        with loop.row("rollback") as row:
            if only is not None:
                return row.skip(only)
            before = self.service.version(loop.model)
            rollback(loop.model, "demo")
            champion = self.registry.get(loop.model, CHAMPION)
            expect(champion is not None and champion.version != before, "the alias did not move")
            assert champion is not None
            record = self._last_audited(loop.model)
            expect(
                record["action"] == "rollback" and record["target"] == champion.version,
                "the audit has no record of it",
            )
            self._follows(loop.model, champion.version)
            assert before is not None
            rejected = self.registry.version(loop.model, before)
            log = releases.read(self.settings, loop.model)
            expect(log.rejection(rejected) is not None, f"version {before} can be promoted again")
            # The next demo trains an equal version.
            releases.allow(self.settings, loop.model, before, "demo")
            loop.rollback = {"from": before, "to": champion.version}
            loop.model_version = champion.version
            row.evidence = (
                f"registry and /version: {before} -> {champion.version}, audited; "
                f"{before} was rejected until it was allowed again"
            )

    def _pipeline(self, loop: Loop, variant: str) -> tuple[RunPaths, dict[str, float]]:
        """Run the pipeline; return the run and the seconds of each step.

        Raises DemoFailedError if it fails.
        """
        run, seconds, failure = self._run_pipeline(loop, variant)
        expect(failure is None, failure or "")
        return run, seconds

    def _run_pipeline(
        self, loop: Loop, variant: str
    ) -> tuple[RunPaths, dict[str, float], str | None]:
        """Run the pipeline; return the run, the seconds of each good step, and why it failed."""
        seen = len(_lines(self.events))
        run = RunPaths.new(loop.model)
        failure: str | None = None
        try:
            self.run_training(loop.model, run.root, variant)
        except Exception as error:
            interrupts.check()
            failure = str(error)
        events = [json.loads(line) for line in _lines(self.events)[seen:]]
        steps = [event for event in events if event["event"] == "step"]
        for step in steps:
            if step["status"] == "failed":
                failure = f"{step['step']}: {step['error']}"
        done = {step["step"]: step["seconds"] for step in steps if step["status"] != "failed"}
        return run, done, failure

    def _registered(self, loop: Loop, run: RunPaths) -> str:
        made = artifacts.read_json(run.version)
        record = self.tracker.read(made["run_id"])
        primary = loop.primary
        logged, measured = record.metrics[f"test_{primary}"], loop.metrics[primary]
        expect(abs(logged - measured) < 1e-9, f"the tracker has {primary} {logged}, not {measured}")
        version = self.registry.version(loop.model, made["version"])
        expect(version.sha256 == made["sha256"], "the registry has other files")
        challenger = self.registry.get(loop.model, CHALLENGER)
        expect(
            challenger is not None and challenger.version == made["version"],
            "the version is not the challenger",
        )
        return (
            f"run {made['run_id'][:8]}: {primary} {logged:.4f}; "
            f"version {made['version']}: challenger"
        )

    def _documented(self, loop: Loop, decision: dict[str, Any]) -> str:
        folder = governance.folder(self.settings, loop.model, decision["version"])
        card = artifacts.read_bytes(f"{folder}/{governance.MODEL_CARD}").decode()
        sheet = artifacts.read_bytes(f"{folder}/{governance.DATA_SHEET}").decode()
        expect(f"version {decision['version']}" in card, "the card is about another version")
        expect(f"{loop.metrics[loop.primary]:.6g}" in card, "the card holds other metrics")
        made_from = self.registry.version(loop.model, decision["version"]).tags["data_sha256"]
        expect(made_from in sheet, "the data sheet is about other rows")
        return f"{governance.MODEL_CARD}, {governance.DATA_SHEET}: version {decision['version']}"

    def _promoted(self, loop: Loop, version: str) -> str:
        champion = self.registry.get(loop.model, CHAMPION)
        found = champion.version if champion else None
        expect(found == version, f"the champion is {found}, not {version}")
        made = releases.read(self.settings, loop.model).releases
        expect(bool(made) and made[-1].version == version, "the audit has no record of it")
        loop.model_version = version
        # An unchanged retraining is the champion already, so that its release is an earlier one.
        return f"registry: champion {made[-1].source} -> {version}, audited"

    def _last_audited(self, model: str) -> dict[str, Any]:
        records = audit.read(self.settings, model)
        audit.verify(records)
        return records[-1]

    def _follows(self, model: str, version: str) -> None:
        served = eventually(lambda: self.service.version(model) == version, FOLLOW_SECONDS)
        expect(served, f"/version says {self.service.version(model)}, the champion is {version}")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _rows_in(uri: str) -> str:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_metadata(artifacts.local_copy(uri)).num_rows
    expect(rows > 0, "no rows")
    return f"data.parquet: {rows} rows"


def _validated(uri: str) -> str:
    report = artifacts.read_json(uri)
    expect(report["valid"] is True, "the report says invalid")
    return f"validation.json: {report['rows']} rows, no failure"


def _divided(model: str, run: RunPaths) -> str:
    from ..data.frames import read_frame

    column, by = models.load(model).contract.time, load_params(model).split.by
    train, test = read_frame(run.train), read_frame(run.test)
    if column is None or by == "random":
        return f"{len(train)} training rows, {len(test)} test rows drawn at random"
    newest, first = train[column].max(), test[column].min()
    expect(newest < first, "test rows are not newer than training rows")
    return f"{len(train)} rows before {first:%Y-%m-%d}, {len(test)} after"


def _files_in(uri: str) -> str:
    names = sorted(path.name for path in artifacts.local_copy(uri).iterdir())
    expect(bool(names), "no files")
    return f"model/: {', '.join(names)}"


def _packaged(uri: str) -> str:
    manifest = artifacts.verify(artifacts.local_copy(uri))
    if manifest["parity"] is None:
        return f"model.json: served by {manifest['framework']}; {manifest['reason']}"
    parity = manifest["parity"]
    return (
        f"model.json: served as {manifest['served']}, "
        f"differs by {parity['max_abs_diff']:.1e} at most on {parity['rows']} rows"
    )


def _measured(loop: Loop, uri: str) -> str:
    report = artifacts.read_json(uri)
    loop.metrics, loop.primary = report["metrics"], report["primary"]
    return f"metrics.json: {loop.primary} {loop.metrics[loop.primary]:.4f} on {report['rows']} rows"


def _decided(decision: dict[str, Any]) -> str:
    expect(decision["accepted"] is True, f"refused: {decision['refused']}")
    return f"decision.json: version {decision['version']} accepted"


def _is_outdone(decision: dict[str, Any]) -> bool:
    """Return whether the gate refused a version only because an earlier one is better."""
    refused = {item["gate"] for item in decision["refused"]}
    return bool(refused) and refused <= COMPARISONS


def _refusal(failure: dict[str, Any]) -> str:
    return "{gate} {metric} {value:.4f} against {threshold}".format(**failure)


def _gauge(text: str, needle: str) -> float:
    for line in text.splitlines():
        if line.startswith(needle):
            return float(line.rpartition(" ")[2])
    return float("nan")


def show(loops: list[Loop]) -> None:
    """Print the table."""
    several = len(loops) > 1
    for loop in loops:
        if several:
            print(f"\n{loop.model}")
        for row in loop.steps:
            print(f"  {row.name:<22} {row.status:<11} {row.seconds:>6.2f} s  {row.evidence}")


def write(loops: list[Loop], seconds: float, path: Path) -> None:
    """Write the report: of the first model at the top, of each model below `models`."""
    reports = {loop.model: loop.report() for loop in loops}
    first = loops[0].report()
    artifacts.write_json(str(path), {**first, "seconds": round(seconds, 3), "models": reports})


def main() -> int:
    """Run the loop; return 0 if every step succeeded."""
    parser = argparse.ArgumentParser(prog="demo", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", action="append", choices=models.names(), help="only this one")
    wanted = parser.parse_args().model or models.names()
    # The demo always runs in the local environment, also if MLOPS_ENV of the shell is another one.
    os.environ["MLOPS_ENV"] = "local"
    try:
        settings = load_settings()
        with only_one(settings.root / ".mlops" / "demo.lock", "make demo"):
            return _run(settings, wanted)
    except (UserError, OSError) as error:
        print(f"demo: {sentence(error)}", file=sys.stderr)
        return 1


def _run(settings: Settings, wanted: list[str]) -> int:
    from pipelines import STAND_IN, run_training, session

    started = time.perf_counter()
    demo = Demo(settings, run_training, STAND_IN)
    loops: list[Loop] = []
    failure: str | None = None
    try:
        with session():
            for model in wanted:
                loops.append(Loop(model))
                demo.run(loops[-1])
    except DemoFailedError as error:
        failure = str(error)
    finally:
        demo.service.stop()
    seconds = time.perf_counter() - started
    report = settings.root / "reports" / "demo.json"
    write(loops, seconds, report)
    show(loops)
    if failure is not None:
        print(f"\nfailed: {failure}", file=sys.stderr)
        return 1
    print(f"\nall of it took {seconds:.1f} s; {report.relative_to(settings.root)} has the details")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A regular exit of the interpreter with all its libraries takes another half second.
    os._exit(code)
