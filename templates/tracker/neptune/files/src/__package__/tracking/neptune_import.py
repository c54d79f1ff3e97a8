"""Import runs of Neptune into the tracker: `make import-neptune DATA=<folder>`.

`make experiments` lists them among the runs of the model, at the time of their creation.

`neptune-exporter` has written the runs as Parquet files, with one row for each value:

    project_id, run_id, attribute_path, attribute_type, step, timestamp, <type>_value

https://github.com/neptune-ai/neptune-exporter
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ..platform import artifacts, models
from ..platform.errors import UserError
from ..platform.output import show
from ..platform.settings import Settings, load_settings
from ..platform.strict_json import dumps, finite
from .experiments import RecordedRun, open_run

COLUMNS = ("project_id", "run_id", "attribute_path", "attribute_type", "step", "timestamp")
# Attributes with one value, and the column of the value.
SINGLE = {
    "float": "float_value",
    "int": "int_value",
    "string": "string_value",
    "bool": "bool_value",
    "datetime": "datetime_value",
    "string_set": "string_set_value",
}
FILE_TYPES = ("file", "file_series", "file_set", "artifact")
# What Neptune itself records about a run.
SYSTEM = "sys/"
CREATED = "sys/creation_time"
# Trackers refuse longer parameters.
LONGEST = 500


@dataclass
class Exported:
    """A run in an export.

    created: in UTC, if the export says so. params, tags: by name. metrics: step -> name -> value.
    series: name -> texts or histograms, as JSON values. files: name -> path.
    """

    project: str
    id: str
    folder: str
    created: datetime | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    series: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, str] = field(default_factory=dict)


def import_runs(
    settings: Settings, model: str, data: Path, files: Path | None, factor: int
) -> Iterator[tuple[Exported, str | None]]:
    """Record each run of an export that is not imported yet as a run of the model.

    Yields the run and the ID of its copy; None for a run that was imported before. factor: a step
    times this number is a whole number. Raises UserError for a file that is not an export, and for
    a missing file of a run; the runs before it stay imported.
    """
    for parts in _runs(data):
        run = _read(parts, factor)
        marker = _marker(settings, run)
        if marker.exists():
            yield run, None
            continue
        paths = {name: _file(run, files, path) for name, path in run.files.items()}
        tags = {**run.tags, "neptune.project": run.project, "neptune.run": run.id, "model": model}
        with open_run(settings, f"{run.project}/{run.id}", tags, run.created) as made:
            _record(made, run, paths)
        artifacts.write_json(
            str(marker), {"project": run.project, "run": run.id, "imported_as": made.id}
        )
        yield run, made.id


def _record(made: RecordedRun, run: Exported, paths: Mapping[str, Path]) -> None:
    made.params(run.params)
    for step, values in sorted(run.metrics.items()):
        made.metrics(values, step=step)
    for name, path in sorted(paths.items()):
        made.artifact(str(path), name)
    for name, entries in sorted(run.series.items()):
        with tempfile.TemporaryDirectory(prefix="neptune-") as folder:
            file = Path(folder) / f"{name.rsplit('/', 1)[-1]}.json"
            file.write_text(dumps(finite(entries), indent=1), encoding="utf-8")
            made.artifact(str(file), name)


def _runs(data: Path) -> Iterator[list[Path]]:
    """Yield the files of each run: `<project>/<run>_part_<number>.parquet`."""
    found: dict[Path, dict[int, Path]] = defaultdict(dict)
    for path in sorted(data.rglob("*.parquet")):
        named = re.fullmatch(r"(.+)_part_(\d+)\.parquet", path.name)
        if named is None:
            raise UserError(f"{path} is not a file of neptune-exporter: <run>_part_<n>.parquet")
        found[path.with_name(named[1])][int(named[2])] = path
    if not found:
        raise UserError(f"{data} has no Parquet file: give the --data-path of neptune-exporter")
    for first, parts in found.items():
        missing = set(range(len(parts))) - set(parts)
        if missing:
            raise UserError(f"the export of {first} lacks part {min(missing)}")
        yield [parts[number] for number in sorted(parts)]


def _read(parts: list[Path], factor: int) -> Exported:
    run: Exported | None = None
    for path in parts:
        table = pq.read_table(path)
        missing = [name for name in COLUMNS if name not in table.column_names]
        if missing:
            raise UserError(f"{path} is not a file of neptune-exporter: it has no {missing[0]}")
        for row in table.to_pylist():
            if run is None:
                run = Exported(row["project_id"], row["run_id"], path.parent.name)
            _add(run, row, factor)
    if run is None:
        raise UserError(f"{parts[0]} has no rows")
    return run


def _add(run: Exported, row: Mapping[str, Any], factor: int) -> None:
    """Add one row of the export."""
    kind, name = row["attribute_type"], _clean(row["attribute_path"])
    if kind in SINGLE:
        value = row[SINGLE[kind]]
        if value is None:
            return
        if row["attribute_path"] == CREATED:
            run.created = value.astimezone(UTC)
        text = ", ".join(sorted(value)) if kind == "string_set" else _text(value)
        if row["attribute_path"].startswith(SYSTEM):
            run.tags[f"neptune.{name.replace('/', '.')}"] = text[:LONGEST]
        elif len(text) > LONGEST:
            run.series[name].append(text)
        else:
            run.params[name] = text
    elif kind == "float_series":
        if row["float_value"] is not None:
            run.metrics[_step(run, row, factor)][name] = row["float_value"]
    elif kind in ("string_series", "histogram_series"):
        column = "string_value" if kind == "string_series" else "histogram_value"
        time = row["timestamp"].isoformat() if row["timestamp"] is not None else None
        step = float(row["step"]) if row["step"] is not None else None
        run.series[name].append({"step": step, "time": time, "value": row[column]})
    elif kind in FILE_TYPES:
        if row["file_value"] is not None:
            at = "" if row["step"] is None else f"/{_step(run, row, factor)}"
            run.files[name + at] = row["file_value"]["path"]
    else:
        raise UserError(f"{run.project} {run.id}: {row['attribute_path']} has type {kind}")


def _step(run: Exported, row: Mapping[str, Any], factor: int) -> int:
    step = Decimal(row["step"] or 0) * factor
    if step != step.to_integral_value():
        raise UserError(
            f"{run.project} {run.id}: {row['attribute_path']} has the step {row['step']}, which is "
            "not a whole number: with STEPS=1000, steps are counted in thousandths"
        )
    return int(step)


def _text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _clean(path: str) -> str:
    """Return a path of Neptune as a name that trackers accept."""
    return re.sub(r"[^\w\-. /]", "_", path).strip("/")


def _file(run: Exported, files: Path | None, path: str) -> Path:
    """Return a file of a run. The export has them below a folder of the project."""
    if files is None:
        raise UserError(
            f"{run.project} {run.id} has files: give the --files-path as FILES=<folder>"
        )
    for found in (files / run.folder / path, files / path):
        if found.resolve().is_relative_to(files.resolve()) and found.exists():
            return found
    raise UserError(f"{run.project} {run.id}: {files} has no file {path}")


def _marker(settings: Settings, run: Exported) -> Path:
    key = hashlib.sha256(f"{run.project}\n{run.id}".encode()).hexdigest()[:24]
    return settings.root / ".mlops" / "neptune" / settings.env / f"{key}.json"


def main() -> None:
    """Import an export; on an error print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(prog="import-neptune", description=import_runs.__doc__)
    parser.add_argument("--model", choices=models.names(), default=models.names()[0])
    parser.add_argument("--data", default="", help="the --data-path of neptune-exporter")
    parser.add_argument("--files", default="", help="its --files-path")
    parser.add_argument("--steps", type=int, default=1, help="factor of the steps")
    given = parser.parse_args()
    if not given.data:
        raise SystemExit(
            "import-neptune: which folder? make import-neptune DATA=<folder> FILES=<folder>"
        )
    files = Path(given.files) if given.files else None
    counts = {"imported": 0, "known": 0}
    try:
        runs = import_runs(load_settings(), given.model, Path(given.data), files, given.steps)
        for run, made in runs:
            counts["known" if made is None else "imported"] += 1
            if made is not None:
                show(f"imported {run.project} {run.id} as {made}")
    except UserError as error:
        raise SystemExit(f"import-neptune: {error}") from None
    show(f"{counts['imported']} runs imported, {counts['known']} were imported before")


if __name__ == "__main__":
    main()
