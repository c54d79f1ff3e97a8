"""XGBoost's trees as ONNX's operator for trees.

The graph does in float32 what XGBoost does in float32, so both give the same scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .onnx_trees import Link, Table

LINKS: Mapping[str, Link] = {
    "binary:logistic": "sigmoid",
    "multi:softprob": "softmax",
    "reg:squarederror": "identity",
}


def ensemble(learner: Mapping[str, Any]) -> Table:
    """Return the trees for `onnx_trees.write`.

    learner: the part `learner` of a model that XGBoost has saved as JSON.
    Raises NotImplementedError for trees that the operator cannot represent.
    """
    objective = learner["objective"]["name"]
    if objective not in LINKS:
        raise NotImplementedError(f"objective {objective} is none of {', '.join(LINKS)}")
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise NotImplementedError(f"booster {booster['name']} is not gbtree")
    link, model = LINKS[objective], booster["model"]
    sums = int(learner["learner_model_param"]["num_class"]) if link == "softmax" else 1
    table = Table(link, sums)
    # The base scores come first, as trees of one leaf: sums of floats depend on their order.
    roots = [
        {"split_type": [], "left_children": [-1], "split_conditions": [base]}
        for base in _base_scores(learner, link, sums)
    ]
    targets = [*range(sums), *model["tree_info"]]
    for number, tree in enumerate([*roots, *model["trees"]]):
        if any(tree["split_type"]):
            raise NotImplementedError("splits on XGBoost's own categories have no ONNX operator")
        for node, left in enumerate(tree["left_children"]):
            value = tree["split_conditions"][node]
            if left == -1:
                table.add_leaf(number, node, value, targets[number])
                continue
            table.add_split(
                number,
                node,
                test=(tree["split_indices"][node], "BRANCH_LT", value),
                children=(left, tree["right_children"][node]),
                missing_goes_left=bool(tree["default_left"][node]),
            )
    return table


def _base_scores(learner: Mapping[str, Any], link: Link, sums: int) -> list[float]:
    """Return what is added to each sum.

    Newer versions keep a list, older ones one number for all sums. That of a binary classifier is a
    probability.
    """
    text = learner["learner_model_param"]["base_score"].strip("[]")
    bases = [float(part) for part in text.split(",")]
    if link == "sigmoid":
        bases = [math.log(base / (1 - base)) for base in bases]
    return bases * sums if len(bases) == 1 else bases
