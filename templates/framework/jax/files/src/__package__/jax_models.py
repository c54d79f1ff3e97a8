"""A trained network with its inputs: score rows, save, load. Needs JAX, and neither Flax nor Optax.

The files hold data and a program of arithmetic operations. A program that calls functions outside
of itself is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jax
import msgspec
import numpy as np
import pandas as pd
from jax import export
from safetensors import SafetensorError
from safetensors import numpy as tensors

from . import jax_inputs, jax_runtime
from .contract import DataContract
from .platform import fitted
from .platform.errors import UserError

if TYPE_CHECKING:
    from .jax_training import Options

INPUTS, WEIGHTS, PROGRAM = "network.json", "weights.safetensors", "program.stablehlo"
# Rows are scored in parts of at most this size, so that a large table does not fill the memory.
MOST_ROWS = 8192
# The only call outside of a program: it compares the number of rows with its declaration.
ALLOWED = {"shape_assertion"}
_CALL = re.compile(r"custom_call\s*@?\"?([\w.]+)")

# What turns the outputs of a network into predictions: mean and scale of the target for numbers,
# the sigmoid for two classes, the softmax for more.
Link = Literal["identity", "sigmoid", "softmax"]
# float32 arrays by name, and the mean and the scale of a numeric target.
Weights = Mapping[str, np.ndarray]


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Content of `network.json`.

    inputs: see `jax_inputs`. hidden: units of each hidden layer. link: see `Link`.
    outputs: number of outputs of the last layer.
    """

    inputs: dict[str, jax_inputs.Number | jax_inputs.Category | jax_inputs.Words]
    hidden: tuple[int, ...]
    link: Link
    outputs: int


@dataclass(frozen=True)
class Trained:
    """A trained network. program: see `jax_network.program`."""

    description: Description
    weights: Weights
    program: bytes

    def scores(self, X: pd.DataFrame) -> np.ndarray:
        """Return the predictions for n rows of features: float64, (n,) or (n, classes)."""
        columns = jax_inputs.columns(self.description.inputs, X)
        parts = [columns[at : at + MOST_ROWS] for at in range(0, len(columns), MOST_ROWS)]
        jax_runtime.start()
        # The program is one for the CPU, whichever device has trained the weights.
        with jax.enable_x64(True), jax.default_device(jax.devices("cpu")[0]):
            return np.concatenate([self._scored(part) for part in parts or [columns]])

    def save(self, directory: Path) -> None:
        """Write the three files into an existing folder."""
        text = msgspec.json.format(msgspec.json.encode(self.description), indent=2)
        (directory / INPUTS).write_bytes(text + b"\n")
        (directory / WEIGHTS).write_bytes(tensors.save(dict(self.weights)))
        (directory / PROGRAM).write_bytes(self.program)

    def _scored(self, columns: np.ndarray) -> np.ndarray:
        # Each number of rows is compiled once, so that only powers of two are used.
        size = 1 << max(len(columns) - 1, 0).bit_length()
        filled = np.pad(columns, ((0, size - len(columns)), (0, 0)))
        found = self._run(dict(self.weights), filled)
        return np.asarray(found, dtype=np.float64)[: len(columns)]

    @cached_property
    def _run(self) -> Any:
        exported = _checked(self.program)
        width = jax_inputs.width(self.description.inputs)
        shapes = {name: _shape(value) for name, value in self.weights.items()}
        given = [_shape(one) for one in exported.in_avals]
        expected = jax.tree.leaves((shapes, _Shape(("n", width), "float64")))
        names: Any = jax.tree.structure(((shapes, 0), {}))
        if given != expected or names != exported.in_tree:
            raise UserError(f"{PROGRAM} takes other arrays than {WEIGHTS} and {INPUTS} have")
        return jax.jit(exported.call)


@dataclass(frozen=True)
class _Shape:
    """Shape and type of an array; the number of rows is `n`."""

    shape: tuple[int | str, ...]
    dtype: str


def _shape(array: Any) -> _Shape:
    shape = tuple(size if isinstance(size, int) else str(size) for size in array.shape)
    return _Shape(shape, str(array.dtype))


def fit(
    options: Options,
    contract: DataContract,
    X: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray | None = None,
) -> Trained:
    """Train a network on X (n rows of features) and y: class indexes, or numbers without classes.

    weights: one per row. The statistics of the inputs and of the target are those of the rows that
    the network learns, without the rows for early stopping.
    """
    from . import jax_network, jax_training

    jax_runtime.start()
    fitted.note(len(X))
    classes = len(contract.classes)
    held = jax_training.held_out(
        y if classes else np.zeros(len(y)), options.validation, options.seed
    )
    inputs = jax_inputs.of(X[~held], contract)
    link, outputs = _link(classes)
    extra: dict[str, np.ndarray] = {}
    if not classes:
        mean, scale = float(y[~held].mean()), float(y[~held].std()) or 1.0
        y = (y.astype(np.float64) - mean) / scale
        extra = {jax_network.MEAN: np.array(mean), jax_network.SCALE: np.array(scale)}
    rows = jax_training.Rows(
        jax_inputs.columns(inputs, X).astype(np.float32),
        y.astype(np.int32 if classes > 2 else np.float32),
        np.ones(len(y), np.float32) if weights is None else weights.astype(np.float32),
    )
    network = jax_training.train(link, outputs, options, rows.part(~held), rows.part(held))
    values = {**jax_network.weights_of(network), **extra}
    program = jax_network.program(network, link, values)
    return Trained(Description(dict(inputs), options.hidden, link, outputs), values, program)


def _link(classes: int) -> tuple[Link, int]:
    """Return the link and the number of outputs for a number of classes, 0 for a regression."""
    if classes > 2:
        return "softmax", classes
    return ("sigmoid" if classes else "identity"), 1


def load(directory: Path) -> Trained:
    """Load a network that `save` wrote. Raises UserError if a file is damaged or was changed."""
    try:
        text = (directory / INPUTS).read_bytes()
        description = msgspec.json.decode(text, type=Description)
        weights = tensors.load((directory / WEIGHTS).read_bytes())
        program = (directory / PROGRAM).read_bytes()
    except (msgspec.MsgspecError, SafetensorError, UnicodeDecodeError) as error:
        raise UserError(f"the files of the model are damaged: {error}") from error
    for name, value in weights.items():
        if not np.isfinite(value).all():
            raise UserError(f"{WEIGHTS}: {name} has values that are not finite numbers")
    loaded = Trained(description, weights, program)
    # A damaged program is found here, and not at the first prediction.
    _ = loaded._run
    return loaded


def _checked(program: bytes) -> export.Exported:
    """Restore a program that calls nothing outside of itself."""
    try:
        exported = export.deserialize(bytearray(program))
        text = exported.mlir_module()
    except Exception as error:  # The parsers of both formats raise several types.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(f"{PROGRAM} is damaged: {reason[0][:200]}") from error
    others = sorted(set(_CALL.findall(text)) - ALLOWED)
    if others or text.count("custom_call") != len(_CALL.findall(text)):
        raise UserError(f"{PROGRAM} calls {', '.join(others) or 'a function'}: it is not trusted")
    return exported
