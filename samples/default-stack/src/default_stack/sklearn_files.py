"""Model files of scikit-learn, in the format of skops: data that runs no code when it is loaded.

A file names the types that it restores. skops restores some of them by default; this module adds
what the fitted estimators of scikit-learn contain, and refuses the rest. A rule by package alone
would not be safe: restoring some classes of NumPy and SciPy deletes a folder or runs text of the
file. So the rule depends on how the file uses a type:

- as an object: any class below `_CLASSES`, except in the parts that match `_CLOSED`
- as a function: only functions that compute with arrays and nothing else. skops itself trusts the
  universal functions of NumPy, such as `numpy.log1p`.
"""

from __future__ import annotations

import importlib
import io
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

from .platform.errors import UserError
from .platform.strict_json import dumps

_SCHEMA = "schema.json"
_CLASSES = ("sklearn.", "scipy.interpolate.", "scipy.sparse.", "scipy.spatial.")
# Tests, downloads, builds, servers: no fitted estimator contains their classes.
_CLOSED = re.compile(
    r"\.(_build_utils|_test_common|_testing|callback|conftest|datasets|estimator_checks|externals"
    r"|tests)\."
)
# How a file restores an object without a call of its constructor with values of the file.
_OBJECTS = frozenset({"DictNode", "ObjectNode", "SparseMatrixNode", "TreeNode", "TupleNode"})
_FUNCTION_MODULES = (
    "sklearn.cluster._kmeans.",
    "sklearn.feature_selection._mutual_info.",
    "sklearn.feature_selection._univariate_selection.",
    "sklearn.metrics._classification.",
    "sklearn.metrics._ranking.",
    "sklearn.metrics._regression.",
    "sklearn.metrics.pairwise.",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
)
_NUMPY_FUNCTIONS = frozenset(
    {
        "clip",
        "cumsum",
        "diff",
        "flip",
        "max",
        "mean",
        "median",
        "min",
        "nan_to_num",
        "ravel",
        "reshape",
        "round",
        "std",
        "sum",
        "where",
    }
)


def save(estimator: Any, path: Path, trusted: Collection[str] = ()) -> None:
    """Write an estimator; equal estimators give equal files.

    Raises UserError if `load` would refuse the file.
    """
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        content = skops.io.dumps(estimator)
    except (TypeError, UnsupportedTypeException) as error:
        raise UserError(f"skops cannot save {type(estimator).__name__}: {error}") from error
    path.write_bytes(_reproducible(content))
    _check(path, trusted)


def load(path: Path, trusted: Collection[str] = ()) -> Any:
    """Load an estimator that `save` wrote; `trusted` holds further types.

    Raises UserError, which names each type that is not trusted, and ValueError for a tree whose
    nodes are not a tree.
    """
    import skops.io

    estimator = skops.io.load(path, trusted=_check(path, trusted))
    for tree in _trees(estimator):
        _check_tree(tree)
    return estimator


def _reproducible(content: bytes) -> bytes:
    """Return a file of skops without what differs in each process.

    skops numbers objects by their address in memory, names the files of arrays after these numbers
    or at random, and stores the time. Here, objects and files are numbered in the order of the
    schema, and each file has the time that ZipInfo has by default.
    """
    ids: dict[int, int] = {}
    names: dict[str, str] = {}

    def renumber(state: Any) -> Any:
        if isinstance(state, list):
            return [renumber(item) for item in state]
        if not isinstance(state, dict):
            return state
        if "__loader__" in state:
            if "__id__" in state:
                state = {**state, "__id__": ids.setdefault(state["__id__"], len(ids) + 1)}
            if isinstance(state.get("file"), str):
                name = f"{len(names) + 1}{Path(state['file']).suffix}"
                state = {**state, "file": names.setdefault(state["file"], name)}
        return {key: renumber(value) for key, value in state.items()}

    written = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(written, "w") as target:
        schema = renumber(json.loads(source.read(_SCHEMA)))
        for old, new in names.items():
            target.writestr(ZipInfo(new), source.read(old))
        target.writestr(ZipInfo(_SCHEMA), dumps(schema, indent=2))
    return written.getvalue()


def _check(path: Path, trusted: Collection[str]) -> list[str]:
    """Return the types of a file that skops does not trust by default, if all of them are known."""
    import skops.io

    found = skops.io.get_untrusted_types(file=path)
    with ZipFile(path) as file:
        uses = list(_uses(json.loads(file.read(_SCHEMA))))
    refused = [
        name
        for name in found
        if name not in trusted and not _is_known(name, {how for used, how in uses if used == name})
    ]
    if any("<" in name for name in refused):
        raise UserError(
            f"{path.name} would contain a lambda or a local function, which cannot be saved: "
            "define the function at the top level of a module"
        )
    if refused:
        entries = ", ".join(f'"{name}"' for name in [*trusted, *refused])
        raise UserError(
            f"{path.name} contains {' and '.join(refused)}, which is not trusted; if restoring it "
            f"is safe, write this line in model.py: TRUSTED = ({entries},)"
        )
    return found


def _uses(state: Any) -> Iterator[tuple[str, str]]:
    """Yield each type in the schema of a file, with the name of the code that restores it.

    The whole schema is read, also what skops would skip, so no use of a type is missed.
    """
    if isinstance(state, dict):
        if "__loader__" in state:
            yield f"{state.get('__module__')}.{state.get('__class__')}", state["__loader__"]
        state = list(state.values())
    if isinstance(state, list):
        for item in state:
            yield from _uses(item)


def _is_known(name: str, uses: set[str]) -> bool:
    """Return whether each use of a type in a file is safe. A name without a use is a method."""
    if uses == {"DTypeNode"}:
        return name == "numpy.dtype"
    if uses == {"FunctionNode"}:
        numpy = name.removeprefix("numpy.") if name.startswith("numpy.") else ""
        return numpy in _NUMPY_FUNCTIONS or name.startswith(_FUNCTION_MODULES)
    if not uses or not uses <= _OBJECTS or not name.startswith(_CLASSES) or _CLOSED.search(name):
        return False
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        return False
    # A module can import a class of another package, and `__del__` runs although nothing calls it.
    return (
        isinstance(found, type)
        and f"{found.__module__}.".startswith(_CLASSES)
        and not hasattr(found, "__del__")
        and ("DictNode" not in uses or issubclass(found, dict))
        and ("TupleNode" not in uses or issubclass(found, tuple))
    )


def _trees(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield each tree within an estimator: objects with the nodes of one tree."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, (str, bytes, int, float, type(None))):
        return
    seen.add(id(value))
    if hasattr(value, "children_left") or hasattr(value, "get_n_leaf_nodes"):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _trees(item, seen)
    elif isinstance(value, (list, tuple)) or (
        isinstance(value, np.ndarray) and value.dtype == object
    ):
        for item in np.ravel(value) if isinstance(value, np.ndarray) else value:
            yield from _trees(item, seen)
    elif hasattr(value, "__dict__"):
        yield from _trees(vars(value), seen)


def _check_tree(tree: Any) -> None:
    """Check the nodes of a tree, because scikit-learn follows their indices without a check.

    Each child comes after its node and within the tree, so that scoring a row ends.
    """
    if hasattr(tree, "children_left"):
        left, right = tree.children_left, tree.children_right
        feature, features = tree.feature, tree.n_features
        inner = left != -1
    else:
        nodes = tree.nodes
        left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
        feature, features = nodes["feature_idx"], np.inf
        inner = nodes["is_leaf"] == 0
    index = np.arange(len(left))[inner]
    children = np.stack([left[inner], right[inner]])
    if (
        len(left) == 0
        or (children <= index).any()
        or (children >= len(left)).any()
        or (feature[inner] < 0).any()
        or (feature[inner] >= features).any()
    ):
        raise ValueError("the nodes of a tree in the file are not a tree")
