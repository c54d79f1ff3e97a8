"""Runs as files, the same for every tracker, and the table that compares them.

`open_run` opens a run of the tracker and writes its parameters, metrics and tags to one JSON file
in the artifact store. `make experiments` reads only these files, so that it needs neither a server
nor an account, and shows the same figures with every tracker.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypedDict
from urllib.parse import quote

import msgspec

from ..platform import artifacts, models
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.output import sentence, show
from ..platform.settings import Settings, load_settings
from ..tasks import Table
from . import Run, get_tracker
from .values import flat

FOLDER = "experiments"


class Experiment(TypedDict):
    """A run. status: running, finished or failed. metrics: the last value of each metric."""

    id: str
    name: str
    model: str
    status: str
    started: str
    url: str
    version: str | None
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


class RecordedRun:
    """An open run of the tracker that is recorded as a file too."""

    def __init__(
        self, run: Run, settings: Settings, name: str, tags: Mapping[str, str], started: datetime
    ) -> None:
        self._run = run
        self.id = run.id
        model = tags.get("model", "none")
        folder = f"{settings.artifacts.root.rstrip('/')}/{FOLDER}/{quote(model, safe='')}"
        # In the order of time when they are listed.
        self._uri = f"{folder}/{started:%Y%m%dT%H%M%S%f}-{quote(run.id, safe='')}.json"
        self._record: Experiment = {
            "id": run.id,
            "name": name,
            "model": model,
            "status": "running",
            "started": started.isoformat(timespec="seconds"),
            "url": run.url,
            "version": None,
            "params": {},
            "metrics": {},
            "tags": dict(tags),
        }

    @property
    def url(self) -> str:
        """Return the page of the run, or the place where it is stored."""
        return self._run.url

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        self._run.params(values)
        self._record["params"] |= {name: str(value) for name, value in flat(values)}

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""
        self._run.metrics(values, step)
        self._record["metrics"] |= {name: float(value) for name, value in values.items()}

    def artifact(self, path: str, name: str) -> None:
        """Store a local file or folder under `name`."""
        self._run.artifact(path, name)

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables, and the plots of them that the tracker can draw."""
        self._run.tables(values)

    def registered(self, version: str) -> None:
        """Note the version that the run has registered."""
        self._record["version"] = version

    def write(self, status: str) -> None:
        """Write the file. If that fails, an event says so: the tracker has the run."""
        self._record |= {"status": status, "url": self._run.url}
        try:
            artifacts.write_json(self._uri, self._record)
        except (OSError, UserError, ValueError) as error:
            emit("experiment_not_recorded", run=self.id, error=str(error))


@contextmanager
def open_run(
    settings: Settings, name: str, tags: Mapping[str, str], started: datetime | None = None
) -> Iterator[RecordedRun]:
    """Open a run of the tracker; it ends with the block, and has failed if the block raises.

    started: when an imported run started, in UTC; by default now.
    """
    recorded: RecordedRun | None = None
    try:
        with get_tracker(settings).run(name, tags) as run:
            recorded = RecordedRun(run, settings, name, tags, started or datetime.now(UTC))
            recorded.write("running")
            yield recorded
    except BaseException:
        if recorded is not None:
            recorded.write("failed")
        raise
    recorded.write("finished")


def read(settings: Settings, model: str, last: int) -> list[Experiment]:
    """Return the newest runs of a model, the newest first. Raises UserError for a wrong file."""
    folder = f"{settings.artifacts.root.rstrip('/')}/{FOLDER}/{quote(model, safe='')}"
    names = {uri.rpartition("/")[2]: uri for uri in artifacts.list_files(folder)}
    # A file that is being written begins with a dot.
    newest = sorted(name for name in names if name.endswith(".json") and name[0] != ".")[-last:]
    found = []
    for name in reversed(newest):
        try:
            found.append(msgspec.convert(artifacts.read_json(names[name]), Experiment))
        except msgspec.ValidationError as error:
            raise UserError(f"{names[name]} is not the record of a run: {error}") from error
    return found


Value = str | float | None

FACTS: dict[str, Callable[[Experiment], Value]] = {
    "started": lambda run: run["started"].replace("+00:00", "Z"),
    "run": lambda run: run["name"],
    "status": lambda run: run["status"],
    "version": lambda run: run["version"],
    "data": lambda run: _short(run["tags"].get("data_revision") or run["tags"].get("data_sha256")),
    "code": lambda run: _short(run["tags"].get("git_revision")),
    "until": lambda run: run["tags"].get("window_until"),
}


def _short(revision: str | None) -> str | None:
    """Return the first characters of a hash, and other revisions unchanged."""
    if revision is None or revision == "None":
        return None
    *above, digits = revision.rsplit(":", 1)
    is_hash = len(digits) >= 32 and all(letter in "0123456789abcdef" for letter in digits)
    return ":".join([*above, digits[:12]]) if is_hash else revision


class Comparison:
    """Runs as a table: a column for each fact, parameter and metric that any of them has.

    Raises UserError if `sort` is no column. Metrics are sorted with the best value first.
    """

    def __init__(self, model: str, runs: Sequence[Experiment], sort: str = "") -> None:
        self.model = model
        params = sorted({name for run in runs for name in run["params"]})
        metrics = sorted({name for run in runs for name in run["metrics"]})
        self.columns: dict[str, list[Value]] = {
            **{name: [fact(run) for run in runs] for name, fact in FACTS.items()},
            **{name: [run["params"].get(name) for run in runs] for name in params},
            **{name: [run["metrics"].get(name) for run in runs] for name in metrics},
        }
        self.metrics = metrics
        self.params = params
        self.urls = [run["url"] for run in runs]
        if sort:
            self._sort(sort)

    def _sort(self, name: str) -> None:
        if name not in self.columns:
            raise UserError(f"no column {name}; there are {', '.join(self.columns)}")
        values = self.columns[name]
        better = models.load(self.model).task.HIGHER_IS_BETTER
        is_higher = name in self.metrics and better.get(name.partition("_")[2], False)
        known = [index for index, value in enumerate(values) if value is not None]
        known.sort(key=lambda index: _key(values[index]), reverse=is_higher)
        order = [*known, *(index for index, value in enumerate(values) if value is None)]
        for column, cells in self.columns.items():
            self.columns[column] = [cells[index] for index in order]
        self.urls = [self.urls[index] for index in order]

    def text(self) -> str:
        """Return the table for a terminal: without training metrics and equal parameters."""
        shown = [
            name
            for name, values in self.columns.items()
            if not (name in self.metrics and name.startswith("train_"))
            and not (name in self.params and len(set(values)) == 1 and len(values) > 1)
            and any(value is not None for value in values)
        ]
        cells = [[name, *(_shown(value) for value in self.columns[name])] for name in shown]
        widths = [max(map(len, column)) for column in cells]
        is_number = [name in self.metrics for name in shown]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, is_number, strict=True)
            ).rstrip()
            for line in zip(*cells, strict=True)
        ]
        return "\n".join(lines)


def _key(value: Value) -> tuple[int, float, str]:
    """Return the place of a value: numbers, also those that are text, before other texts."""
    try:
        return 0, float(value or 0), ""
    except ValueError:
        return 1, 0.0, str(value)


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.5g}"


def main() -> None:
    """Print the newest runs of a model as a table, and write the complete table as a page."""
    parser = argparse.ArgumentParser(prog="experiments", description=main.__doc__)
    parser.add_argument("--model", choices=models.names(), default=models.names()[0])
    parser.add_argument("--last", default="20", help="number of runs")
    parser.add_argument("--sort", default="", help="column to sort by; the newest run is first")
    parser.add_argument("--out-page", metavar="URI", help="file of the page")
    given = parser.parse_args()
    try:
        if not given.last.isdecimal() or int(given.last) == 0:
            raise UserError(f"LAST must be a number of runs, such as 20; found {given.last!r}")
        runs = read(load_settings(), given.model, int(given.last))
        if not runs:
            show(f"no run of {given.model} is recorded: make pipeline records one")
            return
        table = Comparison(given.model, runs, given.sort)
        show(table.text())
        if given.out_page:
            from .experiments_page import page

            artifacts.write_bytes(given.out_page, page(table).encode())
    except (UserError, OSError) as error:
        raise SystemExit(f"experiments: {sentence(error)}") from None


if __name__ == "__main__":
    main()
