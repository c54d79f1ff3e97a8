"""A project folder with a trained and promoted model, created once and copied for each test.

The rows are those of the sample as long as its columns are the model's. Once a model has a contract
of its own, the newest rows of its own data are taken, and what only the sample can show is skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
import yaml

from default_stack.data.frames import write_frame
from default_stack.data.sample import generate
from default_stack.data.sources import read_source
from default_stack.params import load_params
from default_stack.platform import models, secret_store
from default_stack.platform.errors import UserError
from default_stack.platform.paths import RunPaths
from default_stack.steps.evaluate import evaluate
from default_stack.steps.export import export
from default_stack.steps.gate import gate
from default_stack.steps.ingest import ingest
from default_stack.steps.promote import promote
from default_stack.steps.register import register
from default_stack.steps.split import split
from default_stack.steps.train import train
from default_stack.steps.validate import validate

PROJECT = Path(__file__).parents[1]
# Enough rows for stable quality and fairness, few enough to be fast.
ROWS = 16_000


@cache
def _has_sample(name: str) -> bool:
    """Return whether the sample has the columns of a model's contract."""
    modules = models.load(name)
    contract = modules.contract
    columns = {*contract.names, *(field.name for field in contract.protected)}
    columns |= {contract.entity, contract.time, contract.target, contract.label_time}
    return columns <= set(generate(modules.task, seed=1, rows=10).columns)


def _ease(values: dict[str, Any]) -> None:
    """Remove the limits of a model's quality: they are for all of its rows, and tests use a part.

    The newest rows can be harder to predict than those of a year.
    """
    lowest = -1e6
    values["gates"] |= {"floors": {}, "ceilings": {}}
    values["gates"].setdefault("slices", {})["min_primary"] = lowest
    values.setdefault("retrain", {})["min_primary"] = lowest


def newest(frame: pd.DataFrame, name: str, rows: int) -> pd.DataFrame:
    """Return the newest rows of a model, or random ones if rows have no time."""
    if models.load(name).contract.time is not None or len(frame) <= rows:
        return frame.tail(rows)
    return frame.sample(rows, random_state=0).sort_index()


def _skip_variants() -> Generator[None]:
    """Skip a test that needs a variant of the sample if a model has its own data."""
    try:
        return (yield)
    except UserError as error:
        if "exists for the sample data only" in str(error) and not _has_sample(models.names()[0]):
            pytest.skip(str(error))
        raise


pytest_runtest_setup = pytest.hookimpl(wrapper=True)(_skip_variants)
pytest_runtest_call = pytest.hookimpl(wrapper=True)(_skip_variants)


@pytest.fixture(autouse=True)
def _secrets_are_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no secret store, also in tests of deployed environments."""
    monkeypatch.setattr(
        secret_store, "read_secret", lambda name, _settings: os.environ.get(name) or None
    )


def _enter(home: Path, patch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MLOPS_"):
            patch.delenv(name)
    patch.setenv("MLOPS_HOME", str(home))
    patch.setenv("MLOPS_ENV", "local")
    patch.setenv("MLOPS_EVENTS", str(home / "events.jsonl"))


def run_steps(
    model: str, variant: str = "base", run: RunPaths | None = None, until: str = "now"
) -> RunPaths:
    """Run all steps; those after the decision only if the gate accepts the version."""
    run = run or RunPaths.new(model)
    ingest(model, run.data, variant, until)
    validate(model, run.data, run.validation)
    split(model, run.data, run.train, run.test)
    train(model, run.train, run.model, run.train_metrics)
    export(model, run.model, run.train, run.test, run.package)
    evaluate(model, run.package, run.train, run.test, run.metrics)
    register(model, run.package, run.data, run.train_metrics, run.metrics, run.lineage, run.version)
    decision = gate(model, run.metrics, run.version, run.decision)
    if decision["accepted"]:
        promote(model, run.decision, run.promotion)
    return run


@pytest.fixture(scope="session")
def model() -> str:
    """Return the name of the model for tests that do not depend on a model."""
    return models.names()[0]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[RunPaths]:
    """Return the paths of one finished run; tests must not change it."""
    home = tmp_path_factory.mktemp("project")
    shutil.copytree(PROJECT / "config", home / "config")
    shutil.copytree(PROJECT / "params", home / "params")
    for name in models.names():
        path = home / "params" / f"{name.replace('-', '_')}.yaml"
        values = yaml.safe_load(path.read_text())
        values["data"] = {"source": "sample", "rows": ROWS}
        if not _has_sample(name):
            every = read_source(load_params(name), models.load(name).contract)
            own = newest(every, name, ROWS)
            write_frame(own, str(home / "data" / f"{path.stem}.parquet"))
            values["data"] = {"source": f"data/{path.stem}.parquet"}
            if len(own) < len(every):
                _ease(values)
        path.write_text(yaml.safe_dump(values))
    with pytest.MonkeyPatch.context() as patch:
        _enter(home, patch)
        yield run_steps(model)


@pytest.fixture
def home(trained: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a separate project folder with the finished run and its champion."""
    source = next(path for path in Path(trained.root).parents if (path / "config").is_dir())
    target = tmp_path / "project"
    shutil.copytree(source, target)
    _enter(target, monkeypatch)
    return target


@pytest.fixture
def environments(home: Path) -> None:
    """Give what an environment keeps on other machines, or nowhere yet, a place in `home`.

    Its service follows the champion: a rollout has tests of its own.
    """
    config = home / "config"
    local = yaml.safe_load((config / "local.yaml").read_text())
    for path in set(config.glob("*.yaml")) - {config / "doctor.yaml"}:
        values = yaml.safe_load(path.read_text())
        for section in local.keys() & values.keys():
            for key, place in local[section].items():
                away = values[section].get(key, place)
                is_file = isinstance(place, str) and not urlsplit(place).netloc
                if is_file and (away is None or urlsplit(str(away)).netloc):
                    head, slashes, file = place.rpartition("///")
                    values[section][key] = f"{head}{slashes}{path.stem}/{file}"
        values.pop("rollout", None)
        path.write_text(yaml.safe_dump(values))


@pytest.fixture
def run(home: Path, trained: RunPaths) -> RunPaths:
    """Return the paths of the finished run in `home`, which a test can change."""
    source = next(path for path in Path(trained.root).parents if (path / "config").is_dir())
    return RunPaths(str(home / Path(trained.root).relative_to(source)))


@pytest.fixture
def sample_only(model: str) -> None:
    """Skip a test of the sample if the model has other columns."""
    if not _has_sample(model):
        pytest.skip(f"the sample has not the columns of {model}")


@pytest.fixture
def rows(home: Path) -> Callable[[str], pd.DataFrame]:
    """Read the newest labelled rows of a model: `rows(model)`."""

    def read(name: str) -> pd.DataFrame:
        contract = models.load(name).contract
        frame = read_source(load_params(name), contract)
        return newest(frame[frame[contract.target].notna()], name, 8_000)

    return read


def _change_rows(home: Path, model: str) -> None:
    """Reverse an input in a tenth of a model's own rows, so that training gives another version.

    Labels and order stay, so that the split does too: a champion must not know the test rows.
    """
    path = home / load_params(model).data.source
    frame, columns = pd.read_parquet(path), list(models.load(model).contract.names)
    part = frame.iloc[: max(2, len(frame) // 10)]
    column = max(columns, key=lambda name: part[name].nunique())
    frame.loc[part.index, column] = part[column].to_numpy()[::-1]
    write_frame(frame, str(path))


@pytest.fixture
def train_again(home: Path, model: str) -> Callable[..., RunPaths]:
    """Run all steps again, on a variant of the sample: `train_again("fresh")`."""

    def again(variant: str, run: RunPaths | None = None) -> RunPaths:
        if variant == "fresh" and not _has_sample(model):
            _change_rows(home, model)
            variant = "base"
        return run_steps(model, variant, run)

    return again


@pytest.fixture
def set_params(home: Path) -> Callable[..., None]:
    """Change parameters of a model: `set_params("churn", **{"data.rows": 100})`."""

    def change(name: str, **values: object) -> None:
        path = home / "params" / f"{name.replace('-', '_')}.yaml"
        content = yaml.safe_load(path.read_text())
        for dotted, value in values.items():
            target = content
            *above, key = dotted.split(".")
            for part in above:
                target = target.setdefault(part, {})
            target[key] = value
        path.write_text(yaml.safe_dump(content))

    return change
