"""Search better parameters."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from ..params import Params, load_params
from ..platform import artifacts, models
from ..platform.lineage import versions
from ..platform.sections.tuning import Tuning
from ..platform.settings import load_settings
from ..platform.strict_json import dumps
from ..tuning import space
from ..tuning.result import Search, summarize
from ._step import run_cli, step

FOLDER = "tuning"


@step
def tune(
    model: str, train_uri: str, tuned_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Search better values for the section `train` on the training rows; write all trials.

    A trial is scored by cross-validation in the primary metric of the task. Finished trials are
    kept in the artifact store: a repetition for equal rows, code, parameters and ranges runs only
    the missing ones. With `tune.trials: 0` or without a range, nothing is searched.
    `tuning.max_trials` of the environment limits the trials. Raises ParamsError for a wrong range.
    """
    from ..data.frames import read_frame

    params = _limited(params or load_params(model))
    modules = models.load(model)
    space.check(modules, params)
    search: Search = {"model": model, "summary": None, "trials": []}
    if not params.tune.trials or not params.tune.space:
        artifacts.write_json(tuned_uri, search)
        return {"trials": 0}
    # Importing Optuna takes a second.
    from ..tuning.optuna_study import search as find
    from ..tuning.scores import Scorer

    scorer = Scorer(modules, params, read_frame(train_uri))
    search["trials"] = find(journal(modules, params, train_uri), scorer, params)
    defaults = {name: params.train[name] for name in params.tune.space}
    found = summarize(
        search["trials"], defaults, scorer.metric, scorer.folds, scorer.higher_is_better
    )
    search["summary"] = found
    artifacts.write_json(tuned_uri, search)
    return {key: found[key] for key in ("trials", "best_trial", "metric", "default", "best")}


def _limited(params: Params) -> Params:
    """Return the parameters with no more trials than the environment allows."""
    most = load_settings().section("tuning", Tuning).max_trials
    if most is None or params.tune.trials <= most:
        return params
    return replace(params, tune=replace(params.tune, trials=most))


def journal(modules: models.ModelModules, params: Params, train_uri: str) -> str:
    """Return the URI of the finished trials: one file for all that determines a score."""
    code = {
        path.name: artifacts.sha256_file(path) for path in sorted(modules.directory.glob("*.py"))
    }
    given = {
        "rows": hashlib.sha256(artifacts.read_bytes(train_uri)).hexdigest(),
        "code": code,
        "libraries": versions([*modules.model.LIBRARIES, "optuna"]),
        "train": msgspec.to_builtins(params.train),
        "seed": params.seed,
        "split": params.split.by,
        "folds": params.tune.folds,
        "space": msgspec.to_builtins(params.tune.space),
    }
    name = hashlib.sha256(dumps(given, sort_keys=True).encode()).hexdigest()[:16]
    root = load_settings().artifacts.root.rstrip("/")
    return f"{root}/{FOLDER}/{quote(modules.name, safe='')}/{name}.log"


if __name__ == "__main__":
    run_cli(tune, {"tuned_uri": "--out-tuned"})
