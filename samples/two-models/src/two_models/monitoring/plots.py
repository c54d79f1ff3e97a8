"""Plots as SVG text, without a library or scripts; the page's style sheet sets the colors.

`text` escapes every string. For a screen reader, a plot is one image with a title; its numbers are
in the tables of the page.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT = 340, 170
LEFT, RIGHT, TOP, BOTTOM = 38, 8, 8, 24
# Full-width plots keep the size of their text.
WIDE = 1080
NONE = "—"


def text(value: object) -> str:
    """Escape text for HTML and SVG, attributes included; control characters become spaces."""
    line = "".join(char if char.isprintable() else " " for char in str(value))
    return html.escape(line, quote=True)


def number(value: float | None) -> str:
    """Format a number with four significant digits, without an exponent if possible."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def histogram(title: str, found: Mapping[str, Any]) -> str:
    """Plot shares per bin: the reference as an area, the current sample as a line over it."""
    edges, old, new = found["edges"], found["reference"], found["current"]
    top = max(*old, *new, 1e-9)

    def x(value: float) -> float:
        share = (value - edges[0]) / (edges[-1] - edges[0])
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return HEIGHT - BOTTOM - share / top * (HEIGHT - TOP - BOTTOM)

    def steps(shares: Sequence[float]) -> str:
        points = [(x(edges[0]), y(0))]
        for index, share in enumerate(shares):
            points += [(x(edges[index]), y(share)), (x(edges[index + 1]), y(share))]
        points.append((x(edges[-1]), y(0)))
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in points)

    ticks = [edges[0], (edges[0] + edges[-1]) / 2, edges[-1]]
    if has_whole_bins(edges):
        # For bins of whole numbers, the ticks are at the centers.
        ticks = [edges[0] + 0.5, float(round((edges[0] + edges[-1]) / 2)), edges[-1] - 0.5]
    return _svg(
        title,
        WIDTH,
        HEIGHT,
        *_shares_axis(top, y),
        f'<polygon class="then" points="{steps(old)}"/>',
        f'<polygon class="now area" points="{steps(new)}"/>',
        f'<polyline class="now line" points="{steps(new)}"/>',
        *(
            f'<text class="tick" x="{x(tick):.1f}" y="{HEIGHT - 7}" '
            f'text-anchor="{anchor}">{number(tick)}</text>'
            for tick, anchor in zip(ticks, ("start", "middle", "end"), strict=True)
        ),
    )


def has_whole_bins(edges: Sequence[float]) -> bool:
    """Whether each bin holds one whole number."""
    return all(edge % 1 == 0.5 for edge in edges)


def bars(title: str, found: Mapping[str, Any]) -> str:
    """Plot shares per category: the reference above the current sample."""
    labels, old, new = found["labels"], found["reference"], found["current"]
    top = max(*old, *new, 1e-9)
    left, right, row = 104, 46, 34
    scale = (WIDTH - left - right) / top
    parts = []
    for index, label in enumerate(labels):
        y = 4 + index * row
        parts.append(
            f'<text class="label" x="{left - 8}" y="{y + 17}" text-anchor="end">'
            f"{text(short(label))}</text>"
        )
        for offset, name, share in ((0, "then", old[index]), (13, "now", new[index])):
            parts.append(
                f'<rect class="{name}" x="{left}" y="{y + offset}" height="11" '
                f'width="{share * scale:.1f}"/>'
                f'<text class="tick" x="{left + share * scale + 4:.1f}" y="{y + offset + 9.5}">'
                f"{share:.1%}</text>"
            )
    return _svg(title, WIDTH, max(4 + len(labels) * row, 40), *parts)


def overview(title: str, features: Sequence[Mapping[str, Any]]) -> str:
    """Plot the index of each input, on a logarithmic scale, with its threshold."""
    width, left, right, row = WIDE, 230, 80, 26
    values = [item[key] for item in features for key in ("psi", "threshold")]
    low = math.floor(math.log10(max(min(values, default=0.01), 1e-4)))
    high = max(math.ceil(math.log10(max(*values, 1e-3))), low + 1)
    bottom = 10 + len(features) * row

    def x(value: float) -> float:
        power = min(max(math.log10(max(value, 1e-12)), low), high)
        return left + (power - low) / (high - low) * (width - left - right)

    parts = []
    for power in range(low, high + 1):
        line = f"{x(10.0**power):.1f}"
        parts.append(f'<line class="grid" x1="{line}" x2="{line}" y1="4" y2="{bottom}"/>')
        parts.append(
            f'<text class="tick" x="{line}" y="{bottom + 16}" text-anchor="middle">'
            f"{10.0**power:g}</text>"
        )
    for index, item in enumerate(features):
        y = 10 + index * row + row / 2
        kind = "drifted" if item["drifted"] else "stable"
        at, limit = x(item["psi"]), x(item["threshold"])
        parts.append(
            f'<text class="label" x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">'
            f"{text(short(item['feature'], 26))}</text>"
            f'<line class="stem {kind}" x1="{left}" x2="{at:.1f}" y1="{y}" y2="{y}"/>'
            f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" '
            f'y1="{y - 9}" y2="{y + 9}"/>'
            + _mark(at, y, kind)
            + f'<text class="tick" x="{max(at, limit) + 11:.1f}" y="{y + 4:.1f}">'
            f"{number(item['psi'])}</text>"
        )
    return _svg(title, width, bottom + 24, *parts)


def timeline(
    title: str,
    points: Sequence[tuple[str, float | None]],
    lines: Sequence[tuple[str, str, float]],
    marks: Mapping[int, str] | None = None,
    logarithmic: bool = False,
) -> str:
    """Plot values in the order of their labels, with horizontal lines (class, label, value).

    A value of None leaves a gap; `marks` maps the index of a point to its label.
    """
    width, height, left, right, top, bottom = WIDE, 230, 48, 130, 22, 30
    known = [value for _, value in points if value is not None]
    levels = [*known, *(value for _, _, value in lines)] or [0.0]
    ticks = _powers(levels) if logarithmic else _round_steps(levels)
    floor, ceiling = ticks[0], ticks[-1]

    def x(index: int) -> float:
        share = index / (len(points) - 1) if len(points) > 1 else 0.5
        return left + share * (width - left - right)

    def y(value: float) -> float:
        if logarithmic:
            share = math.log(max(value, floor) / floor) / math.log(ceiling / floor)
        else:
            share = (value - floor) / (ceiling - floor)
        return height - bottom - share * (height - top - bottom)

    parts = []
    for level in ticks:
        parts.append(
            f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(level):.1f}" '
            f'y2="{y(level):.1f}"/><text class="tick" x="{left - 6}" y="{y(level) + 4:.1f}" '
            f'text-anchor="end">{level:g}</text>'
        )
    for name, label, value, at in _apart([(*line, y(line[2])) for line in lines]):
        parts.append(
            f'<line class="{name}" x1="{left}" x2="{width - right}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}"/><text class="tick" x="{width - right + 8}" y="{at + 4:.1f}">'
            f"{text(label)}</text>"
        )
    for index, label in (marks or {}).items():
        at_x = f"{x(index):.1f}"
        parts.append(
            f'<line class="mark" x1="{at_x}" x2="{at_x}" y1="{top - 4}" y2="{height - bottom}"/>'
            f'<text class="tick" x="{at_x}" y="{top - 9}" text-anchor="middle">'
            f"{text(short(label))}</text>"
        )
    for run in _runs([value for _, value in points]):
        path = " ".join(f"{x(i):.1f},{y(points[i][1] or 0.0):.1f}" for i in run)
        parts.append(f'<polyline class="now line" points="{path}"/>')
    parts += [
        f'<circle class="dot" cx="{x(index):.1f}" cy="{y(found):.1f}" r="3.5"/>'
        for index, (_, found) in enumerate(points)
        if found is not None
    ]
    ends = {0: "start", len(points) - 1: "end"} if len(points) > 1 else {0: "middle"}
    for index, anchor in ends.items():
        if points:
            parts.append(
                f'<text class="tick" x="{x(index):.1f}" y="{height - 8}" text-anchor="{anchor}">'
                f"{text(points[index][0])}</text>"
            )
    return _svg(title, width, height, *parts)


def _svg(title: str, width: int, height: int, *parts: str) -> str:
    name = text(title)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}">'
        f"<title>{name}</title>{''.join(parts)}</svg>"
    )


def _shares_axis(top: float, y: Any) -> list[str]:
    return [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(share):.1f}" '
        f'y2="{y(share):.1f}"/><text class="tick" x="{LEFT - 5}" y="{y(share) + 4:.1f}" '
        f'text-anchor="end">{share:.0%}</text>'
        for share in (0.0, top / 2, top)
    ]


def _round_steps(values: Sequence[float]) -> list[float]:
    """Return evenly spaced round numbers that cover all values."""
    low, high = min(values), max(values)
    rough = (high - low or abs(low) or 1.0) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(index * step, 10) for index in range(first, max(last, first + 1) + 1)]


def _powers(values: Sequence[float]) -> list[float]:
    """Return powers of ten that cover all values, at most four of them below 1."""
    low = math.floor(math.log10(max(min(values), 1e-4)))
    high = math.ceil(math.log10(max(*values, 1e-4)))
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def _mark(x: float, y: float, kind: str) -> str:
    # The shape has the same meaning as the color, for readers who cannot distinguish the colors.
    if kind == "drifted":
        return (
            f'<path class="dot drifted" d="M{x:.1f} {y - 7} L{x + 7:.1f} {y} L{x:.1f} {y + 7} '
            f'L{x - 7:.1f} {y} Z"/>'
        )
    return f'<circle class="dot stable" cx="{x:.1f}" cy="{y}" r="5"/>'


def short(label: str, length: int = 14) -> str:
    """Return a label of at most `length` characters."""
    return label if len(label) <= length else f"{label[: length - 1]}…"


def _apart(
    lines: list[tuple[str, str, float, float]], room: float = 14.0
) -> list[tuple[str, str, float, float]]:
    """Move the labels of close lines apart, so that both are readable."""
    moved: list[tuple[str, str, float, float]] = []
    for name, label, value, at in sorted(lines, key=lambda line: line[3]):
        at = max(at, moved[-1][3] + room) if moved else at
        moved.append((name, label, value, at))
    return moved


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """Return groups of indices of values without a gap between them."""
    runs: list[list[int]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(index)
    return [run for run in runs if len(run) > 1]
