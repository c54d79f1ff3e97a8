"""A trained network as an ONNX graph, written node by node: inputs, columns, layers, link.

The graph computes in float64, as `jax_network.program` does, so that both give the same scores.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save_model
from onnx.onnx_ml_pb2 import NodeProto

from .jax_inputs import LIMIT, Category, Number, Words
from .jax_models import Trained
from .jax_network import MEAN, SCALE

OPSET = 19
# The first version with these operators, so that older runtimes can read the file.
IR_VERSION = 9
# Of the names in the graph, because inputs can have any other name.
PREFIX = "network/"


def write(path: Path, trained: Trained) -> None:
    """Write the graph to `path`.

    The output is `prediction` (n, 1), or `probabilities` (n, k) of k classes. Raises
    NotImplementedError for a text and for layers that are not those of `jax_network.Network`, and
    ValueError for an input with the name of the output.
    """
    description = trained.description
    inputs = description.inputs
    is_number = description.link == "identity"
    output = "prediction" if is_number else "probabilities"
    if output in inputs:
        raise ValueError(f"an input has the name of the output, {output}")
    nodes = [*_columns(trained), *_layers(trained), *_link(trained)]
    names = {output: output} | {f"input_{index}": name for index, name in enumerate(inputs)}
    for node in nodes:
        for edges in (node.input, node.output):
            edges[:] = [names.get(edge, PREFIX + edge) for edge in edges]
    graph = helper.make_graph(
        nodes,
        "network",
        [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT if isinstance(one, Number) else TensorProto.STRING, ["n", 1]
            )
            for name, one in inputs.items()
        ],
        [
            helper.make_tensor_value_info(
                output, TensorProto.FLOAT, ["n", 1 if is_number else max(2, description.outputs)]
            )
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    checker.check_model(model, full_check=True)
    save_model(model, str(path))


def _columns(trained: Trained) -> list[NodeProto]:
    """Return the nodes from the inputs to `columns_0`, as `jax_inputs.columns` encodes them."""
    inputs = trained.description.inputs
    nodes: list[NodeProto] = []
    numbers: list[str] = []
    others: list[str] = []
    # Indexes in `numbers`.
    indicators: list[int] = []
    means, scales = [], []
    for index, (name, one) in enumerate(inputs.items()):
        if isinstance(one, Words):
            raise NotImplementedError(f"the words of the text {name} have no ONNX operator")
        if isinstance(one, Category):
            others.append(f"one_hot_{index}")
            nodes += [
                helper.make_node(
                    "Constant",
                    [],
                    [f"values_{index}"],
                    value_strings=[value.encode() for value in one.values],
                ),
                helper.make_node("Equal", [f"input_{index}", f"values_{index}"], [f"is_{index}"]),
                _cast(f"is_{index}", f"one_hot_{index}", TensorProto.DOUBLE),
            ]
            continue
        if one.indicator:
            indicators.append(len(numbers))
        numbers.append(f"input_{index}")
        means.append(one.mean)
        scales.append(one.scale)
    parts = []
    if numbers:
        parts.append("scaled")
        nodes += [
            helper.make_node("Concat", numbers, ["given"], axis=1),
            helper.make_node("IsNaN", ["given"], ["missing"]),
            _cast("given", "wide", TensorProto.DOUBLE),
            _constant("means", np.array([means])),
            _constant("scales", np.array([scales])),
            _constant("lowest", np.array(-LIMIT)),
            _constant("highest", np.array(LIMIT)),
            _constant("zero", np.array(0.0)),
            helper.make_node("Sub", ["wide", "means"], ["centered"]),
            helper.make_node("Div", ["centered", "scales"], ["divided"]),
            helper.make_node("Clip", ["divided", "lowest", "highest"], ["limited"]),
            helper.make_node("Where", ["missing", "zero", "limited"], ["scaled"]),
        ]
    if indicators:
        parts.append("indicators")
        nodes += [
            _constant("marked", np.array(indicators, dtype=np.int64)),
            helper.make_node("Gather", ["missing", "marked"], ["is_missing"], axis=1),
            _cast("is_missing", "indicators", TensorProto.DOUBLE),
        ]
    return [*nodes, helper.make_node("Concat", [*parts, *others], ["columns_0"], axis=1)]


def _layers(trained: Trained) -> list[NodeProto]:
    """Return the nodes from `columns_0` to `outputs`."""
    layers = len(trained.description.hidden) + 1
    known = {f"layers.{layer}.{part}" for layer in range(layers) for part in ("kernel", "bias")}
    if others := set(trained.weights) ^ (known | ({MEAN, SCALE} & set(trained.weights))):
        raise NotImplementedError(f"{sorted(others)[0]} is no weight of an ONNX layer")
    nodes = []
    for layer in range(layers):
        last = layer == layers - 1
        for part in ("kernel", "bias"):
            values = trained.weights[f"layers.{layer}.{part}"].astype(np.float64)
            nodes.append(_constant(f"{part}_{layer}", values))
        nodes += [
            helper.make_node("MatMul", [f"columns_{layer}", f"kernel_{layer}"], [f"sum_{layer}"]),
            helper.make_node(
                "Add", [f"sum_{layer}", f"bias_{layer}"], ["outputs" if last else f"linear_{layer}"]
            ),
        ]
        if not last:
            nodes.append(helper.make_node("Relu", [f"linear_{layer}"], [f"columns_{layer + 1}"]))
    return nodes


def _link(trained: Trained) -> list[NodeProto]:
    """Return the nodes from `outputs` to the output of the graph."""
    link = trained.description.link
    if link == "identity":
        return [
            _constant("target_mean", trained.weights[MEAN]),
            _constant("target_scale", trained.weights[SCALE]),
            helper.make_node("Mul", ["outputs", "target_scale"], ["spread"]),
            helper.make_node("Add", ["spread", "target_mean"], ["prediction_64"]),
            _cast("prediction_64", "prediction", TensorProto.FLOAT),
        ]
    if link == "softmax":
        return [
            helper.make_node("Softmax", ["outputs"], ["probabilities_64"], axis=1),
            _cast("probabilities_64", "probabilities", TensorProto.FLOAT),
        ]
    return [
        helper.make_node("Sigmoid", ["outputs"], ["positive_64"]),
        _cast("positive_64", "positive", TensorProto.FLOAT),
        helper.make_node("Constant", [], ["one"], value_floats=[1.0]),
        helper.make_node("Sub", ["one", "positive"], ["negative"]),
        helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1),
    ]


def _constant(name: str, values: np.ndarray) -> NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values))


def _cast(source: str, output: str, kind: int) -> NodeProto:
    return helper.make_node("Cast", [source], [output], to=kind)
