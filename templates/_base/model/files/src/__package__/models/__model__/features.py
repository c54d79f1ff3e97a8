"""Convert rows to model inputs. Transformations that are fitted to data belong in the model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .contract import CONTRACT


def matrix(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs in the order of the contract: float32 numbers, str categories.

    Numbers are converted to float32 here, so that training and serving use equal values.
    """
    columns = {
        field.name: (
            frame[field.name].astype(str).astype(object)
            if field.is_category
            else frame[field.name].astype(np.float32)
        )
        for field in CONTRACT.fields
    }
    return pd.DataFrame(columns, index=frame.index)
