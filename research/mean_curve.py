"""Reading a mean curve, linear in the logarithm of labels: its value at a count, and the count of a value.

Notation:
    mean    value by label count, ascending and never falling: a running best of the mean over seeds
    n       label counts
"""

import numpy as np
import pandas as pd

from planner.forecasting.forecast import first_passage
from simulations.arrays import Floats

__all__ = ["labels_of", "value_of"]


def value_of(mean: "pd.Series[float]", labels: float) -> float:
    """Read the value at a label count, held beyond either end."""
    counts, values = _read(mean)
    return float(np.interp(np.log(labels), counts, values))


def labels_of(mean: "pd.Series[float]", value: float) -> float:
    """Read the labels at which a value is first reached; inf where it never is."""
    counts, values = _read(mean)
    return float(np.exp(first_passage(values[None], counts, value)[0]))


def _read(mean: "pd.Series[float]") -> tuple[Floats, Floats]:
    """Give ln(labels) and the values, (n,) each."""
    return np.log(np.asarray(mean.index, dtype=np.float64)), np.asarray(mean, dtype=np.float64)
