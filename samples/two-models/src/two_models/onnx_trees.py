"""Boosted trees as an ONNX graph, written node by node: inputs, one-hot columns, trees, link.

The graph is written without a converter, which could treat a threshold or a missing value
differently from the library that trained the trees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from onnx import TensorProto, checker, helper, save_model
from onnx.onnx_ml_pb2 import NodeProto

OPSET = 19
ML_OPSET = 3
# The first opset with these operators, so that older runtimes can read the file.
IR_VERSION = 9

# Of the names in the graph, because inputs can have any other name.
PREFIX = "trees/"

_NODES = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
)
_LEAVES = ("target_treeids", "target_nodeids", "target_ids")

Inputs = Mapping[str, Sequence[str] | int | None]


# What turns the sums of the trees into predictions: nothing for numbers, the sigmoid for two
# classes, the softmax for more.
Link = Literal["identity", "sigmoid", "softmax"]


class Table:
    """The tables of `TreeEnsembleRegressor`: one row for each node, and one for each leaf.

    link: see `Link`. sums: number of sums, which is the number of classes for the softmax, else 1.
    """

    def __init__(self, link: Link, sums: int = 1) -> None:
        self.link = link
        self.sums = sums
        self._columns: dict[str, list[Any]] = {name: [] for name in (*_NODES, *_LEAVES)}
        self._thresholds: list[float] = []
        self._weights: list[float] = []

    def add_leaf(self, tree: int, node: int, weight: float, target: int = 0) -> None:
        """Add a leaf, which adds `weight` to the sum `target`."""
        self._add(_NODES, tree, node, 0, "LEAF", 0, 0, 0)
        self._thresholds.append(0.0)
        self._add(_LEAVES, tree, node, target)
        self._weights.append(weight)

    def add_split(
        self,
        tree: int,
        node: int,
        test: tuple[int, str, float],
        children: tuple[int, int],
        missing_goes_left: bool,
    ) -> None:
        """Add a split.

        test: the column, the operator's mode, and the threshold. children: the node for a row that
        passes the test (left), and the node for one that does not (right).
        """
        column, mode, threshold = test
        self._add(_NODES, tree, node, column, mode, *children, int(missing_goes_left))
        self._thresholds.append(threshold)

    def attributes(self, double: bool = False) -> dict[str, Any]:
        """Return the attributes of the operator, with float64 values if `double`."""
        if not double:
            values = {"nodes_values": self._thresholds, "target_weights": self._weights}
            return {**self._columns, **values}
        return {
            **self._columns,
            "nodes_values_as_tensor": _doubles("thresholds", self._thresholds),
            "target_weights_as_tensor": _doubles("weights", self._weights),
        }

    def _add(self, names: Sequence[str], *row: Any) -> None:
        for name, item in zip(names, row, strict=True):
            self._columns[name].append(item)


def write(path: Path, inputs: Inputs, table: Table, double: bool = False) -> None:
    """Write the graph to `path`.

    inputs: name -> values of a category, None for a number; in the order of the tree columns.
    double: whether the operator compares in float64.

    The output is `prediction` (n, 1), or `probabilities` (n, k) of k classes. Raises
    NotImplementedError for a text, and ValueError for an input with the name of the output.
    """
    texts = [name for name, values in inputs.items() if isinstance(values, int)]
    if texts:
        raise NotImplementedError(f"the words of the text {texts[0]} have no ONNX operator")
    nodes: list[NodeProto] = []
    columns: list[str] = []
    for index, values in enumerate(inputs.values()):
        columns.append(f"input_{index}" if values is None else f"one_hot_{index}")
        if isinstance(values, Sequence):
            nodes += _one_hot(f"input_{index}", values, index, columns[-1])
    nodes.append(helper.make_node("Concat", columns, ["columns"], axis=1))
    if double:
        nodes.append(_cast("columns", "columns_64", TensorProto.DOUBLE))
    nodes += [
        helper.make_node(
            "TreeEnsembleRegressor",
            ["columns_64" if double else "columns"],
            ["sums"],
            domain="ai.onnx.ml",
            n_targets=table.sums,
            aggregate_function="SUM",
            **table.attributes(double),
        ),
        *_link(table.link),
    ]
    output, width = ("prediction", 1) if table.link == "identity" else ("probabilities", None)
    width = width or max(2, table.sums)
    if output in inputs:
        raise ValueError(f"an input has the name of the output, {output}")
    names = {output: output} | {f"input_{index}": name for index, name in enumerate(inputs)}
    for node in nodes:
        for edges in (node.input, node.output):
            edges[:] = [names.get(edge, PREFIX + edge) for edge in edges]
    graph = helper.make_graph(
        nodes,
        "trees",
        [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT if values is None else TensorProto.STRING, ["n", 1]
            )
            for name, values in inputs.items()
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])],
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


def _link(link: Link) -> list[NodeProto]:
    """Return the nodes from `sums` to the output."""
    if link == "identity":
        return [_cast("sums", "prediction", TensorProto.FLOAT)]
    # In float64, because the functions of the runtime for float32 are approximations.
    wide = _cast("sums", "sums_64", TensorProto.DOUBLE)
    if link == "softmax":
        return [
            wide,
            helper.make_node("Softmax", ["sums_64"], ["probabilities_64"], axis=1),
            _cast("probabilities_64", "probabilities", TensorProto.FLOAT),
        ]
    return [
        wide,
        helper.make_node("Sigmoid", ["sums_64"], ["positive_64"]),
        _cast("positive_64", "positive", TensorProto.FLOAT),
        helper.make_node("Constant", [], ["one"], value_floats=[1.0]),
        helper.make_node("Sub", ["one", "positive"], ["negative"]),
        helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1),
    ]


def _one_hot(name: str, values: Sequence[str], index: int, output: str) -> list[NodeProto]:
    """Return one column per known value; all columns are zero for an unknown value."""
    known, equal = f"values_{index}", f"equal_{index}"
    return [
        helper.make_node("Constant", [], [known], value_strings=[v.encode() for v in values]),
        helper.make_node("Equal", [name, known], [equal]),
        _cast(equal, output, TensorProto.FLOAT),
    ]


def _cast(source: str, output: str, kind: int) -> NodeProto:
    return helper.make_node("Cast", [source], [output], to=kind)


def _doubles(name: str, values: Sequence[float]) -> TensorProto:
    return helper.make_tensor(name, TensorProto.DOUBLE, [len(values)], values)
