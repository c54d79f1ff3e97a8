"""Plots of the tables of a run as SVG images, for trackers that store files and draw no tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..monitoring.plots import short
from ..monitoring.plots import text as escaped
from ..tasks import Table
from .values import lines_of

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 40, 56
# Height of a bar, and size of a cell.
BAR, CELL = 26, 88
NAME = 24
COLORS = (
    "#4269d0",
    "#efb118",
    "#ff725c",
    "#6cc5b0",
    "#3ca951",
    "#ff8ab7",
    "#a463f2",
    "#97bbf5",
    "#9c6b4e",
    "#9498a0",
)
Points = tuple[Sequence[float], Sequence[float]]


def draw(table: Table) -> str | None:
    """Return a table as an SVG image; None if it has no plot, or nothing to draw."""
    title, header, rows = table["title"], table["header"], table["rows"]
    kind = table.get("plot")
    if kind == "lines":
        return _lines(title, header[1], header[2], lines_of(table))
    if kind == "calibration":
        line = lines_of({"rows": [[header[-1], *row[-2:]] for row in rows]})
        values = [value for points in line.values() for axis in points for value in axis]
        ends = [min(values), max(values)] if values else []
        return _lines(title, header[-2], header[-1], {**line, "equal": (ends, ends)})
    if kind == "bars" and rows:
        return _bars(title, {str(row[0]): float(row[1] or 0) for row in rows})
    if kind == "confusion" and rows:
        counts = [[int(count or 0) for count in row[1:]] for row in rows]
        return _matrix(title, [str(row[0]) for row in rows], header[1:], counts)
    return None


def _lines(title: str, x_title: str, y_title: str, lines: Mapping[str, Points]) -> str | None:
    if not any(xs for xs, _ in lines.values()):
        return None
    x_ticks = _ticks([value for xs, _ in lines.values() for value in xs])
    y_ticks = _ticks([value for _, ys in lines.values() for value in ys])

    def x(value: float) -> float:
        return LEFT + _share(value, x_ticks) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - _share(value, y_ticks) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for tick in x_ticks:
        parts.append(_line(x(tick), TOP, x(tick), HEIGHT - BOTTOM))
        parts.append(_text(x(tick), HEIGHT - BOTTOM + 18, f"{tick:.4g}", "middle"))
    for tick in y_ticks:
        parts.append(_line(LEFT, y(tick), WIDTH - RIGHT, y(tick)))
        parts.append(_text(LEFT - 8, y(tick) + 4, f"{tick:.4g}", "end"))
    for number, (name, (xs, ys)) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        points = " ".join(f"{x(a):.2f},{y(b):.2f}" for a, b in zip(xs, ys, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2">'
            f"<title>{escaped(name)}</title></polyline>"
        )
        below = TOP + 16 + 17 * number
        parts.append(_text(WIDTH - RIGHT + 12, below, short(name, NAME), "start", color))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, x_title, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = _text(18, middle, y_title, "middle")
    parts.append(f'<g transform="rotate(-90 18 {middle:.2f})">{turned}</g>')
    return _svg(title, WIDTH + 8 * NAME, HEIGHT, parts)


def _bars(title: str, values: Mapping[str, float]) -> str:
    left = LEFT + 7 * NAME
    scale = (WIDTH - left - LEFT) / max(*map(abs, values.values()), 1e-12)
    parts = []
    for number, (name, value) in enumerate(values.items()):
        top, long = TOP + number * BAR, abs(value) * scale
        parts.append(_text(left - 8, top + 15, short(name, NAME), "end"))
        parts.append(
            f'<rect x="{left}" y="{top}" width="{long:.2f}" height="{BAR - 8}" fill="{COLORS[0]}"/>'
        )
        parts.append(_text(left + long + 6, top + 15, f"{value:.4g}", "start"))
    return _svg(title, WIDTH, TOP + len(values) * BAR + 12, parts)


def _matrix(
    title: str, classes: Sequence[str], labels: Sequence[str], counts: Sequence[Sequence[int]]
) -> str:
    left, top = LEFT + 7 * NAME, TOP + 24
    parts = [
        _text(left + (number + 0.5) * CELL, TOP + 14, short(label), "middle")
        for number, label in enumerate(labels)
    ]
    for row, (name, found) in enumerate(zip(classes, counts, strict=True)):
        y = top + row * CELL / 2
        parts.append(_text(left - 8, y + CELL / 4 + 4, short(name, NAME), "end"))
        for column, count in enumerate(found):
            # The share of the class, so that a rare class has colors, too.
            share = count / max(sum(found), 1)
            parts.append(
                f'<rect x="{left + column * CELL}" y="{y}" width="{CELL}" height="{CELL / 2}" '
                f'fill="{COLORS[0]}" fill-opacity="{share:.2f}" stroke="#d0d0d0"/>'
            )
            color = "#ffffff" if share > 0.6 else "#202020"
            x = left + (column + 0.5) * CELL
            parts.append(_text(x, y + CELL / 4 + 4, str(count), "middle", color))
    height = int(top + len(classes) * CELL / 2 + 12)
    return _svg(title, max(left + len(labels) * CELL + RIGHT, WIDTH), height, parts)


def _ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers, in order, that enclose all values."""
    low, high = min(values), max(values)
    size = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(size / 5))
    step = next(base * power for base in (1, 2, 5, 10) if size / (base * power) <= 5.001)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _share(value: float, ticks: Sequence[float]) -> float:
    return (value - ticks[0]) / (ticks[-1] - ticks[0])


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="#e0e0e0"/>'


def _text(x: float, y: float, text: str, anchor: str, color: str = "#404040") -> str:
    where = f'x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}"'
    return f'<text {where} fill="{color}">{escaped(text)}</text>'


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{LEFT}" y="24" font-size="15" fill="#202020">{escaped(title)}</text>'
        f"{''.join(parts)}</svg>\n"
    )
