"""The load generator counts what a service that stalls or fails does to its callers."""

from __future__ import annotations

import itertools
import shutil
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from two_models.serving import load, load_test
from two_models.slo import load_slo

PROJECT = Path(__file__).parents[2]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}"

# Number of the request -> its answer; empty: the connection is closed instead.
Answer = Callable[[int], bytes]


@contextmanager
def service(answer: Answer) -> Iterator[str]:
    """A service, a thread for each connection, that answers as told; gives its URL."""
    numbers = itertools.count(1)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while any(line == b"\r\n" for line in iter(self.rfile.readline, b"")):
                self.rfile.read(2)
                content = answer(next(numbers))
                if not content:
                    return
                self.wfile.write(content)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def ask(answer: Answer, rate: float, seconds: float, connections: int = 8) -> load.Result:
    """Load such a service."""
    with service(answer) as url:
        request = load.request_bytes(url, "/predict", b"{}", {"content-type": "application/json"})
        return load.run(url, request, rate, seconds, connections)


def at_once(_: int) -> bytes:
    return OK


def test_every_request_is_sent_and_counted() -> None:
    found = ask(at_once, rate=300, seconds=1)
    assert (found.requests, len(found.latencies), dict(found.failures)) == (300, 300, {})
    assert found.availability == 1
    assert 0 < found.percentile(0.5) <= found.percentile(0.99) <= found.percentile(1)


def test_a_stall_counts_for_all_who_waited() -> None:
    def answer(number: int) -> bytes:
        if 50 <= number < 58:  # on every connection
            time.sleep(0.5)
        return OK

    found = ask(answer, rate=200, seconds=1)
    # A generator that waits for answers before it goes on would see eight slow ones.
    assert sum(latency > 0.1 for latency in found.latencies) > 50


def test_failures_are_counted_by_reason() -> None:
    def answer(number: int) -> bytes:
        return BUSY if number % 10 == 0 else b"" if number % 10 == 5 else OK

    found = ask(answer, rate=200, seconds=1)
    assert dict(found.failures) == {"status 503": 20, "connection closed": 20}
    assert found.availability == pytest.approx(0.8)


def test_nobody_there() -> None:
    with service(at_once) as url:
        pass
    found = load.run(url, b"", 50, 1)
    assert (found.availability, found.failures.total()) == (0, 50)
    assert "inf ms" in load_test.summary(found, load_slo(PROJECT / "slo.yaml"))


@pytest.mark.parametrize(
    ("latencies", "failures", "found"),
    [
        ([0.01] * 1000, 0, []),
        ([0.01] * 999, 1, []),
        ([0.01] * 990, 10, ["availability 99.000% is below 99.900%: 10 x status 503"]),
        ([0.01] * 950 + [9.0] * 50, 0, []),
        ([0.01] * 940 + [9.0] * 60, 0, ["latency: 95.0% of the answers took up to 9000.0 ms"]),
    ],
)
def test_service_levels_decide(latencies: list[float], failures: int, found: list[str]) -> None:
    result = load.Result(100, 1000, latencies)
    result.failures["status 503"] += failures
    told = load_test.broken(result, load_slo(PROJECT / "slo.yaml"))
    assert len(told) == len(found)
    assert all(text in sentence for text, sentence in zip(found, told, strict=True))


@pytest.mark.parametrize("kept", [True, False])
def test_the_command_fails_when_a_promise_is_broken(
    home: Path,
    pinned: str,
    kept: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    shutil.copy(PROJECT / "slo.yaml", home / "slo.yaml")
    promised = yaml.safe_load((home / "slo.yaml").read_text())
    promised["latency"]["seconds"] = 60 if kept else 0.0001
    (home / "slo.yaml").write_text(yaml.safe_dump(promised))
    monkeypatch.setattr("sys.argv", ["load_test", "--rate", "50", "--seconds", "1"])
    if kept:
        load_test.main()
    else:
        with pytest.raises(SystemExit, match="1"):
            load_test.main()
    told = capsys.readouterr()
    assert "availability  100.000%" in told.out
    assert ("not 0.1 ms" in told.err) is not kept
