"""LightGBM's trees as ONNX's operator for trees.

Thresholds and leaves stay in float64, as in LightGBM: rounded to float32, a threshold would move
rows with exactly that value to the other branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .onnx_trees import Link, Table

LINKS: Mapping[str, Link] = {
    "binary": "sigmoid",
    "multiclass": "softmax",
    "regression": "identity",
}


def ensemble(dump: Mapping[str, Any]) -> Table:
    """Return the trees for `onnx_trees.write` with `double`.

    dump: what `Booster.dump_model` gives.
    Raises NotImplementedError for trees that the operator cannot represent.
    """
    # The name of the objective comes before its settings, of which one changes the predictions.
    objective, *settings = dump["objective"].split()
    if objective not in LINKS:
        raise NotImplementedError(f"objective {objective} is none of {', '.join(LINKS)}")
    if objective == "binary" and settings != ["sigmoid:1"]:
        raise NotImplementedError(f"the sigmoid with {' '.join(settings)} has no ONNX operator")
    if "sqrt" in settings:
        raise NotImplementedError("reg_sqrt has no ONNX operator")
    if dump["average_output"]:
        raise NotImplementedError("the mean of a random forest is not the sum of its trees")
    sums = int(dump["num_tree_per_iteration"])
    table = Table(LINKS[objective], sums)
    for number, tree in enumerate(dump["tree_info"]):
        waiting = [tree["tree_structure"]]
        while waiting:
            node = waiting.pop()
            if "leaf_value" in node:
                table.add_leaf(number, _id(node, tree), _leaf(node), number % sums)
                continue
            left, right = node["left_child"], node["right_child"]
            table.add_split(
                number,
                _id(node, tree),
                test=(node["split_feature"], "BRANCH_LEQ", node["threshold"]),
                children=(_id(left, tree), _id(right, tree)),
                missing_goes_left=_missing_goes_left(node),
            )
            waiting += [right, left]
    return table


def _id(node: Mapping[str, Any], tree: Mapping[str, Any]) -> int:
    """Number a node: splits first, then leaves. A tree without a split has one leaf, number 0."""
    if "leaf_value" in node:
        return int(tree["num_leaves"]) - 1 + int(node.get("leaf_index", 0))
    return int(node["split_index"])


def _leaf(node: Mapping[str, Any]) -> float:
    if "leaf_coeff" in node:
        raise NotImplementedError("linear leaves have no ONNX operator")
    return float(node["leaf_value"])


def _missing_goes_left(node: Mapping[str, Any]) -> bool:
    if node["decision_type"] != "<=":
        raise NotImplementedError("splits on LightGBM's own categories are not in this graph")
    if node["missing_type"] == "NaN":
        return bool(node["default_left"])
    if node["missing_type"] == "None":
        # If no value was missing in training, LightGBM treats a missing value as 0.
        return bool(node["threshold"] >= 0)
    raise NotImplementedError("zero_as_missing has no ONNX operator")
