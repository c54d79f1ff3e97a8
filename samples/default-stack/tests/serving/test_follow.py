"""Following: failures are reported, shown by `/readyz` and `/version`, and survived."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from default_stack.platform import artifacts
from default_stack.platform.paths import RunPaths
from default_stack.serving import follow, runtime
from default_stack.serving.app import create_app
from default_stack.serving.config import Target

GOOD = (
    'import os, sys; w = int(sys.argv[1]); print("a stray line", flush=True); '
    'os.write(w, b\'{"model": "m"}\\nnull\\n\'); '
)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("", "ended with 0"),
        ("os.write(w, b'stray\\n'); sys.stdin.read()", "not a result"),
        ("sys.stdin.read()", "no look-up ended"),
        ("os.kill(os.getpid(), 9)", "ended with -9"),
    ],
)
def test_a_broken_follower_is_reported_and_replaced(
    end: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_EVENTS", str(tmp_path / "events.jsonl"))
    command = (sys.executable, "-c", GOOD + end)

    async def results() -> list[follow.Found]:
        found: list[follow.Found] = []
        source = follow.follow_alias(0.0, stall_seconds=1.0, command=command)
        async for result in source:
            found.append(result)
            if len(found) == 5:
                break
        await source.aclose()  # type: ignore[attr-defined]
        return found

    first, end_of_look, missed, *rest = asyncio.run(results())
    assert (first, end_of_look) == (follow.NoChampion("m"), None)
    assert isinstance(missed, follow.Missed)
    assert (missed.model, missed.reason) == (None, follow.FOLLOWER)
    assert error in missed.error
    assert rest == [first, None]


TARGET = b'{"model": "m", "version": "3", "uri": "u", "sha256": "s", "metrics": {"a": 1}}'


def test_the_results_of_a_lookup_are_read() -> None:
    assert follow._parse(b"null\n") is None
    assert follow._parse(TARGET) == Target("m", "3", "u", "s", {"a": 1.0})
    missed = follow._parse(b'{"model": "m", "error": "\\ud800"}')
    assert missed == follow.Missed("m", follow.REGISTRY, "\ud800")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"stray",
        b"[" * 100_000,
        b"[]",
        b"5",
        b'"error"',
        b"{}",
        b"null null",
        b'{"model": []}',
        b'{"model": "m", "event": "a message of a library"}',
        b'{"model": "m", "error": 1}',
        b'{"error": "m"}',
        TARGET.replace(b'"3"', b"3"),
        TARGET.replace(b'{"a": 1}', b"5"),
        TARGET.replace(b'{"a": 1}', b'{"a": "1"}'),
        TARGET.replace(b'"metrics"', b'"more"'),
    ],
)
def test_a_line_that_is_no_result_is_refused(line: bytes) -> None:
    with pytest.raises(follow._BrokenLineError, match="not a result of a look-up"):
        follow._parse(line)


class Following:
    """An application that receives look-ups from a test."""

    def __init__(self, client: TestClient, send: Callable[[Any], None]) -> None:
        """Wrap a client; `send` hands over one look-up."""
        self.client = client
        self._send = send

    def send(self, *lookups: Any) -> None:
        """Hand over look-ups, and wait until all are taken."""
        for lookup in lookups:
            self._send(lookup)

    def reason(self, model: str) -> str:
        """Return the reason of `/readyz` for a model."""
        answer = self.client.get("/readyz")
        assert answer.status_code == 503
        return str(answer.json()["reasons"][model])

    def told(self, model: str) -> dict[str, Any]:
        """Return the entry of a model in `/version`."""
        found: dict[str, Any] = self.client.get("/version").json()["models"][model]
        return found

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


@pytest.fixture
def following(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Following]:
    """The application, before its first look-up."""
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(home / "predictions.jsonl"))
    monkeypatch.setenv("MLOPS_EVENTS", str(home / "events.jsonl"))
    with _following() as found:
        yield found


@contextmanager
def _following() -> Iterator[Following]:
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def source() -> AsyncIterator[Any]:
        while True:
            lookup = await queue.get()
            if isinstance(lookup, Exception):
                queue.task_done()
                raise lookup
            yield lookup
            queue.task_done()

    async def put(lookup: Any) -> None:
        queue.put_nowait(lookup)
        if not isinstance(lookup, Exception):
            await asyncio.wait_for(queue.join(), 30)
        await asyncio.sleep(0)

    with TestClient(create_app(source=source())) as client:
        assert client.portal is not None
        portal = client.portal
        yield Following(client, lambda lookup: portal.call(put, lookup))


def _target(run: RunPaths, model: str, version: str, folder: Path | None = None) -> Target:
    sha256 = artifacts.manifest_sha256(Path(run.package))
    return Target(model, version, str(folder or run.package), sha256, {})


def test_readiness_names_a_registry_that_was_not_asked_or_has_no_champion(
    following: Following, model: str
) -> None:
    assert following.reason(model) == "the registry was not asked yet"
    following.send(follow.NoChampion(model), None)
    assert following.reason(model) == "the registry has no champion"


@pytest.mark.parametrize("reason", follow.REASONS)
def test_a_failed_lookup_is_counted_and_shown_until_one_succeeds(
    reason: str, following: Following, model: str
) -> None:
    following.send(follow.Missed(None, reason, "it is away"), None)
    assert following.reason(model) == "the registry cannot be asked"
    assert following.told(model)["lookup_error"] == "it is away"
    assert following.metric(f'registry_lookup_failures_total{{model="{model}",') == 1
    following.send(follow.NoChampion(model), None)
    assert following.reason(model) == "the registry has no champion"
    assert following.told(model)["lookup_error"] is None


def test_readiness_names_a_version_that_is_being_loaded(
    following: Following, model: str, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, goes_on, load = threading.Event(), threading.Event(), runtime.load

    def slow(*given: Any) -> runtime.LoadedModel:
        loading.set()
        goes_on.wait(30)
        return load(*given)

    monkeypatch.setattr(runtime, "load", slow)
    sending = threading.Thread(target=following.send, args=(_target(run, model, "7"), None))
    sending.start()
    assert loading.wait(30)
    assert following.reason(model) == "version 7 is being loaded"
    goes_on.set()
    sending.join(30)
    assert following.told(model)["version"] == "7"


def test_a_champion_whose_package_is_gone_is_named_and_the_version_before_serves(
    following: Following, model: str, run: RunPaths, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    following.send(_target(run, model, "7", gone), None)
    assert following.reason(model) == "version 7 cannot be loaded"
    assert str(gone) in following.told(model)["error"]
    # The reason needs no permission, so it contains no path.
    assert str(gone) not in following.client.get("/readyz").text

    following.send(_target(run, model, "6"), None, _target(run, model, "7", gone), None)
    told = following.told(model)
    assert told["version"] == "6"
    assert "version 7 was not loaded" in told["error"]
    assert following.client.get("/metrics").status_code == 200

    following.send(_target(run, model, "6"), None)
    assert following.told(model)["error"] is None
    assert following.client.get("/readyz").status_code == 200


def test_a_registry_that_lost_its_champion_is_reported_and_the_version_stays(
    following: Following, model: str, run: RunPaths
) -> None:
    following.send(_target(run, model, "6"), None, follow.NoChampion(model), None)
    told = following.told(model)
    assert told["version"] == "6"
    assert told["lookup_error"] == "the registry has no champion, but version 6 is served"
    assert following.metric(f'registry_lookup_failures_total{{model="{model}",') == 1
    following.send(_target(run, model, "6"), None)
    assert following.told(model)["lookup_error"] is None


def test_following_that_ends_with_an_error_is_reported(following: Following, model: str) -> None:
    following.send(ValueError("an error of the code"))
    assert following.reason(model) == "the registry cannot be asked"
    assert "an error of the code" in following.told(model)["lookup_error"]
