"""The report of a rollout: `python -m <package>.router.report <folder>` prints it."""

from __future__ import annotations

import argparse
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from .sequential import Look, Sample
from .state import State

JSON = "rollout.json"
PAGE = "rollout.md"


def losses(
    samples: tuple[Sample, Sample], look: Look, p_value: float, alpha: float
) -> dict[str, Any] | None:
    """Return the comparison of the losses of later labels; None without labels.

    samples: of the stable version and of the candidate. p_value: the smallest one so far.
    """
    stable, candidate = samples
    if not stable.count and not candidate.count:
        return None
    finite = math.isfinite(look.half_width)
    return {
        "stable": {"labels": stable.count, "mean": stable.mean},
        "candidate": {"labels": candidate.count, "mean": candidate.mean},
        "difference": look.difference,
        "interval": [look.difference - look.half_width, look.difference + look.half_width]
        if finite
        else None,
        "level": 1 - alpha,
        "p_value": p_value,
    }


def shadow(differences: Sample, largest: float) -> dict[str, Any] | None:
    """Return the differences of mirrored scores, candidate minus stable; None without any."""
    if not differences.count:
        return None
    return {
        "scores": differences.count,
        "mean": differences.mean,
        "deviation": math.sqrt(differences.variance),
        "largest": largest,
    }


def write(
    folder: str,
    state: State,
    checks: list[dict[str, Any]],
    compared: dict[str, Any] | None,
    mirrored: dict[str, Any] | None,
    waits: str = "",
) -> None:
    """Write the report as JSON and as a page; each file is replaced in one operation."""
    _store(
        Path(folder),
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "state": state.content(),
            "waits": waits,
            "checks": checks,
            "losses": compared,
            "shadow": mirrored,
        },
    )


def finish(folder: str, state: State) -> None:
    """Update the state in the report, and keep the numbers of the verdict."""
    try:
        content = orjson.loads((Path(folder) / JSON).read_bytes())
    except (OSError, ValueError):
        content = {"checks": [], "losses": None, "shadow": None, "waits": ""}
    content["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    content["state"] = state.content()
    _store(Path(folder), content)


def page(content: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    state = content["state"]
    lines = [
        f"# Rollout of version {state['candidate']} ({state['mode']})",
        "",
        f"- State: {state['phase'].replace('_', ' ')}, at {content['time']}",
        f"- Share of the candidate: {state['weight']:.0%}",
    ]
    if state["reason"] or content["waits"]:
        lines.append(f"- Reason: {state['reason'] or content['waits']}")
    if state["command"] is not None:
        lines.append(f"- Exit code of the command: {state['command']}")
    if content["checks"]:
        lines += ["", "| check | source | stable | candidate | lower bound | limit | result |"]
        lines.append("| --- | --- | --- | --- | --- | --- | --- |")
        lines += [
            f"| {row['check']} | {row['source']} | {row['stable']:.4g} | {row['candidate']:.4g} "
            f"| {row['least']:.4g} | {row['limit']:.4g} "
            f"| {'failed' if row['failed'] else 'passed'} |"
            for row in content["checks"]
        ]
    if found := content["losses"]:
        lines += ["", "## Losses of later labels", ""]
        lines += [
            f"- {name}: mean {found[name]['mean']:.4g} of {found[name]['labels']} labels"
            for name in ("stable", "candidate")
        ]
        lines.append(f"- Candidate minus stable: {found['difference']:+.4g}")
        if found["interval"]:
            low, high = found["interval"]
            lines.append(f"- Interval, {found['level']:.0%}: {low:+.4g} to {high:+.4g}")
        lines.append(
            f"- p-value: {found['p_value']:.3g}. It is valid for any number of looks (mSPRT)."
        )
    if found := content["shadow"]:
        lines += [
            "",
            "## Scores of mirrored requests",
            "",
            f"- Candidate minus stable: mean {found['mean']:+.4g}, standard deviation "
            f"{found['deviation']:.4g}, largest {found['largest']:.4g}, "
            f"of {found['scores']} scores",
        ]
    return "\n".join(lines) + "\n"


def _store(folder: Path, content: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = {JSON: orjson.dumps(content, option=orjson.OPT_INDENT_2), PAGE: page(content).encode()}
    for name, text in texts.items():
        part = folder / f"{name}.{os.getpid()}.part"
        part.write_bytes(text)
        part.replace(folder / name)


def main() -> None:
    """Print the page of a report."""
    parser = argparse.ArgumentParser(description="Print the report of a rollout.")
    parser.add_argument("folder", type=Path, help="`report` of the configuration")
    path = parser.parse_args().folder / PAGE
    try:
        print(path.read_text(encoding="utf-8"), end="")
    except OSError as error:
        raise SystemExit(f"router: {path}: {error.strerror}") from None


if __name__ == "__main__":
    main()
