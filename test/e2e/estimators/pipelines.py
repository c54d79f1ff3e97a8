"""Twenty pipelines of scikit-learn: saved, loaded, exported and served over HTTP by one service.

Runs in a generated repository with one model per task: `python pipelines.py <package> <port>`. Each
pipeline becomes a model of the repository: a copy of the model with its task, with another contract
and another `build`. The scores of the service are compared with `predict` of the fitted estimator
in memory. Prints one JSON object per pipeline: name, task, served, reason, largest difference.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PACKAGE, PORT = sys.argv[1], int(sys.argv[2])
ROOT = Path.cwd()
HOME = ROOT / ".mlops" / "pipelines"
SOURCE = ROOT / "src" / PACKAGE
# A model of the repository with each task, and the classes of the target.
TASKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "two": ("churn", ("no", "yes")),
    "three": ("kind", ("low", "middle", "high")),
    "number": ("price", ()),
}
CONTRACT = """
from ...contract import DataContract, Field

CONTRACT = DataContract(
    model={name!r},
    target="target",
    classes={classes!r},
    fields=(
        Field("age", "float", nullable=True),
        Field("income", "float"),
        Field("visits", "int"),
        Field("plan", "category", categories=("basic", "plus", "pro")),
        Field("home_city", "category", categories=("Köln", "Oslo"), nullable=True),
        Field("comment", "text"),
    ),
)
"""
IMPORTS = """
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import *
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import *
from sklearn.naive_bayes import *
from sklearn.neighbors import *
from sklearn.neural_network import *
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import *
from sklearn.svm import *
from sklearn.tree import *

NUMBERS = ["age", "income", "visits"]
WORDS = ["plan", "home_city"]


def numbers(*steps):
    return make_pipeline(SimpleImputer(strategy="median"), *steps), NUMBERS


def words():
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS


def inputs(*steps):
    return make_column_transformer(numbers(*steps), words())
"""
# Name -> task and the estimator.
PIPELINES = {
    "logistic": ("two", "make_pipeline(inputs(StandardScaler()), LogisticRegression())"),
    "forest": ("two", "make_pipeline(inputs(), RandomForestClassifier(10, random_state=0))"),
    "extra-trees": ("two", "make_pipeline(inputs(), ExtraTreesClassifier(10, random_state=0))"),
    "tree": ("two", "make_pipeline(inputs(), DecisionTreeClassifier(max_depth=4, random_state=0))"),
    "boosting": ("two", "make_pipeline(inputs(), GradientBoostingClassifier(n_estimators=10))"),
    "histograms": ("two", "make_pipeline(inputs(), HistGradientBoostingClassifier(max_iter=10))"),
    "ada": ("two", "make_pipeline(inputs(), AdaBoostClassifier(n_estimators=5, random_state=0))"),
    "svm": ("two", "make_pipeline(inputs(StandardScaler()), SVC())"),
    "linear-svm": ("two", "make_pipeline(inputs(StandardScaler()), LinearSVC())"),
    "neighbors": ("two", "make_pipeline(inputs(StandardScaler()), KNeighborsClassifier())"),
    "mlp": (
        "two",
        "make_pipeline(inputs(StandardScaler()), MLPClassifier((8,), max_iter=40, random_state=0))",
    ),
    "calibrated": (
        "two",
        "make_pipeline(inputs(StandardScaler()), CalibratedClassifierCV(LinearSVC(), cv=3))",
    ),
    "stacking": (
        "two",
        "make_pipeline(inputs(StandardScaler()), StackingClassifier([('t', "
        "DecisionTreeClassifier(max_depth=3, random_state=0)), ('l', LogisticRegression())], cv=3))",
    ),
    "voting": (
        "three",
        "make_pipeline(inputs(StandardScaler()), VotingClassifier([('t', "
        "DecisionTreeClassifier(max_depth=3, random_state=0)), ('l', LogisticRegression())], "
        "voting='soft'))",
    ),
    "bins": (
        "two",
        "make_pipeline(inputs(KBinsDiscretizer(4, encode='onehot-dense', strategy='uniform')), "
        "BernoulliNB())",
    ),
    "function": (
        "two",
        "make_pipeline(inputs(FunctionTransformer(np.log1p)), SelectKBest(k=5), LogisticRegression())",
    ),
    "text": (
        "three",
        "make_pipeline(make_column_transformer(numbers(StandardScaler()), words(), "
        "(TfidfVectorizer(), 'comment')), LogisticRegression())",
    ),
    "characters": (
        "two",
        "make_pipeline(make_column_transformer(words(), (TfidfVectorizer(analyzer='char_wb', "
        "ngram_range=(2, 3)), 'comment')), RidgeClassifier())",
    ),
    "ridge": ("number", "make_pipeline(inputs(PolynomialFeatures(2), StandardScaler()), Ridge())"),
    "log-target": (
        "number",
        "TransformedTargetRegressor(make_pipeline(inputs(), RandomForestRegressor(10, "
        "random_state=0)), func=np.log1p, inverse_func=np.expm1)",
    ),
}


def table() -> tuple[pd.DataFrame, np.ndarray]:
    """Return 240 rows with missing values and texts, and a number that depends on them."""
    rng = np.random.default_rng(0)
    vocabulary = np.array("good bad slow fast cheap never again thanks é ß".split())
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 90, 240).round(1),
            "income": rng.lognormal(8, 1, 240),
            "visits": rng.integers(0, 30, 240),
            "plan": rng.choice(["basic", "plus", "pro"], 240),
            "home_city": rng.choice(np.array(["Köln", "Oslo", None], dtype=object), 240),
            "comment": [" ".join(rng.choice(vocabulary, 4)) for _ in range(240)],
        }
    )
    signal = frame["age"] / 40 + np.log(frame["income"]) / 4 + (frame["plan"] == "pro")
    signal += frame["comment"].str.contains("bad") + rng.normal(0, 0.2, 240)
    frame.loc[rng.random(240) < 0.2, "age"] = np.nan
    return frame, signal.to_numpy()


def write_model(name: str, kind: str, code: str) -> None:
    """Add a model to the repository."""
    like, classes = TASKS[kind]
    folder = SOURCE / "models" / name.replace("-", "_")
    shutil.copytree(SOURCE / "models" / like, folder, dirs_exist_ok=True)
    contract = CONTRACT.format(name=name, classes=classes)
    (folder / "contract.py").write_text(contract, encoding="utf-8")
    model = (folder / "model.py").read_text(encoding="utf-8")
    before, after = model.split("def build(", 1)
    after = after.split("\n\n\n", 1)[1]
    build = f"{IMPORTS}\n\ndef build(params):\n    return {code}\n\n\n"
    (folder / "model.py").write_text(before + build + after, encoding="utf-8")
    params = (ROOT / "params" / f"{like}.yaml").read_text(encoding="utf-8")
    (ROOT / "params" / f"{folder.name}.yaml").write_text(params, encoding="utf-8")


def package(name: str, kind: str, frame: pd.DataFrame) -> tuple[str, np.ndarray, dict[str, Any]]:
    """Fit, save and export a model. Returns its entry of `pinned`, its scores, the result."""
    artifacts, models = module("platform.artifacts"), module("platform.models")
    modules, folder = models.load(name), HOME / name
    estimator = modules.model.build({})
    X = modules.inputs(frame)
    modules.model.fit(estimator, X, modules.labels(frame))
    (folder / "model").mkdir(parents=True)
    modules.model.save(estimator, folder / "model")
    data = str(folder / "data.parquet")
    module("data.frames").write_frame(frame, data)
    result = module("steps.export").export(name, str(folder / "model"), data, data, str(folder / "p"))
    sha256 = artifacts.manifest_sha256(folder / "p")
    return f"{name}:1={folder}/p#{sha256}", modules.model.predict(estimator, X), result


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


def ask(path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def wait(service: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            ask("/readyz")
            return
        except OSError:
            if service.poll() is not None:
                raise RuntimeError("the service ended") from None
            time.sleep(0.1)
    raise RuntimeError("the service is not ready")


def scores(predictions: list[dict[str, Any]], kind: str) -> np.ndarray:
    """Return the predictions of a response as `predict` returns them."""
    if kind == "three":
        return np.array([list(item["probabilities"].values()) for item in predictions])
    return np.array([item["score" if kind == "two" else "value"] for item in predictions])


def main() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    frame, signal = table()
    targets = {
        "two": np.where(signal > np.median(signal), "yes", "no"),
        "three": np.array(TASKS["three"][1])[np.digitize(signal, np.quantile(signal, [0.3, 0.7]))],
        "number": signal * 100,
    }
    for name, (kind, code) in PIPELINES.items():
        write_model(name, kind, code)
    importlib.invalidate_caches()
    made = {
        name: package(name, kind, frame.assign(target=targets[kind]))
        for name, (kind, _) in PIPELINES.items()
    }
    environment = {
        **os.environ,
        "MLOPS_SERVING__PORT": str(PORT),
        "MLOPS_SERVING__DEFAULT_MODEL": "logistic",
        "MLOPS_SERVING__PINNED": ",".join(pinned for pinned, _, _ in made.values()),
    }
    command = [sys.executable, "-m", f"{PACKAGE}.serving"]
    service = subprocess.Popen(command, env=environment)
    try:
        wait(service)
        rows = json.loads(frame.head(60).to_json(orient="records", double_precision=15))
        for name, (kind, _) in PIPELINES.items():
            _, expected, result = made[name]
            found = scores(ask(f"/models/{name}/predict", {"rows": rows})["predictions"], kind)
            size = np.maximum(1, np.abs(expected[:60])) if kind == "number" else 1
            difference = float(np.max(np.abs(found - expected[:60]) / size))
            report = {"task": kind, "served": result["served"], "reason": result["reason"]}
            print(json.dumps({"name": name, **report, "difference": difference}))
    finally:
        service.terminate()
        service.wait(30)


main()
