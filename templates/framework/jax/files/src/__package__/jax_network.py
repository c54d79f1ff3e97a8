"""The network: a Flax NNX module, its loss, and its scores as a program of `jax.export`.

The program computes in float64, as the ONNX graph does, so that both give the same scores. It takes
the weights as arguments. A model loads without Flax and without this file: after a change of
`Network`, older models still score rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import export

from .jax_models import Link, Weights

# Of the weights that are no weights of the network: mean and scale of a numeric target.
MEAN, SCALE = "target.mean", "target.scale"


class Network(nnx.Module):
    """Layers with a ReLU and dropout after each but the last.

    sizes: number of columns, of units in each hidden layer, and of outputs.
    """

    def __init__(self, sizes: Sequence[int], dropout: float, rngs: nnx.Rngs) -> None:
        self.layers = nnx.List(
            [nnx.Linear(before, after, rngs=rngs) for before, after in pairwise(sizes)]
        )
        self.dropout = nnx.Dropout(dropout)

    def __call__(self, columns: jax.Array, key: jax.Array | None = None) -> jax.Array:
        """Return the outputs (n, m) for columns (n, k). key: for the dropout, in training only."""
        *hidden, last = self.layers
        for number, layer in enumerate(hidden):
            columns = nnx.relu(layer(columns))
            if key is not None:
                drawn = jax.random.fold_in(key, number)
                columns = self.dropout(columns, deterministic=False, rngs=drawn)
        return last(columns)


def losses(link: Link, outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the loss of each row: outputs (n, m), targets (n,) -> (n,)."""
    if link == "softmax":
        return optax.softmax_cross_entropy_with_integer_labels(outputs, targets)
    if link == "sigmoid":
        return optax.sigmoid_binary_cross_entropy(outputs[:, 0], targets)
    return optax.squared_error(outputs[:, 0], targets)


def weights_of(network: Network) -> dict[str, np.ndarray]:
    """Return the parameters of a network by name, such as `layers.0.kernel`."""
    flat = nnx.to_flat_state(nnx.state(network, nnx.Param))
    return {_name(path): np.asarray(value[...]) for path, value in flat}


def program(network: Network, link: Link, weights: Weights) -> bytes:
    """Export the function from weights and columns (n, k) to predictions: (n,), or (n, classes).

    Equal networks give equal programs on all machines: see `jax_runtime.start`.
    """
    graph, state = nnx.split(network, nnx.Param)
    flat = nnx.to_flat_state(state)

    def scores(weights: Mapping[str, jax.Array], columns: jax.Array) -> jax.Array:
        wide = {name: value.astype(jnp.float64) for name, value in weights.items()}
        restored = nnx.from_flat_state(
            [(path, value.replace(wide[_name(path)])) for path, value in flat]
        )
        outputs = nnx.merge(graph, restored)(columns)
        if link == "softmax":
            return jax.nn.softmax(outputs, axis=1)
        if link == "sigmoid":
            return jax.nn.sigmoid(outputs[:, 0])
        return outputs[:, 0] * wide[SCALE] + wide[MEAN]

    with jax.enable_x64(True):
        (rows,) = export.symbolic_shape("n")
        width = weights["layers.0.kernel"].shape[0]
        shapes = {name: jax.ShapeDtypeStruct(one.shape, one.dtype) for name, one in weights.items()}
        made = export.export(jax.jit(scores), platforms=["cpu"])(
            shapes, jax.ShapeDtypeStruct((rows, width), jnp.float64)
        )
        return bytes(made.serialize())


def _name(path: Sequence[Any]) -> str:
    return ".".join(map(str, path))
