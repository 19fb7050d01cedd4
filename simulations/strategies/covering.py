"""Strategies that cover the pool with balls around labelled items.

Cost for a pool of n items with d features: radius and graph, 2 n² d once for each pool; then each pair of near items
is seen once a round, and n for each pick.
"""

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.clustering import cluster
from simulations.strategies.shared import choose_by_lane
from simulations.strategies.structure import MOST_COMPARED, PoolCache, rows_within, squares_of
from simulations.strategies.view import RoundView, Strategy
from simulations.threads import one_blas_thread
from simulations.trajectory import philox

PURITY = 0.95
CLUSTERS = 10
_MOST_PAIRS = 8_000_000

Rows = np.typing.NDArray[np.int32] | Ints


def _probcover(view: RoundView, lane: int, k: int) -> Ints:
    starts, members = _GRAPHS(view.features[lane])
    return cover(starts, members, view.labelled[lane], k)


def cover(starts: Ints, members: Rows, labelled: Bools, k: int) -> Ints:
    """Greedy maximum cover: k times take the unlabelled item whose ball holds most items not covered yet.

    Ball i is `members[starts[i]:starts[i + 1]]`, with starts (n + 1,), ascending, i itself among them; j is in ball i
    where i is in ball j. The balls of labelled items (n,) count as covered. Ties go to the lowest row, also once
    everything is covered.
    """
    free = np.ones(labelled.size, dtype=np.bool_)
    for row in np.flatnonzero(labelled):
        free[members[starts[row] : starts[row + 1]]] = False
    gain = np.add.reduceat(free[members].astype(np.int64), starts[:-1])
    gain[labelled] = -1
    chosen = np.empty(k, dtype=np.int64)
    for i in range(k):
        pick = chosen[i] = int(gain.argmax())
        ball = members[starts[pick] : starts[pick + 1]]
        for j in ball[free[ball]]:
            # What is covered now counts for none of the balls it lies in.
            gain[members[starts[j] : starts[j + 1]]] -= 1
        free[ball] = False
        gain[pick] = -1
    return chosen


def radius(X: Reals) -> float:
    """The largest δ at which 95% of balls around X (n, d) are pure: no item of another cluster is nearer than δ.

    The paper's rule (section 4.2) with 10 clusters of k-means, since how many classes there are is not known to the
    features. It is made smaller where the balls would hold more than about 8 million pairs, and is 0 where all items
    coincide.
    """
    from sklearn.metrics import pairwise_distances_argmin_min

    groups, _ = cluster(X, min(CLUSTERS, X.shape[0]), philox(0))
    if (groups == groups[0]).all():
        return 0.0
    to_other = np.empty(X.shape[0])
    with one_blas_thread():
        for group in np.unique(groups):
            own = groups == group
            to_other[own] = pairwise_distances_argmin_min(X[own], X[~own])[1]
    return min(float(np.quantile(to_other, 1.0 - PURITY, method="lower")), _radius_that_fits(X))


def _radius_that_fits(X: Reals) -> float:
    """The radius at which balls hold about as many pairs as may be stored, from evenly spaced rows; inf if all fit."""
    n = X.shape[0]
    if n * n <= _MOST_PAIRS:
        return np.inf
    rows = np.unique(np.linspace(0, n - 1, min(512, rows_within(n))).astype(np.int64))
    left, right = _halves(X)
    with one_blas_thread():
        squares = (left[rows] @ right.T).ravel()
    squares *= -2.0
    place = int(squares.size * (_MOST_PAIRS / n) / n)
    squares.partition(place)
    return float(np.sqrt(max(squares[place], 0.0)))


def _halves(X: Reals) -> tuple[Reals, Reals]:
    """Extend the rows x to (x, 1, -|x|²/2) and (x, -|x|²/2, 1), whose products are minus half the squared distances."""
    half, ones = -0.5 * squares_of(X)[:, None], np.ones((X.shape[0], 1), X.dtype)
    return np.hstack([X, ones, half]), np.hstack([X, half, ones])


def balls(X: Reals, delta: float) -> tuple[Ints, Rows]:
    """Give the balls of radius δ around all rows: a ball holds what is nearer than δ, and itself.

    Returns:
        `starts` (n + 1,) and `members`, as `cover` reads them.
    """
    from scipy.sparse import coo_array

    n, lower, higher = X.shape[0], [np.arange(X.shape[0])], [np.arange(X.shape[0])]
    left, right = _halves(X)
    step = min(rows_within(n), 1024)
    with one_blas_thread():
        for at in range(0, n, step):
            near = left[at : at + step] @ right[at:].T > -0.5 * delta**2
            # Each pair is found from its lower row alone, which keeps the graph symmetric whatever the rounding.
            near[:, :step] = np.triu(near[:, :step], 1)
            i, j = np.nonzero(near)
            lower += [i + at, j + at]
            higher += [j + at, i + at]
    place = np.concatenate(lower).astype(np.int32), np.concatenate(higher).astype(np.int32)
    graph = coo_array((np.ones(place[0].size, dtype=np.int8), place), shape=(n, n)).tocsr()
    graph.sort_indices()
    return graph.indptr.astype(np.int64), graph.indices


_GRAPHS = PoolCache(lambda X: balls(X, radius(X)))

PROBCOVER = Strategy(
    name="probcover",
    family="covering",
    paper="Yehuda, Dekel, Hacohen & Weinshall 2022, Active learning through a covering lens",
    needs=frozenset({"features"}),
    summary="Asks for the items whose neighbourhoods cover most of the pool not covered yet; meant for small budgets.",
    choose=choose_by_lane(_probcover),
    sequence=True,
    most_items=MOST_COMPARED,
    version=2,
)
