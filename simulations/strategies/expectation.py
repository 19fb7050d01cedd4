"""Strategies that ask where a label would move the model most, whichever answer comes.

Cost for a pool of n items with d features and C classes: n d once for the lengths of the features, n C² for each round.
"""

import numpy as np

from simulations.array_cache import ArrayCache
from simulations.arrays import RealArray
from simulations.strategies.shared import measured
from simulations.strategies.structure import squares_of
from simulations.strategies.top_k import choose_lowest
from simulations.strategies.view import RoundView, Strategy

_SQUARES = ArrayCache(squares_of)


def _score(view: RoundView) -> RealArray:
    # In float64: by rounding, a sure model would find all items alike.
    lengths = np.stack([np.sqrt(1.0 + _SQUARES(X).astype(np.float64)) for X in view.features])
    return np.asarray(-measured(view, expected_lengths) * lengths)


def expected_lengths(probabilities: RealArray) -> RealArray:
    """Expected length of the loss gradient by the scores, Σ_y p_y |p − e_y|, (..., C) to (...) in float64.

    Times the length of the features with a constant beside them, it is the expected gradient length of a linear head
    (Settles, Craven & Ray 2007, section 3.1): the gradient for answer y is (p − e_y) ⊗ (h, 1), with e_y one-hot.

    Examples:
        >>> float(expected_lengths(np.array([[0.5, 0.5]]))[0].round(6))
        0.707107
    """
    classes = probabilities.shape[-1]
    squares = np.zeros(probabilities.shape[:-1])
    for c in range(classes):
        squares += probabilities[..., c].astype(np.float64) ** 2
    total = np.zeros_like(squares)
    for c in range(classes):
        p = probabilities[..., c].astype(np.float64)
        # |p − e_y|² = Σ p² − 2 p_y + 1; rounding may leave a sure answer a hair below zero.
        total += p * np.sqrt(np.maximum(squares - 2.0 * p + 1.0, 0.0))
    return total


EGL = Strategy(
    name="egl",
    family="expected change",
    paper="Settles, Craven & Ray 2007, Multiple-instance active learning (expected gradient length)",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the answer, weighed by what the model expects, would change it most; on images often a loser.",
    choose=choose_lowest(_score),
)
