"""Strategies that ask for what is unlike everything labelled so far; they read features, not the model."""

import numpy as np

from simulations.strategies.view import FloatArray, IntArray, RoundView, Strategy, Streams

_ROWS = 256


def _coreset(view: RoundView, k: int, streams: Streams) -> IntArray:
    return np.stack([_farthest(view.features[i], view.labelled[i], k) for i in range(view.lanes)])


def _farthest(X: FloatArray, labelled: np.typing.NDArray[np.bool_], k: int) -> IntArray:
    """Greedy k-center: k times take the item farthest from its nearest labelled or chosen one.

    Args:
        X: shape (n, d).
        labelled: shape (n,); with nothing labelled the first centre is the item farthest from the mean.
        k: how many.
    """
    squares = (X**2).sum(axis=1)
    nearest = _nearest_square(X, squares, np.flatnonzero(labelled))
    nearest[labelled] = -np.inf
    chosen = np.empty(k, dtype=np.int64)
    for i in range(k):
        pick = chosen[i] = int(nearest.argmax())
        np.minimum(nearest, squares + squares[pick] - 2.0 * (X @ X[pick]), out=nearest)
        # Also what rounding left a hair from itself, or a duplicate, could otherwise be taken twice.
        nearest[pick] = -np.inf
    return chosen


def _nearest_square(X: FloatArray, squares: FloatArray, centres: IntArray) -> FloatArray:
    """Squared distance of every item to its nearest centre, (n,), in slices that bound the memory."""
    nearest = squares.copy() if not centres.size else np.full(X.shape[0], np.inf)
    for at in range(0, centres.size, _ROWS):
        rows = centres[at : at + _ROWS]
        products = X[rows] @ X.T
        products *= -2.0
        products += squares[rows, None]
        np.minimum(nearest, products.min(axis=0) + squares, out=nearest)
    return nearest


CORESET = Strategy(
    name="coreset",
    family="diversity",
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach (greedy)",
    needs="features",
    summary="Asks for the item farthest from everything labelled, again and again (greedy k-center).",
    choose=_coreset,
)
