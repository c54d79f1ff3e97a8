"""Fitted scikit-learn estimators as ONNX graphs, with the scores of `sklearn_models`.

skl2onnx converts the estimator. This module chooses its options, and gives the graph one input per
column and one output. The graph is served only if its scores are equal: see the step `export`.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import sklearn_models

# Newer opsets have operators that ONNX Runtime does not run for all converters of skl2onnx.
OPSETS = {"": 18, "ai.onnx.ml": 3}
# Of the names in the graph, because columns can have any other name.
PREFIX = "model/"


def export(estimator: Any, path: Path, X: pd.DataFrame, classes: int | None = 2) -> None:
    """Write an estimator as ONNX.

    X holds example rows: each column is an input of shape (n, 1), string for object columns, else
    float32. The output is `probabilities` of shape (n, classes), or `prediction` of shape (n, 1)
    if `classes` is None. Raises the errors of skl2onnx if it cannot convert the estimator.
    """
    # An error of a converter is the reason in the manifest; its warnings say nothing more.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = _convert(estimator, X)
        if classes is None:
            _add_prediction(graph)
        else:
            _add_probabilities(graph, estimator, classes)
    # skl2onnx collects them in a set, whose order differs from one process to the next.
    opsets = sorted(graph.opset_import, key=lambda opset: str(opset.domain))
    del graph.opset_import[:]
    graph.opset_import.extend(opsets)
    path.write_bytes(graph.SerializeToString(deterministic=True))


def _convert(estimator: Any, X: pd.DataFrame) -> Any:
    """Return the graph of skl2onnx with one input per column of X; other names have a prefix."""
    from onnx import TensorProto, compose, helper
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import VotingClassifier
    from sklearn.feature_extraction.text import CountVectorizer

    from . import sklearn_converters

    sklearn_converters.register()
    estimator = copy.deepcopy(estimator)
    parts = list(_parts(estimator, set()))
    options: dict[Any, dict[str, Any]] = {}
    for part in parts:
        if isinstance(part, CountVectorizer):
            # The default is a locale that slim images do not have.
            options[id(part)] = {"locale": "C"}
        elif isinstance(part, VotingClassifier):
            # Used for `transform` only, and the converter refuses the default.
            part.flatten_transform = False
    strings = {name for name in X if X[name].dtype == object}
    if strings or any(isinstance(part, ColumnTransformer) for part in parts):
        kinds = [
            (str(name), (StringTensorType if name in strings else FloatTensorType)([None, 1]))
            for name in X
        ]
        return compose.add_prefix(
            _with_options(estimator, kinds, options), PREFIX, rename_inputs=False
        )
    # Other estimators accept a single input only.
    kinds = [("columns", FloatTensorType([None, X.shape[1]]))]
    graph = compose.add_prefix(_with_options(estimator, kinds, options), PREFIX)
    names = [str(name) for name in X]
    graph.graph.node.insert(0, helper.make_node("Concat", names, [f"{PREFIX}columns"], axis=1))
    del graph.graph.input[:]
    graph.graph.input.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1]) for name in names
    )
    return graph


def _with_options(estimator: Any, kinds: list[Any], options: dict[Any, dict[str, Any]]) -> Any:
    """Convert with the options that the last step of the estimator knows."""
    from skl2onnx import to_onnx

    last = sklearn_models.last_step(estimator)
    wanted: list[dict[str, Any]] = [{"zipmap": False}, {}]
    if not hasattr(estimator, "predict_proba"):
        wanted = [{"zipmap": False, "raw_scores": True}, {"raw_scores": True}, *wanted]
    for own in wanted:
        try:
            return to_onnx(
                estimator,
                initial_types=kinds,
                options={**options, id(last): own} if own else options,
                target_opset=OPSETS,
            )
        except NameError as error:
            # skl2onnx raises it for an option that the converter does not have.
            if "Option" not in str(error) or not own:
                raise
    raise AssertionError("the last attempt has no options")


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """Yield each estimator within a fitted estimator, itself included."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if hasattr(value, "get_params"):
        yield value
        value = vars(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) or (
        isinstance(value, np.ndarray) and value.dtype == object and value.size < 10_000
    ):
        for item in value if isinstance(value, (list, tuple)) else value.ravel():
            yield from _parts(item, seen)


def _add_probabilities(graph: Any, estimator: Any, classes: int) -> None:
    """Make the scores of a classifier the output, as `sklearn_models.probabilities` does."""
    from onnx import TensorProto, helper, numpy_helper

    known = sklearn_models.known_classes(estimator)
    scores, nodes = graph.graph.output[-1].name, []
    if not hasattr(estimator, "predict_proba"):
        nodes.append(helper.make_node("Cast", [scores], ["scores"], to=TensorProto.DOUBLE))
        if len(known) == 2:
            one = numpy_helper.from_array(np.ones(1))
            # The converters give one column, or one per class with the positive class last.
            nodes += [
                helper.make_node("Constant", [], ["last"], value_ints=[-1]),
                helper.make_node("Gather", ["scores", "last"], ["positive_score"], axis=1),
                helper.make_node("Sigmoid", ["positive_score"], ["positive"]),
                helper.make_node("Constant", [], ["one"], value=one),
                helper.make_node("Sub", ["one", "positive"], ["negative"]),
                helper.make_node("Concat", ["negative", "positive"], ["normalized"], axis=1),
            ]
        else:
            nodes.append(helper.make_node("Softmax", ["scores"], ["normalized"], axis=1))
        scores = "normalized"
    if len(known) < classes:
        placement = numpy_helper.from_array(sklearn_models.placement(known, classes))
        nodes += [
            helper.make_node("Cast", [scores], ["known"], to=TensorProto.DOUBLE),
            helper.make_node("Constant", [], ["placement"], value=placement),
            helper.make_node("MatMul", ["known", "placement"], ["placed"]),
        ]
        scores = "placed"
    if nodes:
        nodes.append(helper.make_node("Cast", [scores], ["probabilities"], to=TensorProto.FLOAT))
    _replace_output(graph, nodes, "probabilities", classes)


def _add_prediction(graph: Any) -> None:
    """Make the predictions of a regression the output, of shape (n, 1)."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", [graph.graph.output[0].name], ["found"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["one_column"], value_ints=[-1, 1]),
        helper.make_node("Reshape", ["found", "one_column"], ["prediction"]),
    ]
    _replace_output(graph, nodes, "prediction", 1)


def _replace_output(graph: Any, nodes: list[Any], output: str, width: int) -> None:
    """Append nodes, the last of which makes the only output; without nodes, rename the output."""
    from onnx import TensorProto, checker, helper

    if output in {value.name for value in graph.graph.input}:
        raise ValueError(f"a column has the name of the output, {output}")
    names = {name: f"{PREFIX}added/{name}" for node in nodes for name in node.output}
    if not nodes:
        nodes, names = list(graph.graph.node), {graph.graph.output[-1].name: output}
        del graph.graph.node[:]
    names[output] = output
    for node in nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    graph.graph.node.extend(nodes)
    del graph.graph.output[:]
    graph.graph.output.append(
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])
    )
    checker.check_model(graph)
