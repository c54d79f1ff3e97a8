"""Converters for skl2onnx, for what its own ones refuse or change.

- `OneHotEncoder` whose unseen values share the column of the rare ones
- `SimpleImputer` with columns that say where values were missing, or without columns that it drops
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.operator_converters.common import concatenate_variables
from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer
from skl2onnx.operator_converters.one_hot_encoder import convert_sklearn_one_hot_encoder
from skl2onnx.shape_calculators.imputer import calculate_sklearn_imputer_output_shapes
from skl2onnx.shape_calculators.one_hot_encoder import (
    calculate_sklearn_one_hot_encoder_output_shapes,
)
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder


def register() -> None:
    """Make skl2onnx use these converters, in this process."""
    update_registered_converter(
        OneHotEncoder, "SklearnOneHotEncoder", _one_hot_shape, _convert_one_hot
    )
    update_registered_converter(
        SimpleImputer, "SklearnSimpleImputer", _imputer_shape, _convert_imputer
    )


def _frequent(encoder: OneHotEncoder) -> list[tuple[list[str], bool]]:
    """Return the values of each input with a column of their own, and whether others share one."""
    found = []
    for values, rare in zip(encoder.categories_, encoder.infrequent_categories_, strict=True):
        others = set() if rare is None else set(rare)
        found.append(([value for value in values if value not in others], rare is not None))
    return found


def _shares_columns(operator: Any) -> bool:
    """Whether rare and unseen strings share columns, one input per string."""
    return operator.raw_operator.handle_unknown == "infrequent_if_exist" and all(
        isinstance(item.type, StringTensorType) and item.type.shape[1] == 1
        for item in operator.inputs
    )


def _one_hot_shape(operator: Any) -> None:
    calculate_sklearn_one_hot_encoder_output_shapes(operator)
    if _shares_columns(operator):
        width = sum(len(values) + shared for values, shared in _frequent(operator.raw_operator))
        operator.outputs[0].type = FloatTensorType([None, width])


def _convert_one_hot(scope: Any, operator: Any, container: Any) -> None:
    encoder = operator.raw_operator
    if not _shares_columns(operator):
        if encoder.handle_unknown not in ("ignore", "error"):
            raise NotImplementedError(f"handle_unknown='{encoder.handle_unknown}'")
        return convert_sklearn_one_hot_encoder(scope, operator, container)
    if encoder.drop is not None:
        raise NotImplementedError("drop of OneHotEncoder with rare values that share a column")
    columns = []
    for item, (values, shared) in zip(operator.inputs, _frequent(encoder), strict=True):
        columns.append(scope.get_unique_variable_name("columns"))
        name = item.full_name
        known: dict[str, list[Any]] = {"cats_strings": [value.encode() for value in values]}
        if shared:
            name = scope.get_unique_variable_name("index")
            container.add_node(
                "LabelEncoder",
                [item.full_name],
                [name],
                op_domain="ai.onnx.ml",
                op_version=2,
                name=scope.get_unique_operator_name("LabelEncoder"),
                keys_strings=values,
                values_int64s=list(range(len(values))),
                default_int64=len(values),
            )
            known = {"cats_int64s": list(range(len(values) + 1))}
        container.add_node(
            "OneHotEncoder",
            [name],
            [columns[-1]],
            op_domain="ai.onnx.ml",
            name=scope.get_unique_operator_name("OneHotEncoder"),
            zeros=1,
            **known,
        )
    joined, shape = (scope.get_unique_variable_name(name) for name in ("joined", "shape"))
    container.add_node(
        "Concat", columns, [joined], axis=2, name=scope.get_unique_operator_name("Concat")
    )
    width = operator.outputs[0].type.shape[1]
    container.add_initializer(shape, TensorProto.INT64, [2], [-1, width])
    container.add_node(
        "Reshape",
        [joined, shape],
        [operator.outputs[0].full_name],
        name=scope.get_unique_operator_name("Reshape"),
    )


def _is_plain(imputer: SimpleImputer) -> bool:
    """Whether the output has the columns of the input."""
    statistics = np.asarray(imputer.statistics_, dtype=object)
    return imputer.indicator_ is None and not any(value != value for value in statistics)


def _imputer_shape(operator: Any) -> None:
    calculate_sklearn_imputer_output_shapes(operator)
    imputer = operator.raw_operator
    if not _is_plain(imputer):
        width = len(imputer.get_feature_names_out())
        operator.outputs[0].type = FloatTensorType([None, width])


def _convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    imputer = operator.raw_operator
    if _is_plain(imputer):
        return convert_sklearn_imputer(scope, operator, container)
    if not np.isnan(imputer.missing_values):
        raise NotImplementedError("add_indicator of SimpleImputer with a missing value but NaN")
    source = concatenate_variables(scope, operator.inputs, container, FloatTensorType)
    statistics = imputer.statistics_.astype(np.float32)
    filled = scope.get_unique_variable_name("filled")
    container.add_node(
        "Imputer",
        [source],
        [filled],
        op_domain="ai.onnx.ml",
        name=scope.get_unique_operator_name("Imputer"),
        imputed_value_floats=np.nan_to_num(statistics),
        replaced_value_float=float("nan"),
    )
    kept = np.arange(len(statistics))
    if not imputer.keep_empty_features:
        kept = kept[~np.isnan(statistics)]
    parts = [_gather(scope, container, filled, kept)]
    if imputer.indicator_ is not None:
        missing, flags = (scope.get_unique_variable_name(name) for name in ("missing", "flags"))
        watched = _gather(scope, container, source, imputer.indicator_.features_)
        container.add_node(
            "IsNaN", [watched], [missing], name=scope.get_unique_operator_name("IsNaN")
        )
        container.add_node(
            "Cast",
            [missing],
            [flags],
            to=TensorProto.FLOAT,
            name=scope.get_unique_operator_name("Cast"),
        )
        parts.append(flags)
    container.add_node(
        "Concat",
        parts,
        [operator.outputs[0].full_name],
        axis=1,
        name=scope.get_unique_operator_name("Concat"),
    )


def _gather(scope: Any, container: Any, source: str, columns: np.ndarray) -> str:
    """Add a node that takes columns, and return its output."""
    index, found = (scope.get_unique_variable_name(name) for name in ("index", "taken"))
    container.add_initializer(index, TensorProto.INT64, [len(columns)], columns.tolist())
    container.add_node(
        "Gather",
        [source, index],
        [found],
        axis=1,
        name=scope.get_unique_operator_name("Gather"),
    )
    return found
