"""What strategies read off a pool's features: clusters, neighbours, and a cache for what no round changes.

A cached value is a pure function of the features, found again by their content, so that it can only save time.
"""

import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np

from simulations.strategies.view import FloatArray, IntArray

TILE_NUMBERS = 8_000_000
"""Numbers in the largest piece of a pool × pool matrix held at once: 64 MB."""

NEIGHBOURS = 20
_CACHE_BYTES = 256_000_000
_LLOYD_ITEMS = 50_000
_ITERATIONS = 100


class PoolCache:
    """Arrays computed once for each pool, the least recently used dropped first.

    Args:
        compute: features (n, d) to a tuple of arrays that depend on nothing else.
        most_bytes: what all pools together may hold; the latest pool is kept whatever its size.
    """

    def __init__(
        self, compute: Callable[[FloatArray], tuple[np.typing.NDArray[Any], ...]], most_bytes: int = _CACHE_BYTES
    ) -> None:
        self._compute = compute
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, tuple[np.typing.NDArray[Any], ...]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, X: FloatArray) -> tuple[np.typing.NDArray[Any], ...]:
        """Give what `compute` gives, read-only."""
        # An address may be used again for other features; their content may not.
        key = blake2b(np.ascontiguousarray(X).data, person=str(X.shape)[:16].encode()).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        arrays = self._compute(X)
        for array in arrays:
            array.flags.writeable = False
        with self._lock:
            self._kept[key] = arrays
            while len(self._kept) > 1 and self.held_bytes() > self._most_bytes:
                self._kept.popitem(last=False)
        return arrays

    def held_bytes(self) -> int:
        """Bytes of all arrays kept."""
        return sum(array.nbytes for arrays in self._kept.values() for array in arrays)


def rows_within(columns: int, numbers: int = TILE_NUMBERS) -> int:
    """How many rows of so many columns make one piece, at least 1."""
    return max(1, numbers // max(columns, 1))


@cache
def _controller() -> Any:
    # Made after scikit-learn has loaded its OpenMP, which it would otherwise not find.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Hold BLAS and OpenMP to one thread, so that sums have one order whatever the machine."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1)
    return context


def cluster(
    X: FloatArray, clusters: int, rng: np.random.Generator, weights: FloatArray | None = None
) -> tuple[IntArray, FloatArray]:
    """Group rows by k-means from one k-means++ start: Lloyd's algorithm, in minibatches above 50,000 rows.

    Args:
        X: shape (m, d).
        clusters: at most m.
        rng: where the start is drawn from.
        weights: shape (m,), positive; all alike when None.

    Returns:
        The cluster of each row (m,), the centres (clusters, d); clusters may be empty where rows repeat.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    kind = KMeans if X.shape[0] <= _LLOYD_ITEMS else MiniBatchKMeans
    model = kind(clusters, n_init=1, max_iter=_ITERATIONS, random_state=int(rng.integers(2**31)))
    with one_thread(), warnings.catch_warnings():
        # Fewer distinct rows than clusters is allowed here; whoever chooses from the clusters fills up.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, sample_weight=weights)
    return model.labels_.astype(np.int64), model.cluster_centers_


def nearest_distinct(X: FloatArray, centres: FloatArray) -> IntArray:
    """Give each centre in turn the nearest row not yet given away; ties go to the lowest row.

    Args:
        X: shape (m, d).
        centres: shape (k, d), k at most m.

    Returns:
        Distinct rows, shape (k,).
    """
    squares = (X**2).sum(axis=1)
    taken = np.empty(centres.shape[0], dtype=np.int64)
    step = rows_within(X.shape[0])
    for at in range(0, taken.size, step):
        # A centre's own square is the same for all rows, so that the order does without it.
        reach = squares - 2.0 * (centres[at : at + step] @ X.T)
        for i, row in enumerate(reach, start=at):
            row[taken[:i]] = np.inf
            taken[i] = row.argmin()
    return taken


def _neighbour_distances(X: FloatArray) -> tuple[FloatArray]:
    from sklearn.neighbors import NearestNeighbors

    if X.shape[0] < 2:
        return (np.zeros((X.shape[0], 1)),)
    with one_thread():
        finder = NearestNeighbors(n_neighbors=min(NEIGHBOURS, X.shape[0] - 1), n_jobs=1).fit(X)
        # Asked about no rows in particular, it leaves each row out of its own neighbours.
        return (finder.kneighbors()[0],)


_NEIGHBOURS = PoolCache(_neighbour_distances)


def neighbour_distances(X: FloatArray) -> FloatArray:
    """Distances to the 20 nearest other rows, rising, shape (n, 20), or (n, n - 1) in a smaller pool.

    Costs n² d once for each pool (n log n in few dimensions); the pieces are scikit-learn's and stay small.
    """
    return _NEIGHBOURS(X)[0]
