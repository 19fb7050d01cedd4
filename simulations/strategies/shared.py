"""What strategies share: the lowest scores, pools as rows of one array, measures of all items, neighbours in a pool.

What no round of a pool changes is cached: a pure function of the features, so that finding it again only saves time.

Notation: L lanes, N items of the data set, n items in a pool, d features, C classes, k items to choose.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any, cast

import numpy as np

from simulations.arrays import ArrayCache, Bools, Ints, Reals
from simulations.strategies.view import CannotSelectError, Need, RoundView, Select, Strategy, Streams, frozen
from simulations.threads import one_blas_thread

_SAMPLED = 1000
"""Items of a lane among which the bar for its k lowest is looked for."""

_AT_ONCE = 100_000


def choose_lowest(score: Callable[[RoundView], Reals]) -> Select:
    """Make a strategy that asks for the items of lowest score, from what scores (L, n) a round."""
    return lambda view, k, streams: lowest_k(score(view), view, k)


def choose_by_lane(choose: Callable[[RoundView, int, int], Ints]) -> Select:
    """Make a strategy that draws nothing from what chooses k items (k,) of one lane: the view, the lane and k."""
    return lambda view, k, streams: np.stack([choose(view, lane, k) for lane in range(view.lanes)])


def draw_by_lane(choose: Callable[[RoundView, int, int, np.random.Generator], Ints]) -> Select:
    """Make a strategy of what draws k items (k,) of one lane: from the view, the lane, k and the lane's generator."""
    return lambda view, k, streams: np.stack([choose(view, lane, k, rng) for lane, rng in enumerate(streams)])


def lowest_k(scores: Reals, view: RoundView, k: int) -> Ints:
    """Choose the k unlabelled items of lowest score (L, n) in every lane, lowest first, ties to the lowest row, (L, k).

    Raises:
        CannotSelectError: the score of an unlabelled item is not a number.
    """
    groups = lanes_at_once(view.lanes, view.pool_size)
    return np.concatenate([_lowest(scores[group], ~view.labelled[group], k) for group in groups])


def lanes_at_once(lanes: int, items: int) -> Iterator[slice]:
    """Divide lanes with so many items each into groups of which a number an item stays in the cache."""
    width = max(1, _AT_ONCE // items)
    return (slice(at, at + width) for at in range(0, lanes, width))


def _lowest(scores: Reals, unlabelled: Bools, k: int) -> Ints:
    # The lowest of all is a number if and only if each is.
    if np.isnan(scores.min()) and (unknown := np.argwhere(np.isnan(scores) & unlabelled)).size:
        raise CannotSelectError(f"the score of item {unknown[0, 1]} is not a number; allowed: any number")
    bars = _bars(np.where(unlabelled, scores, np.inf), k)
    # Little more than k items, unless scores tie: n + k log k, where a sort takes n log n.
    lanes, rows = np.divmod(np.flatnonzero((scores <= bars) & unlabelled), scores.shape[1])
    order = np.lexsort((rows, scores[lanes, rows], lanes))
    firsts = np.searchsorted(lanes[order], np.arange(scores.shape[0]))
    chosen: Ints = rows[order[firsts[:, None] + np.arange(k)]]
    return chosen


def _bars(scores: Reals, k: int) -> Reals:
    """Give for each lane a number that at least k of its scores (L, n) do not exceed, and few more: (L, 1).

    As a rule a sample gives it, with three standard deviations to spare, several times as fast as all scores.
    """
    step = scores.shape[1] // _SAMPLED
    expected = k / max(step, 1)
    rank = int(expected + 3.0 * expected**0.5) + 1
    if step > 1 and rank < _SAMPLED:
        sample = np.partition(scores[:, ::step], rank, axis=1)
        bars: Reals = sample[:, rank : rank + 1]
        if min(map(np.count_nonzero, scores <= bars)) >= k:
            return bars
    return np.partition(scores, k - 1, axis=1)[:, k - 1 : k]


class SharedRows:
    """The features of many lanes, each (n, d), as rows of one array; a lane's are copied out only when asked for.

    Args:
        source: shape (N, d), what all lanes share.
        rows: shape (n,) for each lane, the rows of `source` that are its pool.
        copy: gives a lane's features, (n, d); it may keep them.
    """

    def __init__(self, source: Reals, rows: Sequence[Ints], copy: Callable[[int], Reals]) -> None:
        self.source = frozen(source)
        self.rows = rows
        self._copy = copy

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, lane: int) -> Reals:
        """Copy out the features of a lane; raises IndexError beyond the last, so that they can be gone through."""
        return frozen(self._copy(range(len(self))[lane]))


class PoolView(RoundView):
    """A round whose lanes' pools are rows of one data set: to a strategy it is what `RoundView` is.

    `scores` (L, C, N) are what each lane's model says of all items of the data set, float32 as learners give it; those
    of the pools are picked when a strategy reads `probabilities`.
    """

    def __init__(self, features: SharedRows, answers: Ints, scores: Reals | None = None, **named: Any) -> None:
        super().__init__((), answers, None if scores is None else partial(_pick_pools, scores, features.rows), **named)
        self.scores = None if scores is None else frozen(scores)
        # Indexed, counted and gone through like a tuple, which would have copied all of it out by now.
        self.features = cast(tuple[Reals, ...], features)
        self.rows = features.rows


def _pick_pools(scores: Reals, rows: Sequence[Ints]) -> Reals:
    """Copy out what the models say of the pools, (L, n, C), stored class-major."""
    picked = np.empty((*scores.shape[:2], rows[0].size), np.float32)
    for own, of_all, places in zip(picked, scores, rows, strict=True):
        np.take(of_all, places, axis=1, out=own, mode="clip")  # to check rows again would need a copy
    return picked.transpose(0, 2, 1)


def locate_pool(view: RoundView, lane: int) -> tuple[Reals, Ints | None]:
    """Give an array that holds a lane's pool, and which of its rows that is; None where it is all of them, in order."""
    features: tuple[Reals, ...] | SharedRows = view.features
    if isinstance(features, SharedRows):
        return features.source, features.rows[lane]
    return features[lane], None


def measure_items(view: RoundView, measure: Callable[[Reals], Reals]) -> Reals:
    """Measure every item of the pools by its probabilities alone, (..., C) to (...), shape (L, n).

    What models say of a whole data set is measured as it stands: one number an item is picked from it sooner than C.
    """
    if not isinstance(view, PoolView) or view.scores is None:
        return measure(view.probabilities)
    groups = lanes_at_once(view.lanes, view.scores.shape[2])
    by_lane = (own for group in groups for own in measure(view.scores[group].transpose(0, 2, 1)))
    return np.stack([own[rows] for own, rows in zip(by_lane, view.rows, strict=True)])


def locate_scores(view: RoundView, lane: int) -> tuple[Reals, Ints | None]:
    """Give class-major probabilities that hold those of a lane's pool, and which columns these are; None where all."""
    if not isinstance(view, PoolView) or view.scores is None:
        return view.probabilities[lane].T, None
    return view.scores[lane], view.rows[lane]


def on_embeddings(strategy: Strategy) -> Strategy:
    """Give a strategy that reads what the model's last layer reads, (n, e), where it would read features.

    With a linear model that is the features, and the choices are the same. With a network it is the last hidden layer,
    which changes from round to round, so that nothing that is kept for a pool can be kept. It costs what the strategy
    does, with e units for d features, and one pass of the network.
    """

    def choose(view: RoundView, k: int, streams: Streams) -> Ints:
        if not view.has_embeddings:
            return strategy.choose(view, k, streams)
        # One lane after the other, so that the embeddings of one are held at a time.
        lanes = range(view.lanes)
        chosen = [strategy.choose(view.lane(i).embedded(), k, streams[i : i + 1]) for i in lanes]
        return np.concatenate(chosen)

    needs: frozenset[Need] = frozenset("embeddings" if need == "features" else need for need in strategy.needs)
    return replace(strategy, needs=needs, choose=choose, sequence=False)


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
