"""Regression data sets from tables: a matrix and a column of numbers, scikit-learn's diabetes, chess endings.

Notation
    N, d     items, features
    X, y     (N, d) features as they are given, (N,) answers
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.datasets.dataset import DatasetEntry, Scaling, check_extent
from simulations.datasets.tables import read_table
from simulations.errors import InputError
from simulations.tasks.task import TaskData

TASK = "regression"

FEWEST_HELD_OUT = 10
"""The variance of fewer answers is chance, and so would be the share of it that is explained."""

FEWEST_IN_POOL = 10

_DIABETES_ITEMS, _ENDINGS_ITEMS = 442, 25_260
_DRAW = "draw"
_NUMBERS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"),
    *("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
]


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


def load_diabetes(*, test_size: int) -> TaskData:
    """Load the diabetes data, which come with scikit-learn.

    Raises:
        InputError: the test set would leave no pool.
    """
    from sklearn import datasets

    checked_held_out("diabetes", test_size, _DIABETES_ITEMS)
    # As measured: scikit-learn's own scaling makes columns of length 1, and would only be undone.
    data = datasets.load_diabetes(scaled=False)
    return numeric_data("diabetes", data.data, data.target, test_size)


DIABETES = DatasetEntry(
    name="diabetes",
    family="scikit-learn",
    paper="Efron, Hastie, Johnstone & Tibshirani 2004, Least angle regression",
    needs="nothing",
    summary="442 patients by 10 measurements; a number for the progress of their diabetes a year on, very noisy.",
    kind="tabular",
    defaults={"test_size": 142},
    size=lambda settings: (_DIABETES_ITEMS, int(settings["test_size"]), 1),
    load=load_diabetes,
    features=lambda settings: 10,
    licence="as given with scikit-learn (BSD 3-clause), from Efron et al. 2004",
    task=TASK,
)


def load_endings(*, test_size: int) -> TaskData:
    """Load the endings that are won, with the number of moves white needs.

    Raises:
        InputError: the test set would leave no pool.
    """
    checked_held_out("endings", test_size, _ENDINGS_ITEMS)
    features, labels, names = read_table("kr-vs-k")
    # A draw has no number of moves.
    won = labels != names.index(_DRAW)
    moves = np.array([_NUMBERS.index(name) if name != _DRAW else -1 for name in names], dtype=np.float64)
    return numeric_data("endings", features[won], moves[labels[won]], test_size, scaling="global")


ENDINGS = DatasetEntry(
    name="endings",
    family="UCI",
    paper="Bain 1994, Learning logical exceptions in chess (thesis, University of Strathclyde)",
    needs="nothing",
    summary="25,260 won chess endings as 40 indicators of where the pieces stand; moves until mate, free of noise.",
    kind="tabular",
    defaults={"test_size": 5000},
    size=lambda settings: (_ENDINGS_ITEMS, int(settings["test_size"]), 1),
    load=load_endings,
    features=lambda settings: 40,
    licence="CC BY 4.0 (UCI, Chess (King-Rook vs. King), M. Bain & A. van Hoff 1994)",
    task=TASK,
)
