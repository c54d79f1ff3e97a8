"""A follower that prints, dies or hangs is reported and replaced, and following goes on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from two_models.serving import follow

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
