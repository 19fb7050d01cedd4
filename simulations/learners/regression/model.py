"""A trained regressor as the loop sees it: its score on held-out items, and what it and its members predict.

Notation
    n, m     labelled items, items asked about
    d, M     features, members of a model
    y        (n,) answers, standardised where a docstring says so
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulations.arrays import Features, FloatArray, IntArray
from simulations.errors import InputError
from simulations.strategies.view import Values
from simulations.tasks.task import TaskData

# Who knows what is labelled is the loop, which fills this in.
_NOTHING_KNOWN = np.empty((1, 0))


class Trained(Protocol):
    """What was learned, in the unit of standardised answers."""

    def predicted(self, X: Features) -> FloatArray:
        """Predict for items (m, d): (m,)."""

    def members(self, X: Features) -> FloatArray:
        """Predict for items (m, d) by each member: (M, m)."""


class Constant:
    """What labels that are all alike teach: their number, and no doubt about it."""

    def predicted(self, X: Features) -> FloatArray:
        """Predict the mean of the answers, which is 0 once they are standardised, (m,)."""
        return np.zeros(len(X))

    def members(self, X: Features) -> FloatArray:
        """Give two members who say the same, (2, m)."""
        return np.zeros((2, len(X)))


@dataclass(frozen=True)
class Unit:
    """The unit of the labelled answers, so that penalties and tolerances mean the same in any.

    Args:
        mean: of the labelled answers.
        deviation: of the labelled answers, above 0; 1 where they are all alike.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, answers: FloatArray) -> "Unit":
        """The unit of answers (n,)."""
        # The number itself: a mean of many copies would be a rounding away from it.
        alike = np.ptp(answers) == 0
        return cls(float(answers[0] if alike else answers.mean()), 1.0 if alike else float(answers.std()))

    def standardised(self, answers: FloatArray) -> FloatArray:
        """Answers in this unit, of the same shape."""
        return (answers - self.mean) / self.deviation

    def restored(self, values: FloatArray) -> FloatArray:
        """What is in this unit in that of the data set, of the same shape."""
        return self.mean + self.deviation * values


class RegressionModel:
    """See `simulations.tasks.task.TaskModel`; it serves `values`.

    Args:
        data: the data set.
        unit: of the labelled answers.
        trained: what was learned.
        converged: whether training met its stopping rule.
    """

    def __init__(self, data: TaskData, unit: Unit, trained: Trained, converged: bool) -> None:
        self.converged = converged
        self._data = data
        self._unit = unit
        self._trained = trained

    def evaluate(self, rows: IntArray) -> Mapping[str, float]:
        """Score the model on held-out items (m,): `r2`, 0 where it does no better than their mean.

        Raises:
            InputError: their answers are all alike, so that there is nothing to explain.
        """
        truth = answers_of(self._data, rows)
        if np.ptp(truth) == 0:
            raise InputError(
                f"held-out answers: all {truth.size} are {truth[0]:g}, so that r2 is not defined; hold more items out"
            )
        predicted = self._unit.restored(self._trained.predicted(self._data.features[rows]))
        return {"r2": explained(truth, predicted)}

    def values(self, rows: IntArray) -> Values:
        """Predict for items (m,): one lane, in the unit of the data set."""
        X = self._data.features[rows]
        predicted, members = self._trained.predicted(X), self._trained.members(X)
        return Values(self._unit.restored(predicted)[None], self._unit.restored(members)[None], _NOTHING_KNOWN)


def answers_of(data: TaskData, rows: IntArray) -> FloatArray:
    """Read the answers to items (n,) as numbers, (n,)."""
    return np.array([data.answers[row] for row in rows], dtype=np.float64)


def explained(truth: FloatArray, predicted: FloatArray) -> float:
    """Share of the variance explained, 1 − Σ(y − ŷ)² / Σ(y − ȳ)², never below 0.

    Args:
        truth: shape (m,), not all alike.
        predicted: shape (m,).

    Examples:
        >>> explained(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
        0.5
    """
    return max(0.0, float(1.0 - ((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()))
