"""Outputs of predictions: the model of the JSON object of a row, for the documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..tasks import Output


def prediction_model(title: str, outputs: tuple[Output, ...]) -> type[BaseModel]:
    """Return the pydantic model of a prediction; `title` starts its name."""
    fields: dict[str, Any] = {
        output.name: (_type(title, output), Field(description=output.description))
        for output in outputs
    }
    config = ConfigDict(protected_namespaces=())
    return create_model(f"{title}Prediction", __config__=config, **fields)


def _type(title: str, output: Output) -> Any:
    value: Any = str if output.kind == "string" else float
    if output.kind == "float" and (output.min is not None or output.max is not None):
        value = Annotated[float, Field(ge=output.min, le=output.max)]
    if output.size is None:
        return Literal[output.names] if output.names else value
    # A class can have any name, so the attributes are numbered.
    fields: dict[str, Any] = {
        f"value_{number}": (value, Field(alias=name, title=name))
        for number, name in enumerate(output.names)
    }
    return create_model(f"{title}{output.name.capitalize()}", **fields)
