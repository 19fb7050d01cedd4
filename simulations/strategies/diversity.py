"""Strategies that ask for what is unlike everything labelled so far; they read features, not the model.

Cost for a pool of n items with d features: n d to begin with, then d for each pair of an item and a labelled or chosen
one that has to be looked at: all n k d in the worst case, in practice a hundredth of it.
"""

import numpy as np

from simulations import jit
from simulations.arrays import BoolArray, IntArray, RealArray
from simulations.strategies.shared import located
from simulations.strategies.structure import rows_within, squares_of
from simulations.strategies.view import RoundView, Strategy, Streams, frozen

_CHUNK = 64


def _coreset(view: RoundView, k: int, streams: Streams) -> IntArray:
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, labelled in enumerate(view.labelled):
        X, items = located(view, i)
        chosen[i] = farthest(X, labelled, k, items)
    return chosen


def farthest(X: RealArray, labelled: BoolArray, k: int, items: IntArray | None = None) -> IntArray:
    """Greedy k-center: k times take the item farthest from its nearest labelled or chosen one.

    Lazy and exact: an item's distance is brought up to date only when what is known of it makes it the farthest. Ties
    go to the lowest row, also once everything left coincides with a centre.

    Args:
        X: shape (n, d), or more rows where `items` names n of them.
        labelled: shape (n,); with nothing labelled the first pick is the item farthest from the origin.
        k: how many, at most what is unlabelled.
        items: shape (n,), the rows of X that are the pool; all of them, in order, when None.

    Returns:
        Row numbers, shape (k,).
    """
    # Frozen whatever it was, since compiled loops are compiled for arrays of one kind.
    X, items = frozen(np.ascontiguousarray(X)), np.arange(labelled.size) if items is None else items
    centres = np.flatnonzero(labelled)
    first = np.empty(0, dtype=np.int64)
    if not centres.size:
        first = np.array([squares_of(X)[items].argmax()])
        centres = first.copy()
    # What lies nearest the origin is nearest to most, so that looking there first saves most looks at the rest.
    nearest = int(squares_of(X[items[centres]]).argmin())
    centres[[0, nearest]] = centres[[nearest, 0]]
    left = ~labelled
    left[first] = False
    if first.size == k:
        return first
    if jit.available():
        from simulations.strategies.kernels import kcenter

        return np.concatenate([first, kcenter.farthest(X, frozen(items), left, centres, k - first.size)])
    return np.concatenate([first, _farthest(X[items], left, centres, k - first.size)])


def _farthest(X: RealArray, left: BoolArray, centres: IntArray, k: int) -> IntArray:
    """The plain fallback of `kernels.kcenter.farthest`."""
    m = centres.size
    reached = np.concatenate([X[centres], np.empty((k, X.shape[1]), X.dtype)])
    # What each item is known to be no farther than, and to how many of the centres that is exact.
    bound, seen = _to_one(X, reached[0]), np.ones(X.shape[0], dtype=np.int64)
    bound[~left] = -np.inf
    for i in range(m, m + k):
        pick = int(bound.argmax())
        while seen[pick] < i:
            at = seen[pick]
            seen[pick] = to = min(at + _CHUNK, i)
            # From differences, so that what is alike is at distance 0 exactly.
            bound[pick] = min(bound[pick], squares_of(reached[at:to] - X[pick]).min())
            pick = int(bound.argmax())
        centres = np.append(centres, pick)
        reached[i] = X[pick]
        bound[pick] = -np.inf
    return centres[m:]


def _to_one(X: RealArray, centre: RealArray) -> RealArray:
    """Squared distance of every row to one point, (n,), in pieces."""
    step = rows_within(X.shape[1], 1_000_000)
    return np.concatenate([squares_of(X[at : at + step] - centre) for at in range(0, X.shape[0], step)])


CORESET = Strategy(
    name="coreset",
    family="diversity",
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach (greedy)",
    needs=frozenset({"features"}),
    summary="Asks for the item farthest from everything labelled, again and again (greedy k-center).",
    choose=_coreset,
    sequence=True,
)
