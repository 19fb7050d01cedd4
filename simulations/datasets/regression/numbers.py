"""From a matrix and a column of numbers to a data set of regression, checked once for all of them.

Notation
    N, d     items, features
    X, y     (N, d) features as they are given, (N,) answers
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.datasets.dataset import Scaling, check_extent
from simulations.errors import InputError
from simulations.tasks.task import TaskData

TASK = "regression"

FEWEST_HELD_OUT = 10
"""The variance of fewer answers is chance, and so would be the share of it that is explained."""

FEWEST_IN_POOL = 10


def numeric_data(
    called: str,
    X: npt.NDArray[np.floating[Any]],
    y: npt.NDArray[np.floating[Any]],
    test_size: int,
    *,
    kind: str = "tabular",
    scaling: Scaling = "feature",
) -> TaskData:
    """Lay out a data set of regression.

    Args:
        called: its name, for messages.
        X: shape (N, d), finite.
        y: shape (N,), finite, at least two different numbers, in any unit.
        test_size: items held out of every pool.
        kind: what the features were made from.
        scaling: see `simulations.datasets.dataset.Dataset`.

    Raises:
        InputError: an answer is not finite, all are alike, or the test set leaves no pool.
    """
    check_extent(X.shape[0], X.shape[1], called)
    checked_held_out(called, test_size, len(y))
    answers = np.asarray(y, dtype=np.float64)
    bad = ~np.isfinite(answers)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(f"{called}, answers, row {row + 1}: found {answers[row]}; allowed: a finite number")
    if np.ptp(answers) == 0:
        raise InputError(f"{called}, answers: all are {answers[0]:g}; at least two different are needed")
    features = scaled(X, scaling)
    ones = np.ones(len(answers), np.int64)
    return TaskData(TASK, kind, tuple(features), tuple(answers.tolist()), features, ones, 1, test_size)


def scaled(X: npt.NDArray[np.floating[Any]], scaling: Scaling) -> npt.NDArray[np.float32]:
    """Centre columns and divide each by its own deviation, or all by one; a constant column becomes zeros."""
    spread = np.ptp(X, axis=0)
    # In units of each column's range, so that no square of a large number is ever taken.
    centred = (X - X.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1.0)
    centred[:, spread == 0] = 0.0
    deviation = centred.std(axis=0)
    if scaling == "global":
        own = deviation * spread
        deviation = np.sqrt((own[spread > 0] ** 2).mean()) / np.where(spread > 0, spread, 1.0)
    laid_out: npt.NDArray[np.float32] = (centred / np.where(spread > 0, deviation, 1.0)).astype(np.float32)
    return laid_out


def checked_held_out(called: str, test_size: int, items: int) -> int:
    """Give the number of held-out items back when it leaves a pool and is enough to measure by.

    Raises:
        InputError: it does not.
    """
    if items < FEWEST_HELD_OUT + FEWEST_IN_POOL:
        raise InputError(
            f"{called}: has {items} items; allowed: at least {FEWEST_HELD_OUT + FEWEST_IN_POOL}, half of them held out"
        )
    if not FEWEST_HELD_OUT <= test_size <= items - FEWEST_IN_POOL:
        raise InputError(
            f"{called}, test_size: found {test_size}; allowed: {FEWEST_HELD_OUT} to {items - FEWEST_IN_POOL}"
        )
    return test_size
