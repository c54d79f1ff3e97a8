"""Result of a search: the file that `tune` writes and `train` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from ..params import Params
from ..platform import records
from ..tasks import Table
from .space import replaced


class Trial(TypedDict):
    """A trial. score: mean of the scores in its folds; None if it failed, for the reason `error`.

    state: `pruned` if it was stopped after some folds, because its score was low.
    """

    trial: int
    state: Literal["complete", "failed", "pruned"]
    score: float | None
    folds: list[float]
    values: dict[str, Any]
    error: str | None


class Summary(TypedDict):
    """What a search found.

    trials: number of trials; the first one, with the number 0, has the values of the parameters.
    best, default: scores in the primary metric `metric` of the best trial and of the first one.
    values, defaults: parameter of `train` -> value of the best trial, and of the parameters.
    """

    metric: str
    folds: int
    trials: int
    pruned: int
    failed: int
    best_trial: int
    best: float
    default: float
    values: dict[str, Any]
    defaults: dict[str, Any]


class Search(TypedDict):
    """Content of the file. summary: None if no search ran."""

    model: str
    summary: Summary | None
    trials: list[Trial]


def summarize(
    trials: list[Trial], defaults: Mapping[str, Any], metric: str, folds: int, is_higher: bool
) -> Summary:
    """Return the summary of trials, of which the first is complete. Of equal scores, the first."""
    sign = 1 if is_higher else -1
    scores = {
        one["trial"]: one["score"]
        for one in trials
        if one["state"] == "complete" and one["score"] is not None
    }
    best = max(scores, key=lambda number: (sign * scores[number], -number))
    states = [one["state"] for one in trials]
    found = next(one["values"] for one in trials if one["trial"] == best)
    return {
        "metric": metric,
        "folds": folds,
        "trials": len(trials),
        "pruned": states.count("pruned"),
        "failed": states.count("failed"),
        "best_trial": best,
        "best": scores[best],
        "default": scores[0],
        "values": dict(defaults) if best == 0 else found,
        "defaults": dict(defaults),
    }


def read(uri: str) -> Search:
    """Read the file of a search. Raises UserError for another file."""
    return records.read(uri, Search)


def tuned(params: Params, search: Search) -> Params:
    """Return the parameters with the values that a search found."""
    summary = search["summary"]
    return replaced(params, summary["values"]) if summary else params


def report(search: Search) -> records.Searched:
    """Return what the report of `train` says of a search."""
    summary = search["summary"]
    return {"search": {**summary}, "tables": tables(search)} if summary else {}


def tables(search: Search) -> list[Table]:
    """Return the trials as a table, and their scores as lines of a plot."""
    summary = search["summary"]
    if summary is None:
        return []
    names = list(summary["defaults"])
    rows: list[list[str | float | int | None]] = [
        [one["trial"], one["state"], one["score"], *(_cell(one["values"][name]) for name in names)]
        for one in search["trials"]
    ]
    lines: list[list[str | float | int | None]] = [
        ["trial", one["trial"], one["score"]]
        for one in search["trials"]
        if one["state"] == "complete"
    ]
    header = ["trial", "state", summary["metric"], *names]
    plotted = ["line", "trial", summary["metric"]]
    return [
        {"title": "Trials", "header": header, "rows": rows},
        {"title": "Score of each trial", "header": plotted, "rows": lines, "plot": "lines"},
    ]


def _cell(value: Any) -> str | float | int | None:
    return str(value).lower() if isinstance(value, bool) else value
