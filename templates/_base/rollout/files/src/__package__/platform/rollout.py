"""Promotion by a rollout: a deployment names its versions, and the champion follows its result.

An accepted version waits as the challenger. A rollout serves it instead of the champion. If the
rollout succeeds, the alias moves; if the target rolls it back, the alias stays. Both results are
recorded in the audit. You can repeat an interrupted rollout: nothing is recorded twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..monitoring.state import record_success
from ..registry import CHAMPION, ModelVersion, get_registry
from . import artifacts, audit, delivery, governance, models, releases
from .errors import ConflictError, PromotionRefusedError, RegistryError, UserError
from .settings import Settings, load_settings
from .transfer import evidence_of


class TakenBackError(UserError):
    """The target rolled a rollout back and serves the previous versions."""


@dataclass(frozen=True)
class Move:
    """A move of the alias champion of a model, made when a rollout succeeds."""

    action: str
    source: str | None
    target: ModelVersion
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.target.model


def forward(settings: Settings, model: str | None = None, version: str | None = None) -> list[Move]:
    """Return the waiting promotions: of all models, or only of `version` of `model`.

    A version waits if the gate accepted it in comparison with the current champion, and neither it
    nor a rollout of it was rolled back. Raises PromotionRefusedError if the named version does not
    wait, or if `governance.yaml` lacks sections that the environment requires.
    """
    if model is not None and version is not None:
        move = _promotion(settings, get_registry(settings).version(model, version))
        return [move] if move else []
    found = (_waiting(settings, name) for name in models.names())
    return [move for move in found if move]


def back(settings: Settings, model: str, reason: str, to: str | None = None) -> list[Move]:
    """Return the moves back to a former champion; empty if already done.

    `to`: its version; by default the champion before the last promotion. Raises RegistryError if
    there is no such champion, or if callers of the current one cannot use it.
    """
    log = releases.read(settings, model)
    releases.project(settings, log)
    target = releases.way_back(settings, log, to)
    if target is None:
        return []
    return [_rollback(settings, log, target, reason)]


def following(settings: Settings, served: dict[str, str], reason: str) -> list[Move]:
    """Return the moves to the versions that a target goes back to: model -> version.

    Raises RegistryError if callers of a champion cannot use the version.
    """
    registry = get_registry(settings)
    moves = []
    for model, version in served.items():
        log = releases.read(settings, model)
        if log.champion is not None and log.champion != version:
            target = registry.version(model, version)
            releases.require_compatible(registry.version(model, log.champion), target)
            moves.append(_rollback(settings, log, target, reason))
    return moves


def _rollback(settings: Settings, log: releases.Log, target: ModelVersion, reason: str) -> Move:
    left = releases.left_behind(settings, log, target.version)
    return Move(audit.ROLLBACK, log.champion, target, {"reason": reason, "rejected": left})


def pinned(settings: Settings, moves: list[Move]) -> str:
    """Return the setting serving.pinned of a service while `moves` are rolled out.

    Raises RegistryError, which names the model, if it has neither a champion nor a waiting version.
    """
    return delivery.pin(_served(settings, moves))


def versions(settings: Settings, moves: list[Move]) -> str:
    """Return the versions in `pinned` as lines of `VERSION_<module of the model>=<version>`."""
    return delivery.versions(_served(settings, moves))


def run(settings: Settings, moves: list[Move], roll_out: Callable[[str], Any]) -> dict[str, Any]:
    """Roll out the versions of `moves` and move the aliases when the rollout succeeds.

    `roll_out` takes the setting serving.pinned and returns when the rollout succeeded. It raises
    TakenBackError if the target rolled it back, and any other error if the result is unknown: then
    nothing is recorded, and a repetition continues from there.
    """
    try:
        seen = roll_out(pinned(settings, moves))
    except TakenBackError as error:
        for move in moves:
            log = releases.read(settings, move.model)
            why = {"wanted": move.action, "why": str(error)}
            releases.note(settings, log, audit.TAKEN_BACK, move.target, why)
        if not moves:
            raise
        tried = ", ".join(f"{move.model} {move.target.version}" for move in moves)
        raise TakenBackError(
            f"the rollout of {tried} was taken back, and no champion has moved: {error}"
        ) from error
    settle(settings, moves)
    return {"rollout": seen, "moved": [_told(move) for move in moves]}


def settle(settings: Settings, moves: list[Move]) -> None:
    """Record each move and move its alias. This is idempotent.

    Raises ConflictError if another release was recorded during the rollout.
    """
    for move in moves:
        log = releases.read(settings, move.model)
        if log.champion == move.target.version:
            releases.project(settings, log)
        elif log.champion == move.source:
            releases.commit(settings, log, move.action, move.target, move.evidence)
        else:
            raise ConflictError(
                f"{move.model} {log.champion} became the champion during the rollout of "
                f"{move.target.version}: roll out again"
            )
        record_success(move.model, "promotion")


def _served(settings: Settings, moves: list[Move]) -> list[ModelVersion]:
    moved = {move.model: move.target for move in moves}
    return [moved.get(model) or _champion(settings, model) for model in models.names()]


def _champion(settings: Settings, model: str) -> ModelVersion:
    """Return the champion that the log names. An alias that lags behind the log is set first."""
    releases.project(settings, releases.read(settings, model))
    found = get_registry(settings).get(model, CHAMPION)
    if found is None:
        raise RegistryError(f"{model} has no champion to serve, and no version that may be one")
    return found


def _waiting(settings: Settings, model: str) -> Move | None:
    """Return the promotion of the newest waiting version of a model."""
    log = releases.read(settings, model)
    for found in reversed(get_registry(settings).versions(model)):
        if found.version == log.champion:
            return None
        if log.rejection(found) is not None:
            continue
        try:
            return _promotion(settings, found)
        except PromotionRefusedError:
            continue
    return None


def _promotion(settings: Settings, found: ModelVersion) -> Move | None:
    """Return the promotion of a version; None if it is the champion. Raises like `forward`."""
    log = releases.read(settings, found.model)
    releases.project(settings, log)
    current = log.champion
    if current == found.version:
        return None
    releases.require_allowed(log, found)
    releases.require_other_approver(settings, found)
    evidence = evidence_of(settings, found)
    if evidence is None or evidence["sha256"] != found.sha256:
        raise PromotionRefusedError(f"no gate has judged these files of {_name(found)}")
    if not evidence["decision"]["accepted"]:
        raise PromotionRefusedError(f"the gate refused {_name(found)}")
    compared = evidence["champion"]["version"] if evidence["champion"] else None
    if compared != current:
        raise PromotionRefusedError(
            f"the gate compared {_name(found)} with {compared or 'nothing'}, but the champion is "
            f"{current} by now: evaluate again"
        )
    governance.require(settings, found.model)
    artifacts.verify(found.local_files(), found.sha256)
    documents = governance.documents(settings, found.model, found.version)
    known = {"model_card": documents, **evidence["metrics"]}
    return Move(audit.PROMOTE, current, found, known)


def _name(found: ModelVersion) -> str:
    return f"{found.model} {found.version}"


def _told(move: Move) -> dict[str, Any]:
    told = {"model": move.model, "action": move.action}
    return {**told, "source": move.source, "target": move.target.version}


def main() -> None:
    """Print what a deployment would now serve; on an error print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(prog="rollout", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("what", choices=("pin", "versions"))
    given = parser.parse_args()
    try:
        settings = load_settings()
        moves = forward(settings)
        print(pinned(settings, moves) if given.what == "pin" else versions(settings, moves))
    except UserError as error:
        raise SystemExit(f"{given.what}: {error}") from None


if __name__ == "__main__":
    main()
