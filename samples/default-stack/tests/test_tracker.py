"""Conformance tests of a tracker."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from default_stack.platform.errors import UserError
from default_stack.tracking import Tracker, get_tracker


@pytest.fixture
def tracker(home: Path) -> Tracker:
    return get_tracker()


def test_a_run_is_read_back(tracker: Tracker, tmp_path: Path) -> None:
    # Not `tmp_path` itself: the project is in it, and with it the place that receives the folder.
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "notes.txt"
    file.write_text("kept")
    with tracker.run("conformance", {"model": "some"}) as run:
        run.params({"C": 1.0, "nested": {"depth": 3}})
        run.metrics({"loss": 0.5}, step=1)
        run.metrics({"loss": 0.25, "auc": 0.875}, step=2)
        run.artifact(str(file), "notes")
        run.artifact(str(folder), "folder")
    assert run.id
    assert run.url
    record = get_tracker().read(run.id)
    assert record.id == run.id
    assert record.params == {"C": "1.0", "nested.depth": "3"}
    assert record.metrics == {"loss": 0.25, "auc": 0.875}
    assert record.tags["model"] == "some"


def test_an_error_propagates_and_ends_the_run(tracker: Tracker) -> None:
    with contextlib.suppress(ZeroDivisionError), tracker.run("conformance", {}) as run:
        run.metrics({"auc": 0.5})
        run.metrics({"auc": 1 / 0})
    assert tracker.read(run.id).metrics == {"auc": 0.5}


def test_unknown_run_is_an_error(tracker: Tracker) -> None:
    with pytest.raises(UserError, match="no run"):
        tracker.read("0" * 32)


def test_a_stand_in_has_a_name(tracker: Tracker) -> None:
    assert tracker.stand_in is None or tracker.stand_in.strip()
