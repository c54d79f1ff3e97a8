"""LightGBM's trees as an ONNX graph, written node by node: inputs, one-hot columns, trees, sigmoid.

Thresholds and leaves stay in float64, as in LightGBM: rounded to float32, a threshold would send
the rows that stand on it down the other branch.
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

Inputs = Mapping[str, Sequence[str] | None]


def write(path: Path, inputs: Inputs, dump: Mapping[str, Any]) -> None:
    """Write the graph to `path`.

    inputs: name -> values of a category, None for a number; in the order of the tree columns.
    dump: what `Booster.dump_model` gives for a binary classifier.
    Raises NotImplementedError for trees that this graph cannot say.
    """
    if dump["objective"] != "binary sigmoid:1":
        raise NotImplementedError(f"objective {dump['objective']} is not binary")
    if dump["average_output"]:
        raise NotImplementedError("the mean of a random forest is not the sum of its trees")
    nodes: list[NodeProto] = []
    columns: list[str] = []
    for index, (name, values) in enumerate(inputs.items()):
        columns.append(name if values is None else f"one_hot_{index}")
        if values is not None:
            nodes += _one_hot(name, values, index, columns[-1])
    nodes += [
        helper.make_node("Concat", columns, ["columns"], axis=1),
        helper.make_node("Cast", ["columns"], ["columns_64"], to=TensorProto.DOUBLE),
        _trees(dump["tree_info"], "columns_64", "margin"),
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


def _trees(trees: Sequence[Mapping[str, Any]], source: str, output: str) -> NodeProto:
    table: dict[str, list[Any]] = {
        name: []
        for name in (
            "nodes_treeids",
            "nodes_nodeids",
            "nodes_featureids",
            "nodes_modes",
            "nodes_truenodeids",
            "nodes_falsenodeids",
            "nodes_missing_value_tracks_true",
            "target_treeids",
            "target_nodeids",
            "target_ids",
        )
    }
    thresholds: list[float] = []
    weights: list[float] = []
    for number, tree in enumerate(trees):
        waiting = [tree["tree_structure"]]
        while waiting:
            node = waiting.pop()
            leaf = "leaf_value" in node
            if leaf:
                row: tuple[Any, ...] = (0, "LEAF", 0, 0, 0)
                weights.append(_leaf(node))
                for name, item in (("treeids", number), ("nodeids", _id(node, tree)), ("ids", 0)):
                    table[f"target_{name}"].append(item)
            else:
                left, right = node["left_child"], node["right_child"]
                missing = _missing_goes_left(node)
                feature = node["split_feature"]
                row = (feature, "BRANCH_LEQ", _id(left, tree), _id(right, tree), missing)
                waiting += [right, left]
            thresholds.append(0.0 if leaf else node["threshold"])
            for name, item in zip(table, (number, _id(node, tree), *row), strict=False):
                table[name].append(item)
    attributes: dict[str, Any] = {
        **table,
        "nodes_values_as_tensor": _doubles("thresholds", thresholds),
        "target_weights_as_tensor": _doubles("weights", weights),
    }
    return helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        [output],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        **attributes,
    )


def _doubles(name: str, values: Sequence[float]) -> TensorProto:
    return helper.make_tensor(name, TensorProto.DOUBLE, [len(values)], values)


def _id(node: Mapping[str, Any], tree: Mapping[str, Any]) -> int:
    """Number a node: splits first, then leaves. A tree without a split has one leaf, number 0."""
    if "leaf_value" in node:
        return int(tree["num_leaves"]) - 1 + int(node.get("leaf_index", 0))
    return int(node["split_index"])


def _leaf(node: Mapping[str, Any]) -> float:
    if "leaf_coeff" in node:
        raise NotImplementedError("linear leaves have no ONNX operator")
    return float(node["leaf_value"])


def _missing_goes_left(node: Mapping[str, Any]) -> int:
    if node["decision_type"] != "<=":
        raise NotImplementedError("splits on LightGBM's own categories are not in this graph")
    if node["missing_type"] == "NaN":
        return int(node["default_left"])
    if node["missing_type"] == "None":
        # No value was missing in training: LightGBM then takes a missing one for 0.
        return int(node["threshold"] >= 0)
    raise NotImplementedError("zero_as_missing has no ONNX operator")
