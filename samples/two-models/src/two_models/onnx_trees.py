"""Boosted trees as an ONNX graph, written node by node: inputs, one-hot columns, trees, sigmoid.

The graph does in float32 what XGBoost does in float32, so both give the same scores; no converter
stands between them that could read a threshold or a missing value in another way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onnx import TensorProto, checker, helper, save_model
from onnx.onnx_ml_pb2 import NodeProto

OPSET = 19
ML_OPSET = 3
# The first version of the format with these operators, so that older runtimes read it too.
IR_VERSION = 9

# Columns of the operator's two tables: one row a node, one row a leaf.
NODES = (
    "treeids",
    "nodeids",
    "featureids",
    "values",
    "modes",
    "truenodeids",
    "falsenodeids",
    "missing_value_tracks_true",
)
LEAVES = ("treeids", "nodeids", "ids", "weights")

Inputs = Mapping[str, Sequence[str] | None]


def write(path: Path, inputs: Inputs, learner: Mapping[str, Any]) -> None:
    """Write the graph to `path`.

    inputs: name -> values of a category, None for a number; in the order of the tree columns.
    learner: the part `learner` of a binary classifier that XGBoost has saved as JSON.
    Raises NotImplementedError for trees that this graph cannot say.
    """
    objective = learner["objective"]["name"]
    if objective != "binary:logistic":
        raise NotImplementedError(f"objective {objective} is not binary:logistic")
    nodes: list[NodeProto] = []
    columns: list[str] = []
    for index, (name, values) in enumerate(inputs.items()):
        if values is None:
            columns.append(name)
            continue
        column = f"one_hot_{index}"
        nodes += _one_hot(name, values, index, column)
        columns.append(column)
    nodes += [
        helper.make_node("Concat", columns, ["columns"], axis=1),
        _trees(learner, "columns", "margin"),
        # In double precision, as the runtime's sigmoid for floats is an approximation.
        helper.make_node("Cast", ["margin"], ["margin_64"], to=TensorProto.DOUBLE),
        helper.make_node("Sigmoid", ["margin_64"], ["positive_64"]),
        helper.make_node("Cast", ["positive_64"], ["positive"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["one"], value_floats=[1.0]),
        helper.make_node("Sub", ["one", "positive"], ["negative"]),
        helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "trees",
        [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT if values is None else TensorProto.STRING, ["n", 1]
            )
            for name, values in inputs.items()
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 2])],
    )
    model = helper.make_model(
        graph,
        opset_imports=[
            helper.make_opsetid("", OPSET),
            helper.make_opsetid("ai.onnx.ml", ML_OPSET),
        ],
        ir_version=IR_VERSION,
    )
    checker.check_model(model)
    save_model(model, str(path))


def _one_hot(name: str, values: Sequence[str], index: int, output: str) -> list[NodeProto]:
    """One column per value; all zero for a value that is not known."""
    known, equal = f"values_{index}", f"equal_{index}"
    return [
        helper.make_node("Constant", [], [known], value_strings=[v.encode() for v in values]),
        helper.make_node("Equal", [name, known], [equal]),
        helper.make_node("Cast", [equal], [output], to=TensorProto.FLOAT),
    ]


def _trees(learner: Mapping[str, Any], source: str, output: str) -> NodeProto:
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise NotImplementedError(f"booster {booster['name']} is not gbtree")
    trees = booster["model"]["trees"]
    # XGBoost keeps the base score as a probability, in newer versions as a list of one.
    base = float(learner["learner_model_param"]["base_score"].strip("[]"))
    nodes: dict[str, list[Any]] = {f"nodes_{key}": [] for key in NODES}
    leaves: dict[str, list[Any]] = {f"target_{key}": [] for key in LEAVES}
    # The base score comes first, as a tree of one leaf: sums of floats depend on their order.
    margin = math.log(base / (1 - base))
    root = {"split_type": [], "left_children": [-1], "split_conditions": [margin]}
    for number, tree in enumerate([root, *trees]):
        if any(tree["split_type"]):
            raise NotImplementedError("splits on XGBoost's own categories have no ONNX operator")
        for node, left in enumerate(tree["left_children"]):
            leaf = left == -1
            value = tree["split_conditions"][node]
            row = (
                number,
                node,
                0 if leaf else tree["split_indices"][node],
                0.0 if leaf else value,
                "LEAF" if leaf else "BRANCH_LT",
                0 if leaf else left,
                0 if leaf else tree["right_children"][node],
                0 if leaf else int(tree["default_left"][node]),
            )
            for key, item in zip(nodes, row, strict=True):
                nodes[key].append(item)
            if leaf:
                for key, item in zip(leaves, (number, node, 0, value), strict=True):
                    leaves[key].append(item)
    attributes: dict[str, Any] = {**nodes, **leaves}
    return helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        [output],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        **attributes,
    )
