"""The declaration of a data contract."""

from __future__ import annotations

from typing import Any

import pytest

from smallest_stack.contract import DataContract, Field
from smallest_stack.platform.errors import ContractError

AGE = Field("age", "int", min=0, max=120)


def contract(**changes: Any) -> DataContract:
    """Return a valid contract with changes."""
    return DataContract(**{"model": "churn", "target": "churned", "fields": (AGE,), **changes})


def test_a_contract_needs_a_target_and_inputs_only() -> None:
    made = contract()
    assert made.names == ("age",)
    assert made.keys == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fields": (Field("wind gust (km/h)", "float"),)}, "write 'wind_gust_km_h' instead"),
        ({"fields": (Field("2nd.floor", "float"),)}, "add 'n_2nd_floor': '2nd.floor'"),
        ({"fields": (Field("größe", "float"),)}, "source_names"),
        ({"fields": (Field("class", "float"),)}, "write 'class_' instead"),
        ({"target": "churn?"}, "add 'churn': 'churn\\?'"),
        ({"fields": (Field("prediction", "float"),)}, "reserved"),
        ({"fields": (AGE, AGE)}, "declared 2 times"),
        ({"fields": (AGE, Field("churned", "float"))}, "declared 2 times"),
        ({"fields": ()}, "at least one input"),
        ({"source_names": {"ages": "Age"}}, "no column of this contract"),
        ({"label_time": "known_at"}, "label_time needs time"),
        ({"classes": ("yes",)}, "two or more"),
        ({"classes": (1, "1")}, "two or more different"),
        ({"slices": ("age",)}, "no input of the kind category"),
        ({"fields": (Field("age", "int", min=5, max=1),)}, "min 5 is above max 1"),
        ({"fields": (Field("plan", "category", categories=("a", "a")),)}, "a value twice"),
        ({"fields": (Field("plan", "category", categories=("",)),)}, "counts as missing"),
        ({"fields": (Field("plan", "category", categories=(1,)),)}, "must be strings"),  # type: ignore[arg-type]
        ({"fields": (Field("age", "float", format="%Y"),)}, "datetime only"),
        ({"fields": (Field("day", "datetime", format="DD/MM/YYYY"),)}, "format of strptime"),
        ({"time_format": "DD/MM/YYYY"}, "format of strptime"),
        ({"source_names": {"age": "churned"}}, "is another column of this contract"),
        ({"fields": (Field("note", "text", min=1),)}, "float and int only"),
    ],
)
def test_an_invalid_contract_names_the_fix(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        contract(**changes)


def test_all_problems_of_a_contract_are_reported_at_once() -> None:
    with pytest.raises(ContractError) as caught:
        contract(target="a b", fields=(Field("c d", "float"), Field("e", "int", min=2, max=1)))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("models/churn/contract.py: ") for line in lines)


NUMBER = Field("x", "float")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"fields": NUMBER}, "fields must be a tuple, found Field: a tuple of one value ends with"),
        ({"fields": ("x",)}, "fields has 'x', which is no Field"),
        ({"protected": NUMBER}, "protected must be a tuple, found Field"),
        ({"slices": "c"}, "slices must be a tuple, found str"),
        ({"classes": "yes"}, "classes must be a tuple, found str"),
        ({"classes": None}, "classes must be a tuple, found NoneType"),
        ({"target": None}, "target must be text, found None"),
        ({"entity": ["a", "b"]}, "entity must be text or None, found ['a', 'b']"),
        ({"source_names": ["a"]}, "source_names must map names to columns of the source"),
        ({"source_names": {"x": None}}, "source_names must map names to columns of the source"),
        ({"fields": (Field(5, "float"),)}, "field 5: the name must be text"),  # type: ignore[arg-type]
        (
            {"fields": (Field("c", "category", categories=("basic")),)},  # type: ignore[arg-type]
            "field 'c': categories must be a tuple, found str",
        ),
        (
            {"fields": (Field("x", "float", min="0"),)},  # type: ignore[arg-type]
            "field 'x': min must be a number or None, found '0'",
        ),
        (
            {"fields": (Field("x", "float", max=float("nan")),)},
            "field 'x': max must be a number or None, found nan",
        ),
        (
            {"fields": (Field("x", "float", nullable="no"),)},  # type: ignore[arg-type]
            "field 'x': nullable must be True or False, found 'no'",
        ),
        (
            {"fields": (Field("x", "datetime", format=5),)},  # type: ignore[arg-type]
            "field 'x': format must be text or None, found 5",
        ),
    ],
)
def test_a_value_of_another_type_is_named(changed: dict[str, Any], problem: str) -> None:
    given: dict[str, Any] = {"model": "m", "target": "y", "fields": (NUMBER,), **changed}
    with pytest.raises(ContractError) as error:
        DataContract(**given)
    assert str(error.value).startswith(f"models/m/contract.py: {problem}")
