"""The declaration of a data contract."""

from __future__ import annotations

from typing import Any

import pytest

from two_models.contract import DataContract, Field
from two_models.platform.errors import ContractError

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
