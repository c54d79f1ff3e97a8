"""XGBoost's trees as ONNX's operator for trees.

The graph does in float32 what XGBoost does in float32, so both give the same scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .onnx_trees import Table


def ensemble(learner: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the operator, for `onnx_trees.write`.

    learner: the part `learner` of a binary classifier that XGBoost has saved as JSON.
    Raises NotImplementedError for trees that the operator cannot represent.
    """
    objective = learner["objective"]["name"]
    if objective != "binary:logistic":
        raise NotImplementedError(f"objective {objective} is not binary:logistic")
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise NotImplementedError(f"booster {booster['name']} is not gbtree")
    trees = booster["model"]["trees"]
    # XGBoost keeps the base score as a probability, in newer versions as a list of one.
    base = float(learner["learner_model_param"]["base_score"].strip("[]"))
    table = Table()
    # The base score comes first, as a tree of one leaf: sums of floats depend on their order.
    margin = math.log(base / (1 - base))
    root = {"split_type": [], "left_children": [-1], "split_conditions": [margin]}
    for number, tree in enumerate([root, *trees]):
        if any(tree["split_type"]):
            raise NotImplementedError("splits on XGBoost's own categories have no ONNX operator")
        for node, left in enumerate(tree["left_children"]):
            value = tree["split_conditions"][node]
            if left == -1:
                table.add_leaf(number, node, value)
                continue
            table.add_split(
                number,
                node,
                test=(tree["split_indices"][node], "BRANCH_LT", value),
                children=(left, tree["right_children"][node]),
                missing_goes_left=bool(tree["default_left"][node]),
            )
    return table.attributes()
