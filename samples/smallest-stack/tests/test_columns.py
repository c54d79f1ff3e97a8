"""Inputs and features are the same in training, in a table and in a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smallest_stack.contract import DataContract, Field
from smallest_stack.data.frames import read_frame
from smallest_stack.platform import (
    artifacts,
    feature_code,
    models,
    scoring,
)
from smallest_stack.platform.columns import Columns, columns_of, converter
from smallest_stack.platform.errors import FeatureError, UserError
from smallest_stack.platform.models import ModelModules
from smallest_stack.platform.paths import RunPaths
from smallest_stack.platform.probes import UNSEEN, probes
from smallest_stack.steps.evaluate import evaluate
from smallest_stack.steps.export import export

CONTRACT = DataContract(
    model="any",
    target="label",
    fields=(
        Field("plan", "category", categories=("a", "b"), nullable=True, unseen="allow"),
        Field("price", "float", min=0, max=9.5, nullable=True),
        Field("calls", "int", nullable=True),
        Field("active", "boolean", nullable=True),
        Field("note", "text", nullable=True),
        Field("since", "datetime", nullable=True),
    ),
)
NOON = datetime(2024, 2, 29, 12, 30, 0, 250_000)
VALUES: dict[str, list[Any]] = {
    "plan": ["a", None, ""],
    "price": [0.1, None, 7],
    # The last one is between two float32 values.
    "calls": [3, None, 2**24 + 1],
    "active": [True, None, False],
    "note": ["good day", None, ""],
    "since": [NOON, None, "2024-02-29T14:30:00.25+02:00"],
}


def _table() -> pd.DataFrame:
    """Return the rows of VALUES with the types of a table."""
    return pd.DataFrame(
        {
            "plan": pd.Series(["a", None, None], dtype="str"),
            "price": [0.1, np.nan, 7.0],
            "calls": pd.Series([3, None, 2**24 + 1], dtype="Int64"),
            "active": [1.0, np.nan, 0.0],
            "note": pd.Series(["good day", None, ""], dtype="object"),
            "since": pd.to_datetime([NOON, None, NOON], utc=True),
        }
    )


def _lists(columns: Columns) -> dict[str, list[Any]]:
    """Return columns as the lists of a request."""

    def plain(value: Any) -> Any:
        return None if value is None or value != value else value

    return {name: [plain(value) for value in column.tolist()] for name, column in columns.items()}


def test_a_table_and_a_request_give_equal_columns() -> None:
    table = columns_of(_table(), CONTRACT)
    request = converter(CONTRACT)(dict(reversed(VALUES.items())))
    assert tuple(table) == tuple(request) == CONTRACT.names
    for name, column in table.items():
        assert column.dtype == request[name].dtype, name
        np.testing.assert_array_equal(column, request[name], err_msg=name)
    assert table["price"].dtype == table["active"].dtype == np.float32
    assert table["plan"].tolist() == ["a", "", ""]
    assert np.isnat(table["since"]).tolist() == [False, True, False]
    assert converter(CONTRACT)(table) is table


def test_times_of_a_request_are_converted_to_utc() -> None:
    zone = timezone(timedelta(hours=-5))
    times = [NOON, NOON.replace(tzinfo=UTC), datetime(2024, 2, 29, 7, 30, 0, 250_000, zone)]
    found = converter(CONTRACT)({**VALUES, "since": times})["since"]
    assert found.tolist() == [NOON] * 3


def test_probes_are_rows_that_the_contract_allows() -> None:
    found = probes(columns_of(_table().head(1), CONTRACT), CONTRACT)
    assert {len(column) for column in found.values()} == {len(found["plan"])}
    assert set(found["plan"]) == {"a", "b", "", UNSEEN}
    assert {0.0, 9.5} <= set(found["price"].tolist())
    missing = [np.isnan(found[name]) for name in ("price", "calls", "active")]
    missing += [found["plan"] == "", found["note"] == "", np.isnat(found["since"])]
    assert np.logical_and.reduce(missing).any()


def test_special_values_have_equal_scores_in_the_service_and_in_training(
    model: str, run: RunPaths
) -> None:
    modules = models.load(model)
    package = artifacts.local_copy(run.package)
    columns = columns_of(read_frame(run.test).head(200), modules.contract)
    special = probes(columns, modules.contract)
    both = {name: np.concatenate([columns[name], special[name]]) for name in columns}
    expected = modules.model.predict(modules.model.load(package), modules.frame(both))
    scorer = scoring.load(package)
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(scorer.raw(both), expected, rtol=0, atol=1e-6 * size)
    np.testing.assert_array_equal(scorer.raw(_lists(both)), scorer.raw(both))


def test_the_manifest_names_the_features(model: str, run: RunPaths) -> None:
    modules = models.load(model)
    X = modules.inputs(read_frame(run.test).head(3))
    manifest = artifacts.read_json(f"{run.package}/model.json")
    assert [item["name"] for item in manifest["features"]] == list(X.columns)
    strings = {item["name"] for item in manifest["features"] if item["kind"] == "string"}
    assert strings == set(X.select_dtypes("object").columns)


def test_a_model_that_cannot_score_valid_rows_is_not_exported(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> np.ndarray:
        raise ValueError("Input X contains NaN")

    monkeypatch.setattr(models.load(model).model, "predict", refuse)
    with pytest.raises(UserError, match=r"contract allows, .*: Input X contains NaN"):
        export(model, run.model, run.train, run.test, run.at("refused"))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda columns: {}, "returns no feature"),
        (lambda columns: {"a": np.zeros(1)}, "an array of 3 values, found shape \\(1,\\)"),
        (lambda columns: {"a": [1, 2, 3]}, "an array of 3 values, found list"),
        (lambda columns: {"a": np.array(["x", None, "y"], dtype=object)}, "NoneType among"),
        (lambda columns: {"a": columns["since"]}, "type datetime64"),
    ],
)
def test_wrong_features_are_an_error(
    made: Callable[[Columns], Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = ModelModules("any", models.load(models.names()[0]).folder, CONTRACT)
    monkeypatch.setattr(modules.features, "features", made)
    with pytest.raises(FeatureError, match=message):
        modules.inputs(_table())


def test_features_are_numbers_or_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = ModelModules("any", models.load(models.names()[0]).folder, CONTRACT)
    made = {"number": np.array([1, 2, 3]), "flag": np.array([True, False, True])}
    text = np.array(["x", "y", ""])
    monkeypatch.setattr(modules.features, "features", lambda columns: {**made, "text": text})
    X = modules.inputs(_table())
    assert [str(dtype) for dtype in X.dtypes] == ["float32", "float32", "object"]


def test_numbers_beyond_float32_are_infinite_without_a_warning() -> None:
    table = _table().assign(price=[1e308, -1e308, 3e38])
    assert columns_of(table, CONTRACT)["price"].tolist() == [np.inf, -np.inf, np.float32(3e38)]


def test_only_a_change_of_the_code_changes_the_hash_of_features(tmp_path: Path) -> None:
    def sha256(text: str) -> str:
        (tmp_path / "features.py").write_text(text)
        return feature_code.sha256_of(tmp_path / "features.py")

    code = 'def features(columns):\n    """Text."""\n    return {"a": columns["a"] + 1}\n'
    same = '"""Module."""\n# A comment.\ndef features(columns):\n  return {\n "a": columns["a"]+1}'
    assert sha256(code) == sha256(same)
    assert sha256(code) != sha256(code.replace("+ 1", "+ 2"))
    assert sha256(code) != sha256(code.replace("+ 1", "+ True"))
    assert sha256(code) != sha256(code.replace('{"a"', '{"b"'))


def test_a_version_of_other_feature_code_is_not_scored(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = artifacts.local_copy(run.package)
    monkeypatch.setattr(models, "_code_sha256", lambda folder: "0" * 64)
    with pytest.raises(FeatureError, match="other feature code"):
        scoring.load(package)
    export(model, run.model, run.train, run.test, run.at("changed"))
    evaluate(model, run.at("changed"), run.train, run.test, run.metrics)
    champion = artifacts.read_json(run.metrics)["champion"]
    assert champion["metrics"] == {}
    assert champion["reason"] == "it was trained with other feature code"


def test_a_version_with_an_input_that_the_contract_lost_is_named(
    model: str, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = models.load(model)
    first, *others = modules.contract.fields
    lost = [field.name for field in others]
    contract = replace(modules.contract, fields=(first,), slices=(), source_names={}, protected=())
    monkeypatch.setattr(models, "load", lambda _: replace(modules, contract=contract))
    scorer = scoring.load(artifacts.local_copy(run.package), version="3")
    with pytest.raises(FeatureError, match=f"^{model} 3 was trained with .*{lost[-1]}.*no longer"):
        scorer.raw(columns_of(read_frame(run.test).head(2), contract))


def test_a_table_without_an_input_is_an_error_that_names_it() -> None:
    with pytest.raises(UserError, match="the rows of any lack price, since, which its contract"):
        columns_of(_table().drop(columns=["since", "price"]), CONTRACT)


def test_an_onnx_version_from_before_feature_code_still_scores(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = artifacts.local_copy(run.package)
    manifest = artifacts.read_json(str(package / artifacts.MANIFEST))
    modules = models.load(model)
    columns = columns_of(read_frame(run.test).head(5), modules.contract)
    unchanged = {name: values.tolist() for name, values in columns.items()}
    derived = {name: values.tolist() for name, values in modules.derive(columns).items()}
    if manifest["served"] != scoring.ONNX or derived != unchanged:
        pytest.skip("the inputs of the ONNX file are not those of the contract")
    expected = scoring.load(package).raw(columns)
    older = {key: value for key, value in manifest.items() if not key.startswith("features")}
    (package / artifacts.MANIFEST).write_text(json.dumps(older))
    np.testing.assert_array_equal(scoring.load(package).raw(columns), expected)
