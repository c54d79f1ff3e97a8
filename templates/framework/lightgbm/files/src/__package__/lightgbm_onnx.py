"""LightGBM's trees as ONNX's operator for trees.

Thresholds and leaves stay in float64, as in LightGBM: rounded to float32, a threshold would send
the rows that stand on it down the other branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onnx import TensorProto, helper

from .onnx_trees import LEAVES, NODES


def ensemble(dump: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the operator, for `onnx_trees.write` with `double`.

    dump: what `Booster.dump_model` gives for a binary classifier.
    Raises NotImplementedError for trees that the operator cannot say.
    """
    if dump["objective"] != "binary sigmoid:1":
        raise NotImplementedError(f"objective {dump['objective']} is not binary")
    if dump["average_output"]:
        raise NotImplementedError("the mean of a random forest is not the sum of its trees")
    table: dict[str, list[Any]] = {name: [] for name in (*NODES, *LEAVES)}
    thresholds: list[float] = []
    weights: list[float] = []
    for number, tree in enumerate(dump["tree_info"]):
        waiting = [tree["tree_structure"]]
        while waiting:
            node = waiting.pop()
            if "leaf_value" in node:
                row: tuple[Any, ...] = (0, "LEAF", 0, 0, 0)
                thresholds.append(0.0)
                weights.append(_leaf(node))
                for name, item in zip(LEAVES, (number, _id(node, tree), 0), strict=True):
                    table[name].append(item)
            else:
                left, right = node["left_child"], node["right_child"]
                missing = _missing_goes_left(node)
                feature = node["split_feature"]
                row = (feature, "BRANCH_LEQ", _id(left, tree), _id(right, tree), missing)
                thresholds.append(node["threshold"])
                waiting += [right, left]
            for name, item in zip(NODES, (number, _id(node, tree), *row), strict=True):
                table[name].append(item)
    return {
        **table,
        "nodes_values_as_tensor": _doubles("thresholds", thresholds),
        "target_weights_as_tensor": _doubles("weights", weights),
    }


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
