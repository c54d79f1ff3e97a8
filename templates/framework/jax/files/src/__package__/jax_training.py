"""Train a network with AdamW: shuffled batches, early stopping, a checkpoint after each epoch.

The order of the rows and the dropout of an epoch follow from the seed and the number of the epoch.
Equal rows, parameters and library versions give equal weights, also if the training was killed and
resumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import msgspec
import numpy as np
import optax
from flax import nnx

from .jax_checkpoints import Checkpoints
from .jax_models import Link
from .jax_network import Network, losses
from .platform.errors import UserError
from .platform.events import emit

LIBRARIES = ("flax", "jax", "jaxlib", "numpy", "optax")
# A training resumes only with the code that started it.
CODE = ("jax_network.py", "jax_training.py")
# Rows of a batch in which the loss of the validation rows is computed.
VALIDATION_BATCH = 1024
# Longest gradient of a batch; a longer one is shortened, so that outliers do not undo an epoch.
LONGEST_GRADIENT = 1.0


class Options(msgspec.Struct, frozen=True):
    """Parameters of a training.

    hidden: number of units of each hidden layer.
    dropout: share of the units that each step leaves out.
    learning_rate, weight_decay: of AdamW. The decay does not apply to biases.
    batch_size: rows of a step. epochs: largest number of passes over the rows.
    patience: epochs without a lower validation loss before the training ends.
    validation: share of the rows that only choose the best epoch.
    """

    seed: int
    hidden: tuple[int, ...]
    dropout: float
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    patience: int
    validation: float


class Rows(msgspec.Struct, frozen=True):
    """Rows to learn: float32 columns (n, k); targets and weights (n,)."""

    columns: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    def part(self, rows: np.ndarray) -> Rows:
        """Return the rows of a mask or of indexes."""
        return Rows(self.columns[rows], self.targets[rows], self.weights[rows])


class Best(msgspec.Struct):
    """How far a training is: the number of its epochs, the best one and its validation loss."""

    epochs: int = 0
    epoch: int = 0
    loss: float = math.inf


def held_out(strata: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return a mask (n,) of the rows for early stopping: the same share of each stratum.

    A stratum keeps at least one row to learn.
    """
    rng = np.random.default_rng([seed, 0])
    held = np.zeros(len(strata), dtype=bool)
    for stratum in np.unique(strata):
        rows = rng.permutation(np.flatnonzero(strata == stratum))
        held[rows[: min(round(share * len(rows)), len(rows) - 1)]] = True
    return held


def train(link: Link, outputs: int, options: Options, learned: Rows, validation: Rows) -> Network:
    """Return the network of the best epoch.

    validation: rows that only choose the epoch; with none, the learned rows choose it.
    Raises UserError if the loss is not a finite number.
    """
    validation = validation if len(validation.targets) else learned
    sizes = (learned.columns.shape[1], *options.hidden, outputs)
    network = Network(sizes, options.dropout, nnx.Rngs(options.seed))
    graph, parameters = nnx.split(network, nnx.Param)
    optimizer = _optimizer(options.learning_rate, options.weight_decay)
    # Parameters, state of the optimizer, and parameters of the best epoch.
    state = (parameters, optimizer.init(parameters), parameters)
    checkpoints = Checkpoints(_identity(link, outputs, options, learned, validation))
    best = Best()
    if found := checkpoints.load(_arrays(state)):
        state, best = _restored(state, found[0]), msgspec.convert(found[1], Best)
        emit("checkpoint", status="resumed", epochs=best.epochs)
    while best.epochs < options.epochs and best.epochs - best.epoch < options.patience:
        state, best = _epoch(graph, link, options, learned, validation, state, best)
        checkpoints.save(_arrays(state), msgspec.to_builtins(best))
    checkpoints.remove()
    emit("fitted", epochs=best.epochs, best_epoch=best.epoch, validation_loss=best.loss)
    return nnx.merge(graph, state[2])


def _epoch(
    graph: Any,
    link: Link,
    options: Options,
    learned: Rows,
    validation: Rows,
    state: tuple[Any, Any, Any],
    best: Best,
) -> tuple[tuple[Any, Any, Any], Best]:
    """Pass over the rows once; return the next state."""
    number = best.epochs + 1
    parameters, optimizer, chosen = state
    key = jax.random.fold_in(jax.random.key(options.seed), number)
    rng = np.random.default_rng([options.seed, number])
    for step, batch in enumerate(_batches(learned, options.batch_size, rng)):
        parameters, optimizer = _step(
            graph,
            link,
            (options.learning_rate, options.weight_decay),
            parameters,
            optimizer,
            batch,
            jax.random.fold_in(key, step),
        )
    loss = _loss(graph, link, parameters, validation)
    if not math.isfinite(loss):
        raise UserError(
            f"the training diverged in epoch {number}: the validation loss is {loss}; set "
            "train.learning_rate lower"
        )
    better = loss < best.loss
    return (parameters, optimizer, parameters if better else chosen), Best(
        number, number if better else best.epoch, loss if better else best.loss
    )


def _optimizer(learning_rate: Any, weight_decay: Any) -> optax.GradientTransformation:
    return optax.chain(
        optax.clip_by_global_norm(LONGEST_GRADIENT),
        optax.adamw(learning_rate, weight_decay=weight_decay, mask=_decays),
    )


def _decays(parameters: Any) -> Any:
    return jax.tree.map(lambda values: values.ndim > 1, parameters)


# Rates are arguments, so that all trainings of a process share one compiled function.
@partial(jax.jit, static_argnames=("graph", "link"))
def _step(
    graph: Any,
    link: Link,
    rates: tuple[float, float],
    parameters: Any,
    optimizer: Any,
    batch: tuple[jax.Array, jax.Array, jax.Array],
    key: jax.Array,
) -> tuple[Any, Any]:
    """Make one step of the optimizer on a batch: columns, targets, weights."""
    columns, targets, weights = batch

    def loss(parameters: Any) -> jax.Array:
        outputs = nnx.merge(graph, parameters)(columns, key)
        return jnp.mean(weights * losses(link, outputs, targets))

    gradients = jax.grad(loss)(parameters)
    updates, optimizer = _optimizer(*rates).update(gradients, optimizer, parameters)
    return optax.apply_updates(parameters, updates), optimizer


@partial(jax.jit, static_argnames=("graph", "link"))
def _sum(
    graph: Any,
    link: Link,
    parameters: Any,
    batch: tuple[jax.Array, jax.Array, jax.Array],
) -> jax.Array:
    columns, targets, weights = batch
    outputs = nnx.merge(graph, parameters)(columns)
    return jnp.sum(weights * losses(link, outputs, targets))


def _loss(graph: Any, link: Link, parameters: Any, rows: Rows) -> float:
    """Return the mean loss of the rows by weight."""
    total = 0.0
    for start in range(0, len(rows.targets), VALIDATION_BATCH):
        part = rows.part(np.arange(start, min(start + VALIDATION_BATCH, len(rows.targets))))
        # Rows of weight 0 fill the last batch, because each size would be compiled.
        short = VALIDATION_BATCH - len(part.targets)
        batch = (
            np.pad(part.columns, ((0, short), (0, 0))),
            np.pad(part.targets, (0, short)),
            np.pad(part.weights, (0, short)),
        )
        total += float(_sum(graph, link, parameters, batch))
    return total / float(rows.weights.sum(dtype=np.float64))


def _batches(
    rows: Rows, size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield shuffled batches of equal size. The rest is left out; it differs in each epoch."""
    order = rng.permutation(len(rows.targets))
    size = min(size, len(order))
    for start in range(0, len(order) - size + 1, size):
        part = rows.part(order[start : start + size])
        yield part.columns, part.targets, part.weights


def _identity(
    link: Link, outputs: int, options: Options, learned: Rows, validation: Rows
) -> Iterator[object]:
    yield from (link, outputs, options)
    yield from (version(name) for name in LIBRARIES)
    yield from (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in CODE)
    for rows in (learned, validation):
        yield from (rows.columns, rows.targets, rows.weights)


def _arrays(state: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a state by their place in it."""
    return {
        jax.tree_util.keystr(path): np.asarray(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(state)
    }


def _restored(state: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return a state with these arrays in place of its own."""
    return jax.tree_util.tree_map_with_path(
        lambda path, _: jnp.asarray(arrays[jax.tree_util.keystr(path)]), state
    )
