"""Measure a model twice without the code of the generated repository: python plain.py < request.

1. Fit the estimator of the request to the training rows of a run, and measure it on the test rows.
2. Send the test rows to the running service, and measure its answers.

The request is JSON; the output is JSON with `plain`, `served` and `rows`.
"""

import json
import re
import sys
import urllib.request
import zlib

import numpy as np
import pandas as pd

WORD = re.compile(r"\w+")
# The service logs this many rows of a request, and monitoring reads the log.
BATCH = 20


def features(frame, fields):
    """Numbers as float32, strings as objects, times as three numbers."""
    found = {}
    for field in fields:
        name, values = field["name"], frame[field["name"]]
        if field["kind"] in ("category", "text"):
            found[name] = values.astype(object).where(values.notna(), "").astype(str).astype(object)
        elif field["kind"] == "datetime":
            seconds = (values - pd.Timestamp(0, tz="UTC")) / pd.Timedelta("1D")
            found[f"{name}__days"] = seconds.astype("float32")
            found[f"{name}__hour"] = (seconds % 1 * 24).astype("float32")
            found[f"{name}__weekday"] = ((np.floor(seconds) + 3) % 7).astype("float32")
        else:
            found[name] = values.astype("float64").astype("float32")
    return pd.DataFrame(found, index=frame.index)


def encoded(X, fields):
    """One column per number, per listed value of a category, and 256 hashed words per text."""
    kinds = {field["name"]: field for field in fields}
    parts = []
    for name in X:
        field = kinds.get(name, {"kind": "float"})
        if field["kind"] == "category":
            listed = [*field["categories"], *([""] if field["nullable"] else [])]
            parts += [(X[name] == value).astype("float32") for value in listed]
        elif field["kind"] == "text":
            counts = np.zeros((len(X), 256), dtype="float32")
            for row, text in zip(counts, X[name]):
                for word in WORD.findall(text.lower()):
                    row[zlib.crc32(word.encode()) % 256] += 1
            parts += list(counts.T)
        else:
            parts.append(X[name])
    return np.column_stack(parts).astype("float32")


def scikit_learn(X, y, other, request):
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = [field["name"] for field in request["fields"] if field["kind"] == "text"]
    numbers = [name for name in X if X[name].dtype != object]
    categories = [name for name in X if X[name].dtype == object and name not in texts]
    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    one_hot = OneHotEncoder(max_categories=100, handle_unknown="infrequent_if_exist")
    inputs = ColumnTransformer(
        [
            ("numbers", make_pipeline(impute, StandardScaler()), numbers),
            ("categories", one_hot, categories),
            *((name, TfidfVectorizer(max_features=2000), name) for name in texts),
        ]
    )
    train = request["train_params"]
    if request["task"] == "regression":
        return make_pipeline(inputs, Ridge(alpha=train["alpha"])).fit(X, y).predict(other)
    classifier = LogisticRegression(C=train["C"], max_iter=train["max_iter"])
    return make_pipeline(inputs, classifier).fit(X, y).predict_proba(other)


def xgboost(X, y, other, request):
    import xgboost as xgb

    train = {name: value for name, value in request["train_params"].items() if value != "none"}
    rounds = train.pop("rounds")
    objective = {
        "binary-classification": {"objective": "binary:logistic"},
        "multiclass-classification": {
            "objective": "multi:softprob",
            "num_class": len(request["classes"]),
        },
        "regression": {"objective": "reg:squarederror"},
    }[request["task"]]
    fixed = {"nthread": 1, "subsample": 0.8, "colsample_bytree": 0.8, "reg_lambda": 1.0}
    options = {**fixed, **train, "seed": request["seed"], **objective, "tree_method": "hist"}
    rows = xgb.DMatrix(encoded(X, request["fields"]), label=y)
    return xgb.train(options, rows, rounds).predict(xgb.DMatrix(encoded(other, request["fields"])))


def lightgbm(X, y, other, request):
    import lightgbm as lgb

    train = {name: value for name, value in request["train_params"].items() if value != "none"}
    rounds = train.pop("rounds")
    objective = {
        "binary-classification": {"objective": "binary"},
        "multiclass-classification": {
            "objective": "multiclass",
            "num_class": len(request["classes"]),
        },
        "regression": {"objective": "regression"},
    }[request["task"]]
    fixed = {
        "num_threads": 1,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "max_depth": -1,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }
    options = {**fixed, **train, "seed": request["seed"], **objective}
    rows = lgb.Dataset(encoded(X, request["fields"]).astype("float64"), label=y)
    return lgb.train(options, rows, rounds).predict(
        encoded(other, request["fields"]).astype("float64")
    )


def metrics(y, predicted, request):
    from sklearn.metrics import average_precision_score, r2_score, roc_auc_score

    if request["task"] == "regression":
        return {"r2": r2_score(y, predicted)}
    if request["task"] == "binary-classification":
        scores = predicted[:, 1] if predicted.ndim == 2 else predicted
        return {"auc": roc_auc_score(y, scores), "pr_auc": average_precision_score(y, scores)}
    each = [
        roc_auc_score(y == index, predicted[:, index])
        for index in range(predicted.shape[1])
        if 0 < (y == index).sum() < len(y)
    ]
    return {"macro_auc": float(np.mean(each))}


def labels(frame, request):
    values = frame[request["target"]]
    if request["task"] == "regression":
        return values.to_numpy(dtype="float64")
    if all(isinstance(label, str) for label in request["classes"]):
        return values.map({label: i for i, label in enumerate(request["classes"])}).to_numpy()
    places = {float(label): index for index, label in enumerate(request["classes"])}
    return values.astype(float).map(places).to_numpy()


def json_value(value, kind):
    if value is None or value is pd.NaT or value != value:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "int":
        return int(value)
    if kind == "float":
        return float(value)
    return value.isoformat() if kind == "datetime" else str(value)


def served(frame, request):
    answers = []
    for start in range(0, len(frame), BATCH):
        rows = [
            {
                field["name"]: json_value(row[field["name"]], field["kind"])
                for field in request["fields"]
            }
            for row in frame.iloc[start : start + BATCH].to_dict("records")
        ]
        call = urllib.request.Request(
            request["url"],
            json.dumps({"rows": rows}).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(call, timeout=60) as reply:
            answers += json.load(reply)["predictions"]
    if request["task"] == "regression":
        return np.array([answer["value"] for answer in answers])
    if request["task"] == "binary-classification":
        return np.array([answer["score"] for answer in answers])
    names = [str(label) for label in request["classes"]]
    return np.array([[answer["probabilities"][name] for name in names] for answer in answers])


if __name__ == "__main__":
    request = json.load(sys.stdin)
    older, newer = (pd.read_parquet(request[name]) for name in ("train", "test"))
    fit = {"scikit-learn": scikit_learn, "xgboost": xgboost, "lightgbm": lightgbm}
    X, other = features(older, request["fields"]), features(newer, request["fields"])
    y, known = labels(older, request), labels(newer, request)
    plain = fit[request["framework"]](X, y, other, request)
    print(
        json.dumps(
            {
                "plain": metrics(known, plain, request),
                "served": metrics(known, served(newer, request), request),
                "rows": len(newer),
            }
        )
    )
