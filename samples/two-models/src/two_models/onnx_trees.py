"""Boosted trees as an ONNX graph, written node by node: inputs, one-hot columns, trees, sigmoid.

No converter stands between the library that grew the trees and the graph, so none can read a
threshold or a missing value in another way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onnx import TensorProto, checker, helper, save_model
from onnx.onnx_ml_pb2 import NodeProto

OPSET = 19
ML_OPSET = 3
# The first version of the format with these operators, so that older runtimes read it too.
IR_VERSION = 9

# Columns of the operator's tables: one row a node, one row a leaf. The values of both are apart, as
# they are floats in one library and doubles in another.
NODES = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
)
LEAVES = ("target_treeids", "target_nodeids", "target_ids")

Inputs = Mapping[str, Sequence[str] | None]


def write(path: Path, inputs: Inputs, ensemble: Mapping[str, Any], double: bool = False) -> None:
    """Write the graph to `path`.

    inputs: name -> values of a category, None for a number; in the order of the tree columns.
    ensemble: attributes of `TreeEnsembleRegressor` whose sum is the log-odds of the positive
        class. double: whether it compares in float64.
    """
    nodes: list[NodeProto] = []
    columns: list[str] = []
    for index, (name, values) in enumerate(inputs.items()):
        columns.append(name if values is None else f"one_hot_{index}")
        if values is not None:
            nodes += _one_hot(name, values, index, columns[-1])
    nodes.append(helper.make_node("Concat", columns, ["columns"], axis=1))
    if double:
        nodes.append(_cast("columns", "columns_64", TensorProto.DOUBLE))
    nodes += [
        helper.make_node(
            "TreeEnsembleRegressor",
            ["columns_64" if double else "columns"],
            ["margin"],
            domain="ai.onnx.ml",
            n_targets=1,
            aggregate_function="SUM",
            **ensemble,
        ),
        # In double precision, as the runtime's sigmoid for floats is an approximation.
        _cast("margin", "margin_64", TensorProto.DOUBLE),
        helper.make_node("Sigmoid", ["margin_64"], ["positive_64"]),
        _cast("positive_64", "positive", TensorProto.FLOAT),
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
        _cast(equal, output, TensorProto.FLOAT),
    ]


def _cast(source: str, output: str, kind: int) -> NodeProto:
    return helper.make_node("Cast", [source], [output], to=kind)
