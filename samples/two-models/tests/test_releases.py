"""Releases: the log decides, the alias follows it, and a version that was rolled back stays so."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from two_models.platform import (
    artifacts,
    audit,
    compatibility,
    releases,
)
from two_models.platform.errors import (
    AuditError,
    ConflictError,
    DiskFullError,
    PromotionRefusedError,
    RegistryError,
    UserError,
)
from two_models.platform.paths import RunPaths
from two_models.platform.settings import load_settings
from two_models.registry import CHAMPION, ModelVersion, get_registry
from two_models.steps.gate import gate
from two_models.steps.promote import promote
from two_models.steps.rollback import rollback


def _champion(model: str) -> str | None:
    found = get_registry().get(model, CHAMPION)
    return found.version if found else None


def _log(model: str) -> releases.Log:
    return releases.read(load_settings(), model)


def _made(run: RunPaths, model: str, note: str, **tags: str) -> RunPaths:
    """Register a copy of the package of a run, changed by a note; return a run that it passed."""
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    made = RunPaths(f"{run.root}-{note}")
    folder = Path(made.package)
    shutil.copytree(run.package, folder)
    (folder / "note.txt").write_text(note)
    manifest = json.loads((folder / artifacts.MANIFEST).read_text())
    manifest["files"]["note.txt"] = artifacts.sha256_file(folder / "note.txt")
    (folder / artifacts.MANIFEST).write_text(json.dumps(manifest))
    own = {**champion.tags, "data_sha256": note, **tags}
    version = get_registry().register(model, folder, {"auc": 0.5}, own)
    decision = artifacts.read_json(run.decision)
    sha256 = artifacts.manifest_sha256(folder)
    accepted = {"version": version, "sha256": sha256, "champion": _log(model).champion}
    artifacts.write_json(made.decision, {**decision, **accepted})
    return made


@pytest.fixture
def second(home: Path, run: RunPaths, model: str) -> RunPaths:
    """An accepted version 2 beside the champion 1."""
    return _made(run, model, "second")


def test_the_record_is_written_before_the_alias_moves(
    second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError("read-only")

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "create_bytes", refused)
        with pytest.raises(AuditError, match="cannot be written"):
            promote(model, second.decision)
    assert (_champion(model), _log(model).champion) == ("1", "1")
    assert promote(model, second.decision)["changed"] is True
    assert (_champion(model), _log(model).champion) == ("2", "2")


def test_a_full_disk_leaves_no_record_and_does_not_move_the_alias(
    second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "create_bytes", full)
        with pytest.raises(DiskFullError, match="Free some space, then run the command again"):
            promote(model, second.decision)
    assert (_champion(model), _log(model).champion) == ("1", "1")
    assert promote(model, second.decision)["changed"] is True


def test_a_changed_record_stops_every_release(second: RunPaths, model: str) -> None:
    promote(model, second.decision)
    path = Path(load_settings().audit.root) / model / "00000001.json"
    path.write_text(path.read_text().replace('"environment": "local"', '"environment": "other"'))
    for release in (lambda: promote(model, second.decision), lambda: rollback(model)):
        with pytest.raises(AuditError, match="record 1 was changed"):
            release()
    assert _champion(model) == "2"


def test_of_two_promotions_at_once_one_succeeds(
    run: RunPaths, second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [second, _made(run, model, "third")]
    both, honest = Barrier(2), audit.append

    def together(*given: Any, **entry: Any) -> dict[str, Any]:
        both.wait(20)
        return honest(*given, **entry)

    def attempt(made: RunPaths) -> bool:
        try:
            return bool(promote(model, made.decision)["changed"])
        except ConflictError:
            return False

    monkeypatch.setattr(audit, "append", together)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, runs)) == [False, True]
    assert [item["source"] for item in _log(model).records] == [None, "1"]
    assert _champion(model) == _log(model).champion


def test_an_alias_that_lags_behind_is_set(
    second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(get_registry()), "promote", killed)
        with pytest.raises(KeyboardInterrupt):
            promote(model, second.decision)
    assert (_champion(model), _log(model).champion) == ("1", "2")
    assert promote(model, second.decision)["changed"] is False
    assert _champion(model) == "2"
    assert len(_log(model).records) == 2


def test_a_paused_process_does_not_undo_a_newer_release(
    run: RunPaths, second: RunPaths, model: str
) -> None:
    promote(model, second.decision)
    stale = _log(model)
    promote(model, _made(run, model, "third").decision)
    # The paused process continues where it sets the alias of its own, older release.
    get_registry().promote(model, "2")
    releases.project(load_settings(), stale)
    assert _champion(model) == "3"
    target = get_registry().version(model, "1")
    with pytest.raises(ConflictError, match="recorded in the meantime"):
        releases.commit(load_settings(), stale, audit.PROMOTE, target, {})
    assert (_champion(model), _log(model).champion) == ("3", "3")


def test_an_alias_that_was_moved_elsewhere_is_reported(second: RunPaths, model: str) -> None:
    get_registry().promote(model, "2")
    for release in (lambda: promote(model, second.decision), lambda: rollback(model)):
        with pytest.raises(AuditError, match=r"is 2, but the log of releases says 1.*repair-alias"):
            release()
    releases.repair(load_settings(), model)
    assert _champion(model) == "1"
    get_registry().promote(model, "2")
    releases.repair(load_settings(), model, adopt=True)
    assert (_champion(model), _log(model).champion) == ("2", "2")
    assert _log(model).records[-1]["action"] == audit.ADOPT


class _Replacement:
    """A registry after the loss of its database: it gives the numbers from 1 again."""

    def __init__(self) -> None:
        self.known: list[ModelVersion] = []
        self.aliases: dict[str, str] = {}

    def add(self, model: str, uri: str, sha256: str) -> str:
        number = str(len(self.known) + 1)
        self.known.append(ModelVersion(model, number, uri, sha256, {"auc": 0.1}, {}))
        return number

    def get(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        return self.version(model, self.aliases[alias]) if alias in self.aliases else None

    def version(self, model: str, version: str) -> ModelVersion:
        for one in self.known:
            if one.version == version:
                return one
        raise RegistryError(f"{model} has no version {version}")

    def versions(self, model: str) -> list[ModelVersion]:
        return self.known

    def promote(self, model: str, version: str, alias: str = CHAMPION) -> None:
        self.aliases[alias] = version


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], _Replacement]:
    """Replace the registry by one whose version 1 has other files; return it."""

    def replace(model: str) -> _Replacement:
        made = _Replacement()
        made.add(model, "elsewhere", "0" * 64)
        for module in ("platform.releases", "steps.promote", "steps.rollback"):
            name = f"two_models.{module}.get_registry"
            monkeypatch.setattr(name, lambda *_: made)
        return made

    return replace


@pytest.mark.parametrize(("champion", "found"), [("1", "other files"), ("2", "no such version")])
def test_after_the_loss_of_the_registry_a_number_does_not_stand_for_other_files(
    second: RunPaths,
    model: str,
    champion: str,
    found: str,
    replaced: Callable[[str], _Replacement],
) -> None:
    if champion == "2":
        promote(model, second.decision)
    before, registry = _log(model).records, replaced(model)
    for command in (
        lambda: promote(model, second.decision),
        lambda: rollback(model),
        lambda: releases.project(load_settings(), _log(model)),
        lambda: releases.repair(load_settings(), model),
    ):
        with pytest.raises(RegistryError, match=rf"{found}.*from a backup.*LOST=1"):
            command()
    assert (registry.aliases, _log(model).records) == ({}, before)
    states = [one["state"] for one in releases.versions(load_settings(), model)]
    assert states == ["lost"] * int(champion) + ["candidate"]

    registry.promote(model, "1")
    with pytest.raises(RegistryError, match=found):
        releases.project(load_settings(), _log(model))


def test_after_the_record_of_a_loss_the_next_accepted_version_becomes_the_champion(
    run: RunPaths, second: RunPaths, model: str, replaced: Callable[[str], _Replacement]
) -> None:
    with pytest.raises(UserError, match="it is not lost"):
        releases.repair(load_settings(), model, lost=True)
    promote(model, second.decision)
    rollback(model, "wrong")
    registry = replaced(model)
    assert releases.repair(load_settings(), model, lost=True)["champion"] is None
    assert (_log(model).champion, _log(model).previous) == (None, None)
    with pytest.raises(UserError, match="none is lost"):
        releases.repair(load_settings(), model, lost=True)

    # Number 2 was promoted and rejected in the lost registry. Here it belongs to other files.
    sha256 = artifacts.manifest_sha256(Path(run.package))
    assert registry.add(model, run.package, sha256) == "2"
    decision = artifacts.read_json(second.decision)
    artifacts.write_json(second.decision, {**decision, "sha256": sha256, "champion": None})
    assert promote(model, second.decision)["changed"] is True
    assert (registry.aliases, _log(model).champion) == ({CHAMPION: "2"}, "2")


def test_missing_files_of_a_version_are_named_with_a_way_out(
    run: RunPaths, second: RunPaths, model: str
) -> None:
    promote(model, second.decision)
    for version in ("1", "2"):
        folder = artifacts.local_path(get_registry().version(model, version).uri)
        if folder is None:
            pytest.skip("the files of the registry are not on this machine")
        shutil.rmtree(folder)
    for command in (lambda: promote(model, second.decision), lambda: rollback(model)):
        with pytest.raises(RegistryError, match=r"files of .* are missing .*make pipeline"):
            command()
    assert _champion(model) == "2"


def test_a_rolled_back_version_stays_rejected(run: RunPaths, second: RunPaths, model: str) -> None:
    promote(model, second.decision)
    rollback(model, "wrong")
    equal = _made(run, model, "second-again", data_sha256="second")
    for made in (second, equal):
        with pytest.raises(PromotionRefusedError, match=r"rolled back \(wrong\).*make allow"):
            promote(model, made.decision)
    assert _champion(model) == "1"
    states = {one["version"]: one["state"] for one in releases.versions(load_settings(), model)}
    assert states == {"1": "champion", "2": "rolled back", "3": "rejected"}

    releases.allow(load_settings(), model, "3", "it was the network")
    assert promote(model, equal.decision)["changed"] is True
    with pytest.raises(UserError, match="2 is not rejected"):
        releases.allow(load_settings(), model, "2", "again")


def test_the_gate_refuses_an_equal_retraining(run: RunPaths, second: RunPaths, model: str) -> None:
    promote(model, second.decision)
    rollback(model)
    made_by = artifacts.read_json(run.lineage)
    made_by["data"]["sha256"] = "second"
    version = {**artifacts.read_json(run.version), "version": "9", "lineage": made_by}
    artifacts.write_json(second.version, {**version, "sha256": "0" * 64})
    decision = gate(model, run.metrics, second.version, second.decision)
    assert decision["accepted"] is False
    assert decision["refused"][-1]["gate"] == "rejected"


def test_a_rollback_reaches_every_former_champion(
    run: RunPaths, second: RunPaths, model: str
) -> None:
    promote(model, second.decision)
    third = _made(run, model, "third")
    promote(model, third.decision)
    _made(run, model, "fourth")
    with pytest.raises(RegistryError, match="4 was never the champion"):
        rollback(model, to="4")
    assert rollback(model, to="1")["version"] == "1"
    assert rollback(model)["changed"] is False
    assert _champion(model) == "1"
    states = {one["version"]: one["state"] for one in releases.versions(load_settings(), model)}
    assert states == {
        "1": "champion",
        "2": "rolled back",
        "3": "rolled back",
        "4": "candidate",
    }
    # To undo a rollback, a person allows the version first.
    with pytest.raises(PromotionRefusedError, match="make allow"):
        rollback(model, to="3")
    releases.allow(load_settings(), model, "3", "checked")
    assert rollback(model, to="3")["version"] == "3"
    assert _log(model).previous == "1"


def test_a_version_with_equal_files_is_no_way_back(run: RunPaths, model: str) -> None:
    registry, settings = get_registry(), load_settings()
    champion = registry.version(model, "1")
    equal = registry.register(model, Path(run.package), {}, champion.tags)
    releases.commit(settings, _log(model), audit.PROMOTE, registry.version(model, equal), {})
    with pytest.raises(RegistryError, match="no earlier champion"):
        rollback(model)


def test_a_rollback_names_what_it_restores(second: RunPaths, model: str) -> None:
    first = get_registry().version(model, "1")
    promote(model, second.decision)
    done = rollback(model)
    for name in ("data_sha256", "features_sha256", "git_revision", "contract_sha256"):
        assert done["restored"][name] == first.tags[name]
    assert done["redeploy"] is False
    assert _log(model).records[-1]["evidence"]["bound"] == done["restored"]


def test_a_rollback_to_changed_files_is_refused(
    run: RunPaths, second: RunPaths, model: str
) -> None:
    promote(model, second.decision)
    promote(model, _made(run, model, "third").decision)
    folder = artifacts.local_path(get_registry().version(model, "2").uri)
    if folder is None:
        pytest.skip("the files of the registry are not on this machine")
    (folder / artifacts.MANIFEST).write_text("{}")
    with pytest.raises(UserError, match="has sha256"):
        rollback(model)
    assert _champion(model) == "3"


def test_a_rollback_to_a_narrower_contract_is_refused(
    second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(model, second.decision)
    honest = releases._contract

    def of(version: ModelVersion) -> dict[str, Any]:
        contract = honest(version)
        if version.version == "1":
            contract["inputs"] = contract["inputs"][1:]
        return contract

    monkeypatch.setattr(releases, "_contract", of)
    with pytest.raises(RegistryError, match=r"does not know the input .*, which callers send"):
        rollback(model)
    assert _champion(model) == "2"


NUMBER = {"name": "a", "kind": "float", "unit": "", "min": 0.0, "max": 9.0, "nullable": False}
NAMED = {"name": "a", "kind": "category", "unit": "", "min": None, "max": None, "nullable": False}
OPEN = {"categories": [], "unseen": "refuse"}


@pytest.mark.parametrize(
    ("sent", "taken", "problem"),
    [
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN}, None),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "max": None}, None),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "nullable": True}, None),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "max": 8.0}, "no values above 8"),
        ({**NUMBER, **OPEN, "min": None}, {**NUMBER, **OPEN}, "no values below 0"),
        ({**NUMBER, **OPEN, "nullable": True}, {**NUMBER, **OPEN}, "no missing values"),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "kind": "int"}, "the kind int, not float"),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "unit": "EUR"}, "its unit is EUR, not none"),
        ({**NUMBER, **OPEN}, {**NUMBER, **OPEN, "name": "b"}, "needs the input b"),
        ({**NAMED, **OPEN, "categories": ["x"]}, {**NAMED, **OPEN, "categories": ["x", "y"]}, None),
        (
            {**NAMED, **OPEN, "categories": ["x", "y"]},
            {**NAMED, **OPEN, "categories": ["x"]},
            "not know the categories y",
        ),
        ({**NAMED, **OPEN}, {**NAMED, **OPEN, "categories": ["x"]}, "takes no categories that"),
        ({"name": "a", "kind": "float"}, {**NUMBER, **OPEN}, None),
    ],
)
def test_a_contract_that_refuses_rows_of_callers_is_incompatible(
    sent: dict[str, Any], taken: dict[str, Any], problem: str | None
) -> None:
    found = compatibility.problems(
        {"task": "t", "inputs": [sent]}, {"task": "t", "inputs": [taken]}
    )
    assert (problem is None) == (found == [])
    assert problem is None or problem in "; ".join(found)


def test_the_author_of_a_version_does_not_release_it_to_a_protected_environment(
    second: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_GOVERNANCE__REQUIRED", "true")
    version = get_registry().version(model, "2")
    made = ModelVersion(**{**vars(version), "tags": {**version.tags, "author": "ann"}})
    for actor in ("bob", ""):
        monkeypatch.setenv("MLOPS_ACTOR", actor)
        releases.require_other_approver(load_settings(), made)
    monkeypatch.setenv("MLOPS_ACTOR", "ann")
    with pytest.raises(PromotionRefusedError, match="another person must release it"):
        releases.require_other_approver(load_settings(), made)
    monkeypatch.setenv("MLOPS_GOVERNANCE__SEPARATE_APPROVER", "false")
    releases.require_other_approver(load_settings(), made)


def test_a_release_is_bound_to_the_image_of_its_deployment(
    run: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _made(run, model, "with-image")
    monkeypatch.setenv(releases.IMAGE_DIGEST, "sha256:0a1b2c")
    promote(model, made.decision, made.promotion)
    assert _log(model).records[-1]["evidence"]["bound"]["image_digest"] == "sha256:0a1b2c"
