"""Model card and data sheet as Markdown, from the evidence of one run only.

After M. Mitchell et al., "Model Cards for Model Reporting", 2019, and T. Gebru et al., "Datasheets
for Datasets", 2021.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

GATES = {
    "floor": "at least",
    "ceiling": "at most",
    "rows": "test rows, at least",
    "fitted": "rows that the model was fitted on, at least",
    "constant": "compared with a constant prediction",
    "linear model": "how much better a linear model is, at most",
    "ignored inputs": "what a linear model loses without them, at most",
    "champion": "compared with the champion",
    "interval": "lower limit of the difference from the champion, at least",
    "best champion": "compared with the best former champion",
    "slice": "at least, in this slice",
    "fairness": "at most, between groups",
    "onnx": "at most, between ONNX and framework",
    "governance": "sections missing, at most",
}


def model_card(evidence: Mapping[str, Any]) -> str:
    """Return the model card of a version. `evidence` is the dict that `steps.document` builds."""
    decision, stated = evidence["decision"], evidence["statement"]
    verdict = "accepted" if decision["accepted"] else "refused"
    lines = [
        f"# Model card: {text(evidence['model'])}, version {text(evidence['version'])}",
        "",
        f"The gate **{verdict}** this version at {text(decision['time'])}, in the environment "
        f"{text(evidence['lineage']['environment'])}.",
        *_prose("Purpose", stated["purpose"]),
        *_prose("Out of scope", stated["out_of_scope"]),
        *_prose("Risks", stated["risks"]),
        *_prose("Owner", stated["owner"]),
        *_prose("Contact", stated["contact"]),
        "",
        "## Decision",
        "",
        *_table(
            ("gate", "metric", "value", "threshold", "meaning", "passed"),
            (
                (
                    check["gate"],
                    check["metric"],
                    check["value"],
                    check["threshold"],
                    GATES.get(check["gate"], ""),
                    "yes" if check["passed"] else "**no**",
                )
                for check in decision["checks"]
            ),
        ),
        "",
        "## Quality",
        "",
        f"Task: {text(evidence.get('task', 'unknown'))}. Measured on {evidence['rows']} test rows, "
        f"which training did not use.{_fitted(evidence)}",
        "",
        *_metrics(evidence),
        *_simple(evidence),
    ]
    for column, groups in evidence["slices"].items():
        shown = sorted({name for found in groups.values() for name in found}, key=_rows_first)
        rows = ((group, *(found.get(name) for name in shown)) for group, found in groups.items())
        lines += ["", f"### By {text(column)}", "", *_table((column, *shown), rows)]
    for table in evidence.get("tables") or ():
        if table.get("plot") == "lines":
            # The points of a plot: too many rows to read.
            continue
        lines += ["", f"### {text(table['title'])}", "", *_table(table["header"], table["rows"])]
    if evidence["fairness"]:
        names = sorted({name for gaps in evidence["fairness"].values() for name in gaps})
        rows = (
            (column, *(gaps.get(name) for name in names))
            for column, gaps in evidence["fairness"].items()
        )
        lines += ["", "## Fairness", "", "Largest gaps between groups, in probability.", ""]
        lines += _table(("protected attribute", *names), rows)
    return "\n".join([*lines, *_origin(evidence)]) + "\n"


def data_sheet(evidence: Mapping[str, Any]) -> str:
    """Return the data sheet of the rows that a version was trained and tested on."""
    data, stated = evidence["lineage"]["data"], evidence["statement"]
    found = data["profile"]
    labels = f"{found['labelled']} of {found['rows']}"
    if found.get("positive_rate") is not None:
        labels += f", {found['positive_rate']:.2%} of them positive"
    elif found.get("mean") is not None:
        labels += f", mean {found['mean']:g}"
    elif found["labelled"]:
        shares = found.get("class_shares", {})
        labels += "".join(f", {share:.1%} {name}" for name, share in shares.items())
    facts = (
        ("source", data["source"]),
        ("sha256", data["sha256"]),
        ("rows", found["rows"]),
        ("entities", found["entities"]),
        ("from", found["from"]),
        ("to", found["to"]),
        ("labelled", labels),
    )
    numbers = [column for column in found["columns"] if "shares" not in column]
    categories = [column for column in found["columns"] if "shares" in column]
    lines = [
        f"# Data sheet: {text(evidence['model'])}, version {text(evidence['version'])}",
        *_prose("Origin", stated["data_origin"]),
        *_prose("Personal data", stated["personal_data"]),
        *_prose("Contact", stated["contact"]),
        "",
        "## Rows",
        "",
        *_table(("fact", "value"), facts),
    ]
    if numbers:
        header = ("column", "role", "unit", "min", "mean", "max", "missing")
        rows = ([column.get(name) for name in ("name", *header[1:])] for column in numbers)
        lines += ["", "## Numbers", "", *_table(header, rows)]
    if categories:
        lines += ["", "## Categories", ""]
        lines += _table(
            ("column", "role", "share of rows", "missing"),
            (
                (
                    column["name"],
                    column["role"],
                    ", ".join(f"{name} {share:.1%}" for name, share in column["shares"].items()),
                    column["missing"],
                )
                for column in categories
            ),
        )
    described = [column for column in found["columns"] if column["description"]]
    if described:
        lines += ["", "## Meaning", ""]
        lines += _table(
            ("column", "meaning"), ((item["name"], item["description"]) for item in described)
        )
    return "\n".join(lines) + "\n"


def text(value: object) -> str:
    """Escape a value for one line of a table: without markup and without cell borders."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if value is None or value == "":
        return "-"
    line = html.escape(" ".join(str(value).split()), quote=False)
    return re.sub(r"([\\|`*\[\]])", r"\\\1", line)


def _origin(evidence: Mapping[str, Any]) -> list[str]:
    lineage = evidence["lineage"]
    git, revision = lineage["git"], lineage["git"]["revision"]
    code = "outside a git repository"
    if revision:
        code = f"{revision} with uncommitted changes" if git["dirty"] else revision
    facts = (
        ("run", evidence["run_id"]),
        ("run page", evidence["run_url"]),
        ("model sha256", evidence["sha256"]),
        ("code", code),
        ("data", lineage["data"]["source"]),
        ("data sha256", lineage["data"]["sha256"]),
        ("parameters sha256", lineage["params_sha256"]),
        ("feature code sha256", lineage.get("features_sha256", "not recorded")),
        ("python", lineage["python"]),
        *lineage["libraries"].items(),
    )
    return [
        "",
        "## Parameters",
        "",
        *_table(("parameter", "value"), sorted(evidence["params"].items())),
        *_searched(lineage.get("search")),
        "",
        "## Made by",
        "",
        *_table(("what", "value"), facts),
    ]


def _searched(search: Mapping[str, Any] | None) -> list[str]:
    """Return which parameters a search has changed, and how much better its scores are."""
    if search is None:
        return []
    values, defaults, metric = search["values"], search["defaults"], search["metric"]
    rows = (
        *((name, values[name], own) for name, own in defaults.items()),
        (f"{metric} in {search['folds']} folds", search["best"], search["default"]),
    )
    return [
        "",
        "### Search of parameters",
        "",
        f"Trial {search['best_trial']} is the best of {search['trials']}; trial 0 has the values "
        f"of the file. They were scored on training rows. {search['pruned']} were stopped early, "
        f"and {search['failed']} failed.",
        "",
        *_table(("parameter", "best trial", "without the search"), rows),
    ]


def _metrics(evidence: Mapping[str, Any]) -> list[str]:
    champion = evidence["champion"]
    if champion is None or not champion["metrics"]:
        return _table(("metric", "value"), evidence["metrics"].items())
    return _table(
        ("metric", "value", f"champion {champion['version']} on the same rows"),
        (
            (name, value, champion["metrics"].get(name))
            for name, value in evidence["metrics"].items()
        ),
    )


def _fitted(evidence: Mapping[str, Any]) -> str:
    trained = evidence.get("training") or {}
    if trained.get("rows") is None:
        return ""
    return f" Fitted on {trained['rows']} of {trained['split']} training rows."


def _simple(evidence: Mapping[str, Any]) -> list[str]:
    """Return the comparison with simple predictions, and the inputs that change no prediction."""
    simple, inputs = evidence.get("baselines"), evidence.get("inputs")
    if not simple or not inputs:
        return []
    primary = evidence["primary"]
    rows = (
        ("this version", evidence["metrics"].get(primary)),
        ("a linear model", simple["linear"]),
        ("a constant prediction", simple["constant"]),
    )
    lines = ["", "### Compared with simple predictions", ""]
    lines += _table(("predictions", primary), rows)
    reasons = {
        **dict.fromkeys(_constants(inputs["effects"]), "one value in the training rows"),
        **dict.fromkeys(inputs["ignored"], "other values change no prediction"),
    }
    if reasons:
        lines += ["", "### Inputs without effect", "", *_table(("input", "why"), reasons.items())]
    return lines


def _constants(effects: Mapping[str, float | None]) -> list[str]:
    return [name for name, change in effects.items() if change is None]


def _rows_first(name: str) -> tuple[bool, str]:
    return name != "rows", name


def _prose(title: str, content: str | Sequence[str] | None) -> list[str]:
    if not content:
        return []
    body = [text(content)] if isinstance(content, str) else [f"- {text(item)}" for item in content]
    return ["", f"## {title}", "", *body]


def _table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    # Only the emphasis that this module writes is kept as markup.
    def cell(value: object) -> str:
        return value if value == "**no**" else text(value)

    return [
        f"| {' | '.join(text(name) for name in header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(map(cell, row))} |" for row in rows),
    ]
