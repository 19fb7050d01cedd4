"""Neighbours within a pool, and a cache for what no round of a pool changes.

A cached value is a pure function of the features, so that finding it again can only save time.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np

from simulations.array_cache import ArrayCache
from simulations.arrays import Ints, Reals
from simulations.strategies.shared import locate_pool
from simulations.strategies.view import RoundView
from simulations.threads import one_blas_thread

Array = np.typing.NDArray[Any]

TILE_NUMBERS = 8_000_000
"""Numbers in the largest piece of a pool × pool matrix held at once: 32 MB in float32."""

MOST_COMPARED = 100_000
"""Items in the largest pool of which all pairs are compared.

On one core 20,000 × 384 take 7 s for the nearest neighbours and 9 s for ProbCover's radius and balls, once a pool, and
four times as long for twice the items (2.9 and 11.4 s, 3.9 and 14.9 s for 20,000 and 40,000 × 128): 3 to 4 minutes at
this bound. Memory is no matter: pieces of 32 MB, and two copies of the features.
"""

NEIGHBOURS = 20
_CACHE_BYTES = 256_000_000
"""What all pools of one cache may hold together; the latest pool is kept whatever its size."""


_DIGEST = ArrayCache(lambda X: blake2b(np.ascontiguousarray(X).data).digest())


class PoolCache:
    """Arrays computed once for each pool, the least recently used dropped first.

    A pool is known by its content, so that copies of it share what was computed.

    Args:
        compute: features (n, d), and what else is given, to a tuple of arrays that depend on nothing else.
    """

    def __init__(self, compute: Callable[..., tuple[Array, ...]]) -> None:
        self._compute = compute
        self._arrays: OrderedDict[Hashable, tuple[Array, ...]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, X: Reals, *more: Hashable) -> tuple[Array, ...]:
        """Give what `compute` gives, read-only."""
        key = _DIGEST(X), X.shape, X.dtype.str, more
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        arrays = self._compute(X, *more)
        for array in arrays:
            array.flags.writeable = False
        with self._lock:
            self._arrays[key] = arrays
            held = sum(array.nbytes for kept in self._arrays.values() for array in kept)
            while len(self._arrays) > 1 and held > _CACHE_BYTES:
                held -= sum(array.nbytes for array in self._arrays.popitem(last=False)[1])
        return arrays


def squares_of(X: Reals) -> Reals:
    """Squared length of each row, (n,), with nothing of the size of X held beside it."""
    return np.asarray(np.einsum("ij,ij->i", X, X))


def rows_within(columns: int, numbers: int = TILE_NUMBERS) -> int:
    """How many rows of so many columns make one piece, at least 1."""
    return max(1, numbers // max(columns, 1))


def neighbour_distances(X: Reals) -> Reals:
    """Distances to the 20 nearest other rows, rising, shape (n, 20), or (n, n - 1) in a smaller pool.

    Costs n² d once for each pool (n log n in few dimensions); the pieces are scikit-learn's and stay small.
    """
    return np.asarray(_NEIGHBOURS(X, NEIGHBOURS)[0])


def pool_neighbour_distances(view: RoundView, lane: int) -> Reals:
    """Give `neighbour_distances` of a lane's pool, from neighbours found once for all pools of a data set.

    Twice as many neighbours are kept for each item of the data set as are needed. Those that are not in the pool are
    passed over; only for an item that has too few left, all of the pool is searched.
    """
    source, rows = locate_pool(view, lane)
    if rows is None:
        return neighbour_distances(source)
    return np.asarray(_NEIGHBOURS_WITHIN(source, rows.astype(np.int64).tobytes())[0])


def _neighbours(X: Reals, count: int) -> tuple[Reals, Ints]:
    from sklearn.neighbors import NearestNeighbors

    if X.shape[0] < 2:
        return np.zeros((X.shape[0], 1)), np.zeros((X.shape[0], 1), np.int32)
    with one_blas_thread():
        finder = NearestNeighbors(n_neighbors=min(count, X.shape[0] - 1), n_jobs=1).fit(X)
        # Asked about no rows in particular, it leaves each row out of its own neighbours.
        distances, places = finder.kneighbors()
        return distances, places.astype(np.int32)


def _neighbours_within(X: Reals, pool: bytes) -> tuple[Reals]:
    """Give the distances of some rows of X, whose numbers are given as bytes, to the nearest others of them."""
    rows = np.frombuffer(pool, np.int64)
    count = max(min(NEIGHBOURS, rows.size - 1), 1)
    distances, places = (of_all[rows] for of_all in _NEIGHBOURS(X, 2 * NEIGHBOURS))
    inside = np.zeros(X.shape[0], dtype=np.bool_)
    inside[rows] = True
    in_pool = inside[places]
    # Those of the pool first, each still in the order of its distance.
    order = np.argsort(~in_pool, axis=1, kind="stable")[:, :count]
    nearest = np.take_along_axis(distances, order, axis=1)
    short = np.flatnonzero(in_pool.sum(axis=1) < count)
    if short.size:
        nearest[short] = _NEIGHBOURS(X[rows], NEIGHBOURS)[0][short]
    return (nearest,)


_NEIGHBOURS = PoolCache(_neighbours)
_NEIGHBOURS_WITHIN = PoolCache(_neighbours_within)
