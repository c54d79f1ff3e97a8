"""Releases of a model: the log that decides which version is the champion.

The log is the chain of records of `audit`. A release is committed when its record is written, which
fails if another release was recorded since the log was read. The registry's alias champion follows
the log: every promotion, every rollback and `make audit-verify` sets an alias that lags behind
after an interruption, and stops at an alias that was moved elsewhere. A number alone does not name
a version: after the loss of its database, a registry gives the same numbers to other files.

A version that was rolled back stays rejected, and so does an equal retraining of it, until a person
allows it: `make allow VERSION=<version>`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..registry import CHAMPION, ModelVersion, get_registry
from . import artifacts, audit, compatibility, governance, models
from .errors import AuditError, PromotionRefusedError, RegistryError, UserError
from .output import sentence, show
from .sections.governance import Governance
from .settings import Settings, load_settings
from .strict_json import dumps

ALLOW = "allow"
# Action of a record after which the numbers of the versions are those of a new registry.
LOST = "registry lost"
# Versions before such a record have numbers of another registry.
RENUMBERED = {audit.IMPORT: "before the import", LOST: "of the lost registry"}
# Equal values of all of them make an equal model. A version without them is equal only to itself.
RECIPE = ("data_sha256", "params_sha256", "features_sha256")
IMAGE_DIGEST = "MLOPS_IMAGE_DIGEST"


@dataclass(frozen=True)
class Release:
    """A record that made a version the champion.

    number: of the record, from 1. source: the champion before. metrics: numbers of the evidence.
    """

    number: int
    time: str
    who: str
    action: str
    version: str
    source: str | None
    sha256: str | None
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Rejection:
    """A version that must not be promoted. recipe: its values of RECIPE, as far as known."""

    number: int
    version: str
    reason: str
    sha256: str | None = None
    recipe: Mapping[str, str] = field(default_factory=dict)

    def covers(self, version: str, sha256: str | None, tags: Mapping[str, Any]) -> bool:
        """Whether a version is the rejected one, has its files, or was trained from the same."""
        if version == self.version or (sha256 and sha256 == self.sha256):
            return True
        return set(self.recipe) == set(RECIPE) and all(
            tags.get(name) == value for name, value in self.recipe.items()
        )


@dataclass(frozen=True)
class Log:
    """All records of a model, oldest first, with a verified chain."""

    model: str
    records: tuple[dict[str, Any], ...]

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """The records that made a version the champion, oldest first."""
        return tuple(
            _release(number, item)
            for number, item in enumerate(self.records, 1)
            if item.get("action") in audit.MOVES
        )

    @cached_property
    def current(self) -> tuple[Release, ...]:
        """The releases of the current registry: those since it was lost or the last import."""
        starts = [n for n, item in enumerate(self.records, 1) if item.get("action") in RENUMBERED]
        return tuple(one for one in self.releases if not starts or one.number >= starts[-1])

    @property
    def champion(self) -> str | None:
        """Version of the champion; None before the first release of the current registry."""
        return self.current[-1].version if self.current else None

    @cached_property
    def path(self) -> tuple[Release, ...]:
        """The releases that led to the champion, oldest first, without those rolled back."""
        path: list[Release] = []
        for release in self.current:
            versions = [one.version for one in path]
            if release.action == audit.ROLLBACK and release.version in versions:
                del path[versions.index(release.version) + 1 :]
            elif release.version != (versions[-1] if versions else None):
                path.append(release)
        return tuple(path)

    @property
    def previous(self) -> str | None:
        """The version that a rollback restores; None if there is none.

        A retraining with the files of the champion is no way back.
        """
        if not self.path:
            return None
        *earlier, champion = self.path
        rejected = {one.version for one in self.rejections}
        for release in reversed(earlier):
            equal = release.sha256 is not None and release.sha256 == champion.sha256
            if not equal and release.version not in rejected:
                return release.version
        return None

    @cached_property
    def rejections(self) -> tuple[Rejection, ...]:
        """The rejections in force."""
        found: list[Rejection] = []
        for number, item in enumerate(self.records, 1):
            evidence = item.get("evidence") or {}
            if item.get("action") == ALLOW:
                sha256, tags = evidence.get("sha256"), evidence.get("bound") or {}
                version = str(item.get("version"))
                found = [one for one in found if not one.covers(version, sha256, tags)]
                continue
            if (earlier := RENUMBERED.get(str(item.get("action")))) is not None:
                # The versions of the new registry have numbers of their own.
                found = [replace(one, version=f"{one.version} {earlier}") for one in found]
            listed = evidence.get("rejected")
            if listed is None and _rejects(item):
                # Records of earlier releases name the version only.
                listed = [{"version": item.get("source")}]
            why = str(evidence.get("reason") or evidence.get("why") or "no reason given")
            found += [
                Rejection(
                    number,
                    str(one["version"]),
                    why,
                    one.get("sha256"),
                    {name: one[name] for name in RECIPE if one.get(name)},
                )
                for one in listed or ()
            ]
        return tuple(found)

    def rejection(self, version: ModelVersion) -> Rejection | None:
        """Return the rejection that covers a version."""
        return self.covering(version.version, version.sha256, version.tags)

    def covering(
        self, version: str, sha256: str | None, tags: Mapping[str, Any]
    ) -> Rejection | None:
        """Return the newest rejection that covers a version with these files and tags."""
        found = (one for one in reversed(self.rejections) if one.covers(version, sha256, tags))
        return next(found, None)


def read(settings: Settings, model: str) -> Log:
    """Read the log of a model. Raises AuditError if a record is missing, invalid or changed."""
    records = audit.read(settings, model)
    audit.verify(records)
    return Log(model, tuple(records))


def commit(
    settings: Settings, log: Log, action: str, target: ModelVersion, evidence: Mapping[str, Any]
) -> Log:
    """Make a version the champion: write its record, then set the alias. Return the new log.

    `log` is what the decision was based on. Raises ConflictError if another record was written
    since then; nothing has changed in this case. If setting the alias fails, the release stays
    committed, and the next command sets the alias.
    """
    bound = bound_to(target)
    # A deployment knows the image that now serves the version, perhaps with newer code.
    bound["image_digest"] = os.environ.get(IMAGE_DIGEST) or bound["image_digest"]
    entry = {"action": action, "source": log.champion, "target": target.version}
    known = {"sha256": target.sha256, "bound": bound, **approval(target)}
    after = _append(settings, log, entry, {**known, **evidence})
    project(settings, after)
    return after


def note(
    settings: Settings, log: Log, action: str, version: ModelVersion, evidence: Mapping[str, Any]
) -> Log:
    """Write a record about a version that leaves the champion; return the new log.

    The record of a promotion that its rollout took back rejects the version; `wanted` in its
    evidence is `promote`. Raises ConflictError as `commit`.
    """
    champion = log.champion
    entry = {"action": action, "source": champion, "target": champion, "version": version.version}
    full = {"sha256": version.sha256, "bound": bound_to(version), **evidence}
    if action == audit.TAKEN_BACK:
        entry["source"] = version.version
        full["rejected"] = [rejected(version)] if evidence["wanted"] == audit.PROMOTE else []
    return _append(settings, log, entry, full)


def _append(
    settings: Settings, log: Log, entry: Mapping[str, Any], evidence: Mapping[str, Any]
) -> Log:
    written = audit.append(settings, log.model, log.records, **entry, evidence=evidence)
    return Log(log.model, (*log.records, written))


def project(settings: Settings, log: Log) -> bool:
    """Set the alias champion as the log says; return whether it was another one.

    The alias lags behind if it is still the version before the last release, or missing. Raises
    AuditError if it is any other version: then it was moved without a release. Raises RegistryError
    if the registry does not have the champion of the log with its files.
    """
    registry = get_registry(settings)
    changed = False
    while True:
        found = registry.get(log.model, CHAMPION)
        current = found.version if found else None
        last = log.current[-1] if log.current else None
        if found is not None and last is not None and current == last.version:
            if not is_of(found, last):
                raise _lost(settings, log, last, found)
        elif current != log.champion:
            if last is None or current not in (None, last.source):
                raise AuditError(
                    f"the alias champion of {log.model} is {current}, but the log of releases says "
                    f"{log.champion}: the alias was moved without a promotion. To set it back, run "
                    "make repair-alias; to keep and record it, run make repair-alias ADOPT=1"
                )
            registry.promote(log.model, registered(settings, log, last).version, CHAMPION)
            changed = True
        # A process that was paused before it set the alias must not undo a newer release.
        newer = read(settings, log.model)
        if len(newer.records) == len(log.records):
            return changed
        log = newer


def registered(settings: Settings, log: Log, release: Release) -> ModelVersion:
    """Return the version of a release. Raises RegistryError if the registry has lost it."""
    try:
        version = get_registry(settings).version(log.model, release.version)
    except RegistryError as error:
        raise _lost(settings, log, release, None) from error
    if not is_of(version, release):
        raise _lost(settings, log, release, version)
    return version


def is_of(version: ModelVersion, release: Release) -> bool:
    """Whether a version of the registry has the number and the files of a release."""
    equal = release.sha256 is None or release.sha256 == version.sha256
    return version.version == release.version and equal


def _lost(
    settings: Settings, log: Log, release: Release, found: ModelVersion | None
) -> RegistryError:
    other = "no such version" if found is None else f"other files with this number ({found.uri})"
    return RegistryError(
        f"{log.model} {release.version} is record {release.number} of the log of releases, but the "
        f"registry of '{settings.env}' has {other}: its database was lost or replaced. Restore it "
        f"from a backup, or import an export of the champion (make import-champion). If you cannot "
        f"do either, run make repair-alias MODEL={log.model} LOST=1 and then make pipeline: the "
        "next version that passes the gate becomes the champion"
    )


def way_back(settings: Settings, log: Log, to: str | None = None) -> ModelVersion | None:
    """Return the version that a rollback restores; None if it is the champion already.

    `to`: a version that was the champion before; by default the previous one, and none if the last
    release was a rollback. Checks the files of the version and that the callers of the champion can
    use it. Raises RegistryError if there is no such version, PromotionRefusedError if it was rolled
    back itself.
    """
    if log.champion is None:
        raise RegistryError(f"{log.model} has no champion to roll back")
    if to is None and log.releases[-1].action == audit.ROLLBACK:
        return None
    wanted = to or log.previous
    if wanted is None:
        raise RegistryError(f"{log.model} has no earlier champion to go back to")
    if wanted == log.champion:
        return None
    if wanted not in {one.version for one in log.current}:
        raise RegistryError(
            f"{log.model} {wanted} was never the champion: see make versions; to release it, "
            "use make promote"
        )
    former = next(one for one in reversed(log.current) if one.version == wanted)
    target = registered(settings, log, former)
    require_allowed(log, target)
    artifacts.verify(target.local_files(), target.sha256)
    require_compatible(registered(settings, log, log.current[-1]), target)
    return target


def left_behind(settings: Settings, log: Log, target: str) -> list[dict[str, str]]:
    """Return the versions that a rollback to `target` rejects, for its evidence.

    They are the champion and the former champions that the rollback passes over.
    """
    versions = [one.version for one in log.path]
    if target not in versions:
        return []
    registry, found = get_registry(settings), []
    for release in log.path[versions.index(target) + 1 :]:
        try:
            found.append(rejected(registry.version(log.model, release.version)))
        except RegistryError:
            found.append({"version": release.version, "sha256": release.sha256 or ""})
    return found


def repair(
    settings: Settings, model: str, adopt: bool = False, lost: bool = False
) -> dict[str, Any]:
    """Set an alias that was moved elsewhere back to the champion of the log, or adopt it.

    `adopt` records the version that has the alias as the champion; a person answers for it. `lost`
    records that the registry has lost the champion of the log: the model then has no champion until
    the next promotion. Raises RegistryError if neither the log nor the registry names a champion,
    or if the registry has lost it, and UserError if `lost` does not apply.
    """
    registry, log = get_registry(settings), read(settings, model)
    found = registry.get(model, CHAMPION)
    before = found.version if found else None
    if lost:
        log = _record_loss(settings, log, found)
        return {"champion": log.champion, "alias_before": before}
    if adopt and found is not None and before != log.champion:
        artifacts.verify(found.local_files(), found.sha256)
        log = commit(settings, log, audit.ADOPT, found, {"reason": "the alias was adopted"})
    elif log.champion is None:
        raise RegistryError(f"the log of releases names no champion of {model}")
    else:
        champion = registered(settings, log, log.current[-1])
        if before != champion.version:
            registry.promote(model, champion.version, CHAMPION)
    return {"champion": log.champion, "alias_before": before}


def _record_loss(settings: Settings, log: Log, alias: ModelVersion | None) -> Log:
    """Record that the registry has lost the champion: its numbers now mean other versions.

    Raises UserError if there is no champion, if the registry has it, or if it names another one.
    """
    if not log.current:
        raise UserError(f"the log of releases names no champion of {log.model}: none is lost")
    last = log.current[-1]
    try:
        registered(settings, log, last)
    except RegistryError:
        if alias is not None:
            raise UserError(
                f"the registry names version {alias.version} of {log.model} as the champion: to "
                "record that, run make repair-alias ADOPT=1"
            ) from None
        entry = {"action": LOST, "source": last.version, "target": None}
        why = {"sha256": last.sha256, "reason": "the registry has lost the champion"}
        return _append(settings, log, entry, why)
    raise UserError(
        f"the registry has the champion of {log.model}, version {last.version}: it is not lost. "
        "Run make repair-alias without LOST"
    )


def allow(settings: Settings, model: str, version: str, reason: str) -> dict[str, Any]:
    """Allow a rejected version to be promoted again, with a record of who allowed it and why.

    Raises UserError if the version is not rejected.
    """
    log, found = read(settings, model), get_registry(settings).version(model, version)
    if log.rejection(found) is None:
        raise UserError(f"{model} {version} is not rejected")
    note(settings, log, ALLOW, found, {"reason": reason})
    return {"model": model, "version": version, "allowed": True}


def require_allowed(log: Log, version: ModelVersion) -> None:
    """Raise PromotionRefusedError if a version is rejected."""
    found = log.rejection(version)
    if found is not None:
        equal = "" if found.version == version.version else f", which equals {version.version},"
        raise PromotionRefusedError(
            f"{log.model} {found.version}{equal} was rolled back ({found.reason}): run make allow "
            f"MODEL={log.model} VERSION={version.version} REASON=... to allow its promotion again"
        )


def rejected(version: ModelVersion) -> dict[str, str]:
    """Return what a record says about a rejected version, to recognize equal ones."""
    recipe = {name: version.tags[name] for name in RECIPE if version.tags.get(name)}
    return {"version": version.version, "sha256": version.sha256, **recipe}


def bound_to(version: ModelVersion) -> dict[str, str | None]:
    """Return what made and what serves a version: data, code, parameters, contract, image.

    The image is the one that registered the version, if the variable MLOPS_IMAGE_DIGEST named it.
    """
    names = (*RECIPE, "data_revision", "git_revision", "contract_sha256", "image_digest")
    return {name: version.tags.get(name) for name in names}


def origin() -> dict[str, str]:
    """Return the tags of a new version that CI knows: its author, and the digest of the image."""
    known = {"author": audit.actor(), "image_digest": os.environ.get(IMAGE_DIGEST)}
    return {name: value for name, value in known.items() if value}


def approval(version: ModelVersion) -> dict[str, str | None]:
    """Return who made a version and who releases it, as far as CI names them."""
    return {"author": version.tags.get("author"), "approver": audit.actor()}


def require_other_approver(settings: Settings, version: ModelVersion) -> None:
    """Raise PromotionRefusedError if CI names one user as author and approver of a version.

    Applies in environments that require statements about a model.
    """
    known = approval(version)
    author, approver = known["author"], known["approver"]
    section = settings.section("governance", Governance)
    if section.required and section.separate_approver and author and author == approver:
        raise PromotionRefusedError(
            f"{author} has made {version.model} {version.version}, so another person must release "
            f"it to '{settings.env}': see governance.separate_approver in docs/governance.md"
        )


def require_compatible(champion: ModelVersion, target: ModelVersion) -> None:
    """Raise RegistryError if a version refuses rows that callers of the champion may send."""
    try:
        callers = _contract(champion)
    except UserError:
        # The files of the champion can be the reason of a rollback.
        modules = models.load(champion.model)
        callers = compatibility.described(modules.contract, modules.task.NAME)
    problems = compatibility.problems(callers, _contract(target))
    if problems:
        raise RegistryError(
            f"{target.model} {target.version} cannot serve the callers of {champion.version}: "
            + "; ".join(problems)
        )


def _contract(version: ModelVersion) -> dict[str, Any]:
    return compatibility.of_manifest(artifacts.read_json(f"{version.uri}/{artifacts.MANIFEST}"))


def _rejects(item: Mapping[str, Any]) -> bool:
    """Whether a record rejects its source."""
    taken_back = item.get("action") == audit.TAKEN_BACK
    wanted = (item.get("evidence") or {}).get("wanted")
    return item.get("action") == audit.ROLLBACK or (taken_back and wanted != audit.ROLLBACK)


def _release(number: int, item: Mapping[str, Any]) -> Release:
    evidence = item.get("evidence") or {}
    return Release(
        number=number,
        time=str(item.get("time")),
        who=str(item.get("who")),
        action=str(item["action"]),
        version=str(item["target"]),
        source=item.get("source"),
        sha256=evidence.get("sha256"),
        metrics={
            name: float(value)
            for name, value in evidence.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        },
    )


def versions(settings: Settings, model: str) -> list[dict[str, Any]]:
    """Return the versions of a model, newest first, with their state.

    number: of the record that made a version the champion last; None for one that never was. state:
    `champion`, `former champion`, `candidate`, `refused` (by the gate), `rolled back`, `rejected`
    for one that equals a version that was rolled back, or `lost` for a champion or former champion
    that the registry does not have.
    """
    log = read(settings, model)
    released = {one.version: one for one in log.current}
    found: list[dict[str, Any]] = []
    for version in reversed(get_registry(settings).versions(model)):
        release = released.get(version.version)
        if release is not None and is_of(version, release):
            del released[version.version]
        else:
            release = None
        found.append(
            {
                "version": version.version,
                "number": release.number if release else None,
                "time": release.time if release else version.tags.get("trained_at"),
                "state": _state(settings, log, version, release),
                "metrics": dict(version.metrics),
            }
        )
    lost = [
        {
            "version": release.version,
            "number": release.number,
            "time": release.time,
            "state": "lost",
            "metrics": dict(release.metrics),
        }
        for release in reversed(released.values())
    ]
    return lost + found


def _state(settings: Settings, log: Log, version: ModelVersion, release: Release | None) -> str:
    if release is not None and version.version == log.champion:
        return "champion"
    rejection = log.rejection(version)
    if rejection is not None:
        return "rolled back" if rejection.version == version.version else "rejected"
    if release is not None:
        return "former champion"
    uri = f"{governance.folder(settings, log.model, version.version)}/{governance.EVIDENCE}"
    if artifacts.exists(uri) and not artifacts.read_json(uri)["decision"]["accepted"]:
        return "refused"
    return "candidate"


def main() -> None:
    """List versions, allow a rejected one or repair the alias; exit with 1 on an error.

    The list ends with an error if the registry has lost the champion.
    """
    parser = argparse.ArgumentParser(prog="releases", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--model", choices=models.names(), default=models.names()[0])
    commands.add_parser("versions", parents=[shared])
    allowing = commands.add_parser("allow", parents=[shared])
    allowing.add_argument("--version", required=True)
    allowing.add_argument("--reason", required=True)
    repairing = commands.add_parser("repair", parents=[shared])
    ways = repairing.add_mutually_exclusive_group()
    ways.add_argument("--adopt", action="store_true", help="record the version of the alias")
    ways.add_argument("--lost", action="store_true", help="record that the champion is lost")
    given = parser.parse_args()
    try:
        settings = load_settings()
        if given.command == "versions":
            for item in versions(settings, given.model):
                show(_line(item))
            log = read(settings, given.model)
            if log.current:
                registered(settings, log, log.current[-1])
        elif given.command == "allow":
            show(dumps(allow(settings, given.model, given.version, given.reason)))
        else:
            show(dumps(repair(settings, given.model, given.adopt, given.lost)))
    except (UserError, OSError) as error:
        raise SystemExit(f"{given.command}: {sentence(error)}") from None


def _line(item: Mapping[str, Any]) -> str:
    number = "-" if item["number"] is None else str(item["number"])
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in item["metrics"].items())
    return f"{item['version']:>4}  {item['state']:<16} {number:>4}  {item['time']}  {metrics}"


if __name__ == "__main__":
    main()
