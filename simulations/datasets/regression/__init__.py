"""Data sets whose answers are numbers."""

from simulations.datasets.regression.diabetes import DIABETES
from simulations.datasets.regression.endings import ENDINGS
from simulations.datasets.regression.friedman import FRIEDMAN
from simulations.datasets.regression.own import FILE_REGRESSION

__all__ = ["REGRESSION"]

REGRESSION = (DIABETES, ENDINGS, FRIEDMAN, FILE_REGRESSION)
"""In the order of the registry."""
