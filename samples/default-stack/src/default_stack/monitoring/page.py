"""The monitoring report as one HTML file without scripts or external resources.

It is rendered from the JSON report only, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import DRIFTED, STABLE, plots
from .page_style import STYLE
from .plots import NONE, number, text

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
KEY = (
    ("Then: training rows", '<rect class="then" width="20" height="12"/>'),
    (
        "Now: recent rows",
        '<rect class="area" width="20" height="12"/><path class="line" d="M0 1H20"/>',
    ),
    (
        "Now, if the input has drifted",
        '<g class="drifted"><rect class="area" width="20" height="12"/>'
        '<path class="line" d="M0 1H20"/></g>',
    ),
)


def render(report: Mapping[str, Any]) -> str:
    """Return the page of a report of `report.build` and of the latest `windows`."""
    prediction = report.get("prediction")
    compared = [*report["features"], *([prediction] if prediction else [])]
    features = sorted(compared, key=lambda item: -_excess(item))
    parts = [
        _head(report),
        _tiles(report, features),
        _inputs(report, features),
        _distributions(features),
        _time(report),
        _foot(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Drift of {text(report['model'])}: {text(report['verdict'])}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n"
        "</body>\n</html>\n"
    )


def _head(report: Mapping[str, Any]) -> str:
    kind = {DRIFTED: "drifted", STABLE: "stable"}.get(report["verdict"], "unknown")
    sign = {"drifted": "◆", "stable": "●"}.get(kind, "○")
    version = f"champion {report['version']}" if report["version"] else "no champion"
    return (
        f'<header><div class="head"><h1>Drift of {text(report["model"])}</h1>'
        f'<span class="badge {kind}"><span aria-hidden="true">{sign}</span> '
        f"{text(report['verdict'])}</span></div>"
        f'<p class="soft">{text(version)}, {_when(report["created"])} UTC</p></header>'
    )


def _tiles(report: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> str:
    drifted, limit = report["drifted"], report["limits"].get("primary")
    primary = report["primary"]
    quality, registered = report["quality"] or {}, report["registered"] or {}
    tiles = [
        (
            "Drifted inputs",
            f"{len(drifted)} of {len(report['features'])}",
            ", ".join(drifted) or "none beyond its threshold",
        ),
        ("Rows", f"{report['rows']:,}", _compared_with(report)),
    ]
    if features:
        worst = features[0]
        said = f"PSI {number(worst['psi'])}, threshold {number(worst['threshold'])}"
        note = f"its threshold: {worst['feature']}, {said}"
        tiles.append(("Furthest from training", f"{_excess(worst):.3g} times", note))
    if (moved := report.get("prediction")) is not None:
        said = f"PSI {number(moved['psi'])}, threshold {number(moved['threshold'])}"
        tiles.append(("Predictions", "drifted" if moved["drifted"] else "stable", said))
    if (measured := quality.get(primary)) is not None:
        then = f"{registered[primary]:.3f} when registered, " if primary in registered else ""
        floor = f"retrained below {limit:g}" if limit is not None else ""
        tiles.append((f"Quality: {primary}", f"{measured:.3f}", f"{then}{floor}"))
    else:
        tiles.append((f"Quality: {primary}", NONE, _unmeasured(report)))
    cells = "".join(
        f'<div class="card"><dt>{text(name)}</dt><dd>{text(value)}<small>{text(note)}</small>'
        "</dd></div>"
        for name, value, note in tiles
    )
    return f'<dl class="tiles">{cells}</dl>'


def _compared_with(report: Mapping[str, Any]) -> str:
    repeated, least = report.get("repeated_rows", 0), report["limits"].get("rows", 0)
    return (
        f"compared with {report['reference_rows']:,} of training"
        + (f"; {repeated:,} copies were left out" if repeated else "")
        + (f"; at least {least:,} are needed" if report["rows"] < least else "")
    )


def _unmeasured(report: Mapping[str, Any]) -> str:
    if report["quality"]:
        return "it is not defined for these labels"
    labeled, least = report["labelled_rows"], report["limits"].get("labeled_rows", 0)
    if 0 < labeled < least:
        return f"{labeled:,} labels have arrived, at least {least:,} are needed"
    return "it was not measured" if labeled else "no label has arrived yet"


def _inputs(report: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(_row(item) for item in features)
    header = ("Input", "PSI", "Threshold", "Bins", "Mean then", "Mean now", "Missing", "Verdict")
    return (
        "<section><h2>How far inputs and predictions moved</h2>"
        '<p class="soft">The population stability index (PSI) of each input, on a logarithmic '
        f"scale. The threshold depends on the number of rows ({report['rows']:,} compared with "
        f"{report['reference_rows']:,}): random variation rarely exceeds it{_floor(report)}. "
        "An index above its threshold is drift.</p>"
        '<div class="card">'
        + _key(
            ("PSI, within its threshold", '<circle class="dot" cx="10" cy="6" r="5"/>'),
            ("PSI, drifted", '<path class="dot drifted" d="M10 0L16 6L10 12L4 6Z"/>'),
            ("threshold", '<path class="limit" d="M10 0V12"/>'),
        )
        + _wide(plots.overview("Population stability index and threshold of each input", features))
        + '<div class="wide" role="region" aria-label="All numbers" tabindex="0"><table>'
        "<caption>Values</caption><thead><tr>"
        + "".join(f'<th scope="col">{name}</th>' for name in header)
        + f"</tr></thead><tbody>{rows}</tbody></table></div></div></section>"
    )


def _floor(report: Mapping[str, Any]) -> str:
    lowest = report["limits"].get("psi")
    return "" if lowest is None else f", and it is at least {lowest:g}"


def _row(item: Mapping[str, Any]) -> str:
    found = item["distribution"]
    mean = found.get("mean", {"reference": None, "current": None})
    missing = f"{found['missing']['reference']:.1%} → {found['missing']['current']:.1%}"
    kind = "drifted" if item["drifted"] else "stable"
    cells = (
        _data(item["psi"]),
        _data(item["threshold"]),
        text(item["bins"]),
        number(mean["reference"]),
        number(mean["current"]),
        missing if any(found["missing"].values()) else NONE,
        kind,
    )
    return (
        f'<tr class="{kind}"><th scope="row">{text(item["feature"])}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _distributions(features: Sequence[Mapping[str, Any]]) -> str:
    return (
        "<section><h2>Then and now</h2>"
        '<p class="soft">Share of rows by value, the largest shift first. Values beyond '
        "the ends of an axis are counted in its outer bins.</p>"
        + _key(*KEY)
        + f'<div class="plots">{"".join(_figure(item) for item in features)}</div></section>'
    )


def _figure(item: Mapping[str, Any]) -> str:
    found, name = item["distribution"], item["feature"]
    kind = "drifted" if item["drifted"] else "stable"
    unit = f" ({found['unit']})" if found["unit"] else ""
    plot = plots.bars if found["kind"] == "category" else plots.histogram
    return (
        f'<figure class="card {kind}"><figcaption><div class="name">'
        f'<h3>{text(name)}<span class="soft">{text(unit)}</span></h3>'
        + ('<span class="badge drifted">◆ drifted</span>' if item["drifted"] else "")
        + f"</div>PSI {number(item['psi'])}, threshold {number(item['threshold'])}</figcaption>"
        + plot(f"{name}{unit}: shares of rows then and now, {kind}", found)
        + _frequent(found)
        + "</figure>"
    )


def _frequent(found: Mapping[str, Any]) -> str:
    """Return the values that many rows share. A plot with one bin per value shows them anyway."""
    listed = found.get("frequent", ())
    if not listed or plots.has_whole_bins(found["edges"]):
        return ""
    shares = (
        f"{item['value'] if isinstance(item['value'], str) else number(item['value'])}: "
        f"{item['reference']:.1%} → {item['current']:.1%}"
        for item in listed
    )
    return f'<p class="soft">Frequent values: {text("; ".join(shares))}</p>'


def _time(report: Mapping[str, Any]) -> str:
    windows = report["windows"]
    when = [_when(item["created"]) for item in windows]
    marks = {
        index: f"champion {item['version']}"
        for index, item in enumerate(windows)
        if index and item["version"] != windows[index - 1]["version"]
    }
    primary = report["primary"]
    measured = [(item["quality"] or {}).get(primary) for item in windows]
    lines = []
    if (limit := report["limits"].get("primary")) is not None:
        lines.append(("level", f"retrain below {limit:g}", limit))
    if (then := (report["registered"] or {}).get(primary)) is not None:
        lines.append(("base", "when registered", then))
    quality = '<p class="card">No window has labeled rows yet, so there is no quality.</p>'
    if any(value is not None for value in measured):
        points = list(zip(when, measured, strict=True))
        title = f"{primary} on labeled rows, by window"
        quality = f'<div class="card">{_wide(plots.timeline(title, points, lines, marks))}</div>'
    excess = [(label, item["excess"]) for label, item in zip(when, windows, strict=True)]
    threshold = [("level", "threshold", 1.0)]
    title = "Largest index as a multiple of its threshold, by window"
    drift = _wide(plots.timeline(title, excess, threshold, marks, logarithmic=True))
    names = ("Window", "Champion", "Rows", "Verdict", "Largest PSI ÷ threshold", "Labelled")
    rows = "".join(
        f'<tr class="window"><th scope="row">{text(label)}</th>'
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                text(item["version"] or NONE),
                text(item["rows"]),
                text(item["verdict"]),
                _data(item["excess"]),
                text(item["labelled_rows"]),
                NONE if value is None else _data(value),
            )
        )
        + "</tr>"
        for label, item, value in zip(when, windows, measured, strict=True)
    )
    return (
        "<section><h2>Quality over time</h2>"
        f'<p class="soft">Metric {text(primary)} of the champion on rows whose label is known, '
        f"for the latest {len(windows)} windows, oldest first.</p>{quality}"
        "<h2>Drift over time</h2>"
        '<p class="soft">The largest index of any input, as a multiple of its '
        "threshold: above 1, an input has drifted; the scale is logarithmic.</p>"
        f'<div class="card">{drift}<details><summary>Both in numbers</summary>'
        '<div class="wide" role="region" aria-label="All windows" tabindex="0"><table>'
        "<thead><tr>"
        + "".join(f'<th scope="col">{text(name)}</th>' for name in (*names, primary))
        + f"</tr></thead><tbody>{rows}</tbody></table></div></details></div></section>"
    )


def _foot(report: Mapping[str, Any]) -> str:
    return (
        f"<footer>Rows of now: {text(report['current'])}. Rows of training: "
        f"{text(report['reference'])}. All numbers are those of the JSON report that was written "
        "with this page.</footer>"
    )


def _key(*entries: tuple[str, str]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 20 12" aria-hidden="true">{sign}</svg>{text(name)}</li>'
        for name, sign in entries
    )
    return f'<ul class="key">{items}</ul>'


def _wide(plot: str) -> str:
    # On a narrow screen the plot scrolls, so that the text stays readable.
    return f'<div class="wide" tabindex="0">{plot}</div>'


def _data(value: float) -> str:
    return f'<data value="{value!r}">{number(value)}</data>'


def _when(stamp: object) -> str:
    return text(str(stamp)[:16].replace("T", " "))


def _excess(item: Mapping[str, Any]) -> float:
    return float(item["psi"] / item["threshold"]) if item["threshold"] else 0.0
