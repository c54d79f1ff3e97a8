"""The drift page: it holds what the JSON report holds, loads nothing, and keeps text as text."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from two_models import artifacts, models
from two_models.contract import DataContract, Field
from two_models.data.frames import read_frame
from two_models.monitoring import distributions, page, plots, state
from two_models.monitoring.page_style import STYLE
from two_models.paths import RunPaths
from two_models.steps.ingest import ingest
from two_models.steps.monitor import monitor

HOSTILE = '"><script>alert(1)</script><svg onload=alert(2)>&amp;\x00\u202e]]>'
VOID = {"meta", "rect", "line", "path", "polygon", "polyline", "circle"}


class Page(HTMLParser):
    """Elements, nested as they should be; rows of tables; text by element."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.values: list[list[float]] = []
        self.open: list[str] = []
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
            self.values.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "data":
            self.values[-1].append(float(dict(attrs)["value"] or "nan"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data

    def row(self, name: str) -> tuple[list[str], list[float]]:
        """Cells and exact values of the row that starts with `name`."""
        return next(
            (cells, values)
            for cells, values in zip(self.rows, self.values, strict=True)
            if cells[0] == name
        )


@pytest.fixture
def report(home: Path, run: RunPaths, model: str) -> dict[str, Any]:
    """A report of drifted rows, after one of rows that are not."""
    ingest(model, run.at("new.parquet"), "drifted")
    monitor(model, run.test, "champion", run.at("before.json"))
    monitor(model, run.at("new.parquet"), "champion", run.at("r.json"), run.at("r.html"))
    return artifacts.read_json(run.at("r.json"))


def test_the_page_holds_the_values_of_the_report(
    report: dict[str, Any], run: RunPaths, model: str
) -> None:
    content = Path(run.at("r.html")).read_text(encoding="utf-8")
    assert content == page.render(report)
    found = Page(content)
    assert report["drifted"]
    for item in report["features"]:
        cells, values = found.row(item["feature"])
        assert values == [item["psi"], item["threshold"]]
        assert cells[-1] == ("drifted" if item["drifted"] else "stable")
        assert int(cells[3]) == item["bins"]
    windows = [values for values in found.values if len(values) == 2][-len(report["windows"]) :]
    assert windows == [[item["excess"], item["quality"]["auc"]] for item in report["windows"]]
    assert report["windows"] == state.windows(model)
    images = [attrs for tag, attrs in found.elements if attrs.get("role") == "img"]
    # One a feature, the overview, quality and drift over time.
    assert len(images) == len(report["features"]) + 3
    assert all(image["aria-label"] for image in images)
    drifted = [label for label in (image["aria-label"] for image in images) if "drifted" in label]
    assert len(drifted) == len(report["drifted"])


def test_the_page_loads_and_runs_nothing(report: dict[str, Any]) -> None:
    content = page.render(report)
    found = Page(content)
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "use"}
    assert not re.search(r"url\(|@import|https?://|//[a-z]", content)
    for _, attrs in found.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("src", "href")]
    policy = [a["content"] for t, a in found.elements if t == "meta" and "http-equiv" in a]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_hostile_text_stays_text(report: dict[str, Any]) -> None:
    before = [tag for tag, _ in Page(page.render(report)).elements]
    features = report["features"]
    for item in (features[0], features[-1]):
        item["feature"] = HOSTILE
        item["distribution"]["unit"] = HOSTILE
        if "labels" in item["distribution"]:
            item["distribution"]["labels"][0] = HOSTILE
    report |= {"model": HOSTILE, "version": HOSTILE, "current": HOSTILE, "reference": HOSTILE}
    report["drifted"] = [HOSTILE]
    for window in report["windows"]:
        window |= {"version": HOSTILE, "created": HOSTILE, "verdict": HOSTILE}
    content = page.render(report)
    found = Page(content)
    assert [tag for tag, _ in found.elements] == before
    assert not any("onload" in attrs for _, attrs in found.elements)
    assert "\x00" not in content
    assert "\u202e" not in content
    assert len([cells for cells in found.rows if cells[0].startswith('"><script>alert(1)')]) == 2


def test_without_champion_labels_or_spread(report: dict[str, Any]) -> None:
    report |= {"quality": None, "registered": None, "limits": {}, "version": None}
    report |= {"drifted": [], "verdict": "too few rows", "windows": report["windows"][:1]}
    report["windows"][0]["quality"] = None
    for item in report["features"]:
        item |= {"psi": 0.0, "drifted": False}
    content = page.render(report)
    Page(content)
    assert "no champion" in content
    assert "no quality" in content
    assert not re.search(r"\bnan\b", content)


def test_plots_show_the_shares(home: Path, run: RunPaths, model: str) -> None:
    contract = models.load(model).contract
    frame = read_frame(run.test)
    found = distributions.compare(frame, frame.head(500), contract)
    for name, item in found.items():
        for sample in ("reference", "current"):
            total = sum(item[sample]) + item["missing"][sample]
            assert total == pytest.approx(1, abs=1e-4), name
    name = contract.numbers[0]
    assert found[name]["mean"]["reference"] == pytest.approx(frame[name].mean(), abs=1e-5)
    category = contract.categories[0]
    shares = frame[category].value_counts(normalize=True)
    drawn = dict(zip(found[category]["labels"], found[category]["reference"], strict=True))
    assert drawn == pytest.approx(shares.to_dict(), abs=1e-6)
    drawn_bars = plots.bars("x", found[category])
    widths = [float(w) for w in re.findall(r'class="then"[^>]*width="([\d.]+)"', drawn_bars)]
    expected = found[category]["reference"]
    assert [w / max(widths) for w in widths] == pytest.approx(
        [share / max(expected) for share in expected], abs=1e-3
    )


def test_odd_columns_can_be_compared() -> None:
    contract = DataContract(
        "m",
        "id",
        "time",
        "y",
        "label_time",
        (
            Field("constant", "float"),
            Field("empty", "float"),
            Field("few", "int"),
            Field("many", "category", categories=("a",)),
        ),
    )
    rows = 400
    frame = pd.DataFrame(
        {
            "constant": np.full(rows, 3.0),
            "empty": np.full(rows, np.nan),
            "few": np.arange(rows) % 3,
            "many": [f"value {index % 40}" for index in range(rows)],
        }
    )
    found = distributions.compare(frame, frame.head(7), contract)
    json.dumps(found, allow_nan=False)
    assert found["empty"]["missing"] == {"reference": 1.0, "current": 1.0}
    assert found["few"]["edges"] == [-0.5, 0.5, 1.5, 2.5]
    assert len(found["many"]["labels"]) == distributions.CATEGORIES + 1
    assert found["many"]["labels"][-1] == distributions.OTHER
    for name, item in found.items():
        drawn = plots.bars(name, item) if "labels" in item else plots.histogram(name, item)
        assert not re.search(r"nan|inf", drawn)


@pytest.mark.parametrize("values", [[0.84], [0.0, 0.0], [0.83, 0.84], [12.0, 40.8], [-1.0, 1.0]])
def test_axes_are_round_and_hold_all_values(values: list[float]) -> None:
    ticks = plots._round_steps(values)
    assert ticks[0] <= min(values)
    assert ticks[-1] >= max(values)
    assert 2 <= len(ticks) <= 6
    powers = plots._powers(values)
    assert powers[-1] >= max(values)
    assert all(math.log10(power) == pytest.approx(round(math.log10(power))) for power in powers)


def test_only_the_latest_windows_are_kept(home: Path, model: str) -> None:
    for number in range(state.WINDOWS + 5):
        state.record_window(model, {"number": number})
    kept = [item["number"] for item in state.windows(model)]
    assert kept == list(range(5, state.WINDOWS + 5))


def _luminance(colour: str) -> float:
    digits = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(scheme: str) -> None:
    light, dark = (
        dict(re.findall(r"--([a-z-]+): #([0-9a-f]+)", block))
        for block in STYLE.split("prefers-color-scheme")[:2]
    )
    colours = light if scheme == "light" else dark
    # WCAG 2.2: 4.5 for text, 3 for the parts of a plot that one has to see.
    pairs = [("ink", "card", 4.5), ("soft", "card", 4.5), ("soft", "page", 4.5)]
    pairs += [("alarm", "alarm-ground", 4.5), ("good", "good-ground", 4.5), ("alarm", "card", 4.5)]
    pairs += [("then", "card", 3.0), ("now", "card", 3.0)]
    for front, back, least in pairs:
        low, high = sorted(_luminance(colours[name]) for name in (front, back))
        assert (high + 0.05) / (low + 0.05) >= least, (front, back)
