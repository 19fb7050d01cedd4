"""Data sets whose answers are numbers."""

from simulations.datasets.regression.friedman import FRIEDMAN
from simulations.datasets.regression.own import FILE_REGRESSION
from simulations.datasets.regression.tables import DIABETES, ENDINGS

__all__ = ["REGRESSION"]

REGRESSION = (DIABETES, ENDINGS, FRIEDMAN, FILE_REGRESSION)
"""In the order of the registry."""
