"""Strategies that group items by k-means and ask for the middle of each group; k-means for pools of any size.

k-means settles on a sample and is finished on all rows; clusters of a pool are cached. To start from a sample and to
settle there costs a fifth of doing so on all rows, and after two rounds on all of them the squared error is 1 to 1.5%
above that of 20 such rounds (18,000 × 384 in 100 and in 500 clusters).

Cost for a pool of n items with d features: k-means groups all that is unlabelled, n k d for each of three passes, after
it has settled on 10 k items; behind the margin prefilter these are all there are, and n C for the margins comes first.

Notation: m rows, s rows of the sample, d features, k clusters.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from simulations.arrays import Ints, Reals
from simulations.strategies import shared
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy, Streams
from simulations.threads import one_blas_thread
from simulations.trajectory import philox

_START_EACH, _START_LEAST = 5, 1000
_SETTLE_EACH, _SETTLE_LEAST = 10, 2000
"""Rows of a sample: so many a cluster, and so many at least."""

_SETTLING, _FINISHING = 20, 2
"""Rounds of Lloyd's algorithm on the sample, at most, and on all rows."""


def cluster(X: Reals, clusters: int, rng: np.random.Generator, weights: Reals | None = None) -> tuple[Ints, Reals]:
    """Group rows by k-means: k-means++ and at most 20 rounds of Lloyd's algorithm on samples, 2 rounds on all rows.

    Costs m d k for each of three passes over all rows, and 20 times that of the sample, 10 rows a cluster and at least
    2,000; where that is all rows, there are 20 rounds on all of them. The start and the samples are drawn.

    From X (m, d) and positive weights (m,), all alike when None, to the cluster of each row (m,) and the centres
    (clusters, d); there are at most m clusters, and some may be empty where rows repeat.
    """
    import sklearn.cluster  # noqa: F401, so that its threads are held too

    m, settled = X.shape[0], max(_SETTLE_EACH * clusters, _SETTLE_LEAST)
    with one_blas_thread():
        some = _sample(m, max(_START_EACH * clusters, _START_LEAST), rng)
        centres = spread_out(X[some], clusters, rng, None if weights is None else weights[some])
        seed = int(rng.integers(2**31))
        if settled >= m:
            return _settle(X, centres, weights, seed)
        some = _sample(m, settled, rng)
        _, centres = _settle(X[some], centres, None if weights is None else weights[some], seed)
        for _ in range(_FINISHING):
            centres = _means(X, nearest(X, centres), centres, weights)
        return nearest(X, centres), centres


_POOL_CLUSTERS = shared.PoolCache(lambda X, clusters: cluster(X, clusters, philox(0))[:1])


def pool_clusters(X: Reals, clusters: int) -> Ints:
    """Group all rows of a pool, once for all who ask for as many clusters, from a start of the pool's own, (n,)."""
    return np.asarray(_POOL_CLUSTERS(X, clusters)[0])


def nearest_distinct(X: Reals, centres: Reals) -> Ints:
    """Give each centre (k, d) in turn the nearest row of X (m, d) not yet given away, (k,); of ties the lowest row."""
    squares = shared.squares_of(X)
    taken = np.empty(centres.shape[0], dtype=np.int64)
    step = shared.rows_within(X.shape[0])
    for at in range(0, taken.size, step):
        # A centre's own square is the same for all rows, so that the order does without it.
        reach = squares - 2.0 * (centres[at : at + step] @ X.T)
        for i, row in enumerate(reach, start=at):
            row[taken[:i]] = np.inf
            taken[i] = row.argmin()
    return taken


def _sample(m: int, size: int, rng: np.random.Generator) -> Ints:
    return np.sort(rng.choice(m, min(m, size), replace=False))


def spread_out(X: Reals, clusters: int, rng: np.random.Generator, weights: Reals | None = None) -> Reals:
    """Draw k-means++ centres, the best of 2 + log k candidates each (Arthur & Vassilvitskii 2007, section 5).

    All distances come from one product where they fit into memory, so that a draw costs s and not s d. From X (s, d)
    and weights (s,) to rows of X, (clusters, d); some come twice where fewer rows differ.
    """
    trials, to = 2 + int(np.log(clusters)), _distances_to(X)
    share = np.ones(X.shape[0]) if weights is None else weights.astype(np.float64)
    chosen = np.empty(clusters, dtype=np.int64)
    chosen[0] = _draw(share, rng, 1)[0]
    closest = to(chosen[:1])[0]
    for i in range(1, clusters):
        candidates = _draw(share * closest, rng, trials)
        reach = np.minimum(to(candidates), closest)
        best = int((reach @ share).argmin())
        chosen[i], closest = candidates[best], reach[best]
    return X[chosen]


def _distances_to(X: Reals) -> Callable[[Ints], Reals]:
    """Give the function from rows of X to their squared distances to all rows, float64 (rows, s)."""
    squares = shared.squares_of(X).astype(np.float64)
    inner = X @ X.T if X.shape[0] ** 2 <= shared.TILE_NUMBERS else None

    def to(rows: Ints) -> Reals:
        products = X[rows] @ X.T if inner is None else inner[rows]
        distances: Reals = np.maximum(squares[rows, None] + squares - 2.0 * products, 0.0)
        distances[np.arange(rows.size), rows] = 0.0
        return distances

    return to


def _draw(shares: Reals, rng: np.random.Generator, count: int) -> Ints:
    """Draw rows in proportion to their shares; the first row where there are none left."""
    sums = np.cumsum(shares)
    drawn = np.searchsorted(sums, rng.random(count) * sums[-1], side="right")
    return np.asarray(np.minimum(drawn, np.searchsorted(sums, sums[-1])), dtype=np.int64)


def _settle(X: Reals, centres: Reals, weights: Reals | None, seed: int) -> tuple[Ints, Reals]:
    """Go through at most 20 rounds of Lloyd's algorithm; after them the error falls by less than 0.1%."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Fewer distinct rows than clusters is allowed here; whoever chooses from the clusters fills up.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(len(centres), init=centres, n_init=1, max_iter=_SETTLING, random_state=seed)
        model.fit(X, sample_weight=weights)
    return model.labels_.astype(np.int64), model.cluster_centers_


def nearest(X: Reals, centres: Reals) -> Ints:
    """Give the nearest centre of each row, (m,); ties go to the lowest."""
    groups = np.empty(X.shape[0], dtype=np.int64)
    half = 0.5 * shared.squares_of(centres)
    step = shared.rows_within(centres.shape[0], 500_000)
    for at in range(0, X.shape[0], step):
        # A row's own square is the same for all centres, so that the order does without it.
        groups[at : at + step] = (half - X[at : at + step] @ centres.T).argmin(axis=1)
    return groups


def _means(X: Reals, groups: Ints, centres: Reals, weights: Reals | None) -> Reals:
    """Give the mean row of each group, (k, d); an empty group keeps its centre."""
    from scipy.sparse import csr_array

    share = np.ones(X.shape[0], X.dtype) if weights is None else weights.astype(X.dtype)
    place = np.arange(X.shape[0] + 1)
    # One number a row: a product of a sparse matrix adds up rows in their order, with nothing of the size of X beside.
    sums = csr_array((share, groups, place), shape=(X.shape[0], len(centres))).T @ X
    total = np.bincount(groups, weights=share, minlength=len(centres))[:, None]
    means: Reals = np.where(total > 0, sums / np.where(total > 0, total, 1.0), centres).astype(X.dtype)
    return means


PREFILTER = 10
"""Candidates per item to choose, β in Zhdanov 2019."""

_LEAST_WEIGHT = 1e-6


def _margin_kmeans(view: RoundView, k: int, streams: Streams) -> Ints:
    margins = shared.measure_items(view, margin)
    candidates = shared.lowest_k(margins, view, min(PREFILTER * k, view.left))
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        # In row order, so that ties go to the lowest row; a sure item still weighs something, as k-means demands.
        rows = np.sort(candidates[i])
        chosen[i] = _take_middles(view, i, rows, k, rng, np.maximum(1.0 - margins[i, rows], _LEAST_WEIGHT))
    return chosen


def _take_middles(
    view: RoundView, lane: int, rows: Ints, k: int, rng: np.random.Generator, weights: Reals | None = None
) -> Ints:
    """Group `rows` of a lane's pool into k clusters and take the one nearest each centre, each once, (k,)."""
    if rows.size == k:
        return rows
    source, places = shared.locate_pool(view, lane)
    items = source[rows if places is None else places[rows]]
    _, centres = cluster(items, k, rng, weights)
    return rows[nearest_distinct(items, centres)]


_clustering = partial(Strategy, family="clustering", version=2)

KMEANS = _clustering(
    name="kmeans",
    paper="Zhdanov 2019, Diverse mini-batch active learning (k-means without the prefilter); Lloyd 1982",
    needs=frozenset({"features"}),
    summary="Groups what is unlabelled into as many clusters as labels wanted and asks for the middle of each.",
    choose=shared.draw_by_lane(lambda view, lane, k, rng: _take_middles(view, lane, view.unlabelled(lane), k, rng)),
)
MARGIN_KMEANS = _clustering(
    name="margin_kmeans",
    paper="Zhdanov 2019, Diverse mini-batch active learning (prefilter β = 10, k-means weighted by informativeness)",
    needs=frozenset({"features", "probabilities"}),
    summary="Keeps ten times as many low-margin items as wanted, groups them, and asks for the middle of each group.",
    choose=_margin_kmeans,
)
