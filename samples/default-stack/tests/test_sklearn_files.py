"""Files of fitted estimators load; files that could run code, delete files or crash do not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, SplineTransformer

from default_stack import sklearn_files
from default_stack.platform.errors import UserError

RNG = np.random.default_rng(0)
X = RNG.random((60, 3))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)


def _columns() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("a", make_pipeline(SimpleImputer(), KBinsDiscretizer(3, strategy="uniform")), [0]),
            ("b", make_pipeline(SplineTransformer(), FunctionTransformer(np.log1p)), [1]),
            ("c", FunctionTransformer(np.nan_to_num), [2]),
        ]
    )


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(_columns(), RandomForestClassifier(3)),
        make_pipeline(SelectKBest(k=2), HistGradientBoostingClassifier(max_iter=3)),
        KNeighborsClassifier(),
        MLPClassifier((3,), solver="lbfgs"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_fitted_estimator_of_scikit_learn_loads(estimator: Any, tmp_path: Path) -> None:
    estimator.fit(X, Y)
    sklearn_files.save(estimator, tmp_path / "model.skops")
    loaded = sklearn_files.load(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), estimator.predict_proba(X))


def helper(values: np.ndarray) -> np.ndarray:
    return values * 2


def test_a_type_of_another_package_is_refused_with_the_line_that_allows_it(tmp_path: Path) -> None:
    estimator = FunctionTransformer(helper)
    name = f"{__name__}.helper"
    with pytest.raises(UserError, match=rf'TRUSTED = \("{name}",\)'):
        sklearn_files.save(estimator, tmp_path / "model.skops")
    sklearn_files.save(estimator, tmp_path / "model.skops", (name,))
    assert sklearn_files.load(tmp_path / "model.skops", (name,)).func is helper


def test_a_lambda_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lambda"):
        sklearn_files.save(FunctionTransformer(lambda values: values), tmp_path / "model.skops")


def _json(value: Any) -> dict[str, Any]:
    text = json.dumps(value)
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": text}


def _node(loader: str, name: str, **more: Any) -> dict[str, Any]:
    module, _, attribute = name.rpartition(".")
    return {"__class__": attribute, "__module__": module, "__loader__": loader, **more}


def _dict(values: dict[str, Any]) -> dict[str, Any]:
    keys = [_node("TypeNode", "builtins.str") for _ in values]
    content = {
        key: value if isinstance(value, dict) and "__loader__" in value else _json(value)
        for key, value in values.items()
    }
    types = _node("ListNode", "builtins.list", content=keys)
    return _node("DictNode", "builtins.dict", key_types=types, content=content)


def _list(*values: Any) -> dict[str, Any]:
    return _node("ListNode", "builtins.list", content=[_json(value) for value in values])


def _object(name: str, **attributes: Any) -> dict[str, Any]:
    return _node("ObjectNode", name, content=_dict(attributes))


def _write(state: dict[str, Any], path: Path) -> Path:
    """Write a file that skops reads, with a state that skops would not write."""
    protocol = skops.io._protocol.PROTOCOL
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("schema.json", json.dumps({**state, "protocol": protocol}))
    return path


def _hostile(victim: Path) -> dict[str, dict[str, Any]]:
    """Return states that delete or create the file or folder `victim`, or call a function."""
    create = f"open({str(victim)!r}, 'w').close()"
    operator = _node("OperatorFuncNode", "operator.methodcaller", attrs=_list("unlink"))
    system = _node("FunctionNode", "os.system")
    arguments = _list(create)
    partial = {"func": system, "args": arguments, "kwds": _dict({}), "namespace": _json(None)}
    transformer = "sklearn.preprocessing._function_transformer.FunctionTransformer"
    return {
        # The text is run when the object is restored.
        "scipy.stats": _object(
            "scipy.stats._continuous_distns.norm_gen", _parse_arg_template=create, a=0, b=1
        ),
        # The folder is deleted when the object is.
        "numpy.lib": _object(
            "numpy.lib._datasource.DataSource", _istmpdest=True, _destpath=str(victim.parent)
        ),
        "memmap": _node(
            "ConstructorFromReduceNode",
            "numpy.memmap",
            content=_list(str(victim), "uint8", "w+", 0, [8]),
        ),
        "a constructor": _node(
            "ConstructorFromReduceNode", "sklearn.utils._bunch.Bunch", content=_list()
        ),
        "a type": _object(transformer, func=_node("TypeNode", "sklearn.utils._bunch.Bunch")),
        "a function of scikit-learn": _object(
            transformer, func=_node("FunctionNode", "sklearn.datasets._base.load_files")
        ),
        "a function of NumPy": _object(transformer, func=_node("FunctionNode", "numpy.fromfile")),
        "the shell": _object(transformer, func=system),
        "a partial function": _object(
            transformer, func=_node("PartialNode", "functools.partial", content=partial)
        ),
        "an operator": _object(transformer, func=operator),
        "a method": _node(
            "MethodNode",
            "sklearn.utils._bunch.Bunch",
            content={"func": "clear", "obj": _object("sklearn.utils._bunch.Bunch")},
        ),
        "a class that a module imports": _object(
            "sklearn.preprocessing._function_transformer.partial"
        ),
        "a dictionary that is none": _node(
            "DictNode",
            "sklearn.metrics._scorer._Scorer",
            key_types=_node("ListNode", "builtins.list", content=[]),
            content={},
        ),
        "a test of scikit-learn": _object("sklearn.utils._testing.TempMemmap"),
    }


@pytest.mark.parametrize("name", list(_hostile(Path("a/b"))))
def test_a_hostile_file_is_refused_before_anything_is_restored(name: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim" / "file"
    victim.parent.mkdir()
    path = _write(_hostile(victim)[name], tmp_path / "model.skops")
    with pytest.raises(UserError, match="is not trusted"):
        sklearn_files.load(path)
    assert victim.parent.is_dir()
    assert not victim.exists()


@pytest.mark.parametrize("field", ["left_child", "right_child", "feature"])
def test_a_tree_with_an_index_beyond_its_nodes_is_refused(field: str, tmp_path: Path) -> None:
    # scikit-learn would read memory that is not the tree's.
    forest = RandomForestClassifier(2).fit(X, Y)
    tree = forest.estimators_[0].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = 10**6
    tree.__setstate__({**state, "nodes": nodes})
    sklearn_files.save(forest, tmp_path / "model.skops")
    with pytest.raises(ValueError, match="are not a tree"):
        sklearn_files.load(tmp_path / "model.skops")


def test_boosted_trees_that_would_never_end_are_refused(tmp_path: Path) -> None:
    boosted = HistGradientBoostingClassifier(max_iter=1).fit(X, Y)
    boosted._predictors[0][0].nodes["left"][0] = 0
    sklearn_files.save(boosted, tmp_path / "model.skops")
    with pytest.raises(ValueError, match="are not a tree"):
        sklearn_files.load(tmp_path / "model.skops")
