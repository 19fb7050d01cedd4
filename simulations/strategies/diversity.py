"""Strategies that ask for what is unlike everything labelled so far, or cover the pool with balls around labels.

Cost for a pool of n items with d features: n d to begin with, then d for each pair of an item and a labelled or chosen
one that has to be looked at: all n k d in the worst case, in practice a hundredth of it. `coreset_mip` takes m² d and
n d for distances, then about six integer programmes of 2 m variables; `combined` n C for the margins, then k-center
over candidates and labelled items, well below n; `coreset_deep` e units for d features, and one pass of the network.
`probcover` takes 2 n² d once for each pool, for its radius and its graph; then each pair of near items is seen once a
round, and n for each pick.

Notation of the integer programmes
    m        items of the sub-pool
    δ        radius: every item of the sub-pool but the outliers is within δ of a centre or of a labelled item
"""

from dataclasses import replace

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies import shared
from simulations.strategies.clustering import cluster
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import CannotSelectError, RoundView, Strategy, Streams, frozen
from simulations.threads import one_blas_thread
from simulations.trajectory import philox


def _coreset(view: RoundView, lane: int, k: int) -> Ints:
    X, items = shared.locate_pool(view, lane)
    return farthest(X, view.labelled[lane], k, items)


def farthest(X: Reals, labelled: Bools, k: int, items: Ints | None = None) -> Ints:
    """Greedy k-center: k times take the item farthest from its nearest labelled or chosen one.

    Lazy and exact: an item's distance is brought up to date only when what is known of it makes it the farthest. Ties
    go to the lowest row, also once everything left coincides with a centre. With nothing labelled the first pick is the
    item farthest from the origin.

    From features X (n, d) and who is labelled (n,) to rows (k,); where `items` (n,) names rows of X, they are the pool.
    """
    # Frozen whatever it was, since compiled loops are compiled for arrays of one kind.
    X, items = frozen(np.ascontiguousarray(X)), np.arange(labelled.size) if items is None else items
    centres = np.flatnonzero(labelled)
    first = np.empty(0, dtype=np.int64)
    if not centres.size:
        first = np.array([shared.squares_of(X)[items].argmax()])
        centres = first.copy()
    # What lies nearest the origin is nearest to most, so that looking there first saves most looks at the rest.
    nearest = int(shared.squares_of(X[items[centres]]).argmin())
    centres[[0, nearest]] = centres[[nearest, 0]]
    left = ~labelled
    left[first] = False
    if first.size == k:
        return first
    from simulations.strategies.kernels import kcenter  # here, since it loads numba

    return np.concatenate([first, kcenter.farthest(X, frozen(items), left, centres, k - first.size)])


CORESET = Strategy(
    name="coreset",
    family="diversity",
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach (greedy)",
    needs=frozenset({"features"}),
    summary="Asks for the item farthest from everything labelled, again and again (greedy k-center).",
    choose=shared.choose_by_lane(_coreset),
    sequence=True,
)
CORESET_DEEP = replace(
    shared.on_embeddings(CORESET),
    name="coreset_deep",
    summary="Core-set on what the model's last layer reads, anew each round (greedy k-center).",
)


CANDIDATES = 10
"""Unsure items per item to choose."""


def _combined(view: RoundView, k: int, streams: Streams) -> Ints:
    unsure = shared.lowest_k(shared.measure_items(view, margin), view, min(CANDIDATES * k, view.left))
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, labelled in enumerate(view.labelled):
        rows = np.union1d(unsure[i], np.flatnonzero(labelled))
        chosen[i] = rows[farthest(view.features[i][rows], labelled[rows], k)]
    return chosen


COMBINED = Strategy(
    name="combined",
    family="combined",
    paper="margin (Scheffer, Decomain & Wrobel 2001) names candidates, greedy k-center (Sener & Savarese 2018) "
    "chooses; one after the other as in Zhdanov 2019",
    needs=frozenset({"features", "probabilities"}),
    summary="Takes ten times as many items as wanted by margin, and of them those farthest apart.",
    choose=_combined,
)


SUB_POOL = 2_000
MOST_PICKS = 300
OUTLIERS = 1e-4
"""Share of the sub-pool that may stay uncovered, as in the paper: none of fewer than 10,000 items."""

NODES = 200
"""Branch-and-bound nodes of one programme; they end it first, since by a clock the same round might be chosen twice."""

TIME_LIMIT_S = 180.0
"""Of one programme, as in the authors' program."""

_CLOSE_ENOUGH = 0.01


def _coreset_mip(view: RoundView, lane: int, k: int, rng: np.random.Generator) -> Ints:
    if k > MOST_PICKS:
        raise CannotSelectError(f"strategy coreset_mip: asked for {k} items; allowed: 1 to {MOST_PICKS}")
    own, X = view.unlabelled(lane), view.features[lane]
    if own.size > max(SUB_POOL, 2 * k):
        own = np.sort(rng.choice(own, max(SUB_POOL, 2 * k), replace=False))
    return own[robust_cover(X[own], X[view.labelled[lane]], k)]


def robust_cover(X: Reals, labelled: Reals, k: int) -> Ints:
    """Choose k centres among the rows of X that cover all but a share of them within the smallest radius.

    Sener & Savarese 2018, section 5.1 (robust k-center): bisection over the radius from the greedy choice on, each step
    a programme that asks whether k centres can leave so few items uncovered. It ends within 1% of the smallest radius.
    A programme that ends undecided at its limit of nodes or seconds counts as unsolvable, as in the authors' program.

    From X (m, d) and labelled items (l, d), centres that are there already, to rows of X (k,); l may be 0.
    """
    far = np.sqrt(_squared(X, X))
    reach = np.sqrt(_squared(X, labelled).min(axis=1)) if len(labelled) else np.full(len(X), np.inf)
    spared = int(OUTLIERS * len(X))
    # The greedy choice counts labelled items as centres that are there already.
    rows = farthest(np.concatenate([X, labelled]), np.arange(len(X) + len(labelled)) >= len(X), k)
    high = _radius(far, reach, rows, spared)
    low = 0.0 if spared else high / 2
    while high - low > _CLOSE_ENOUGH * high:
        middle = (low + high) / 2
        centres = _cover_within(far, reach, k, middle, spared)
        if centres is None:
            low = middle
        else:
            rows, high = centres, _radius(far, reach, centres, spared)
    return rows


def _cover_within(far: Reals, reach: Reals, k: int, radius: float, spared: int) -> Ints | None:
    """Find k centres that leave at most `spared` items farther than the radius; None where there are none."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    items = len(far)
    open_ = np.flatnonzero(reach > radius)
    near = csr_array((far[open_] <= radius).astype(np.float64))
    covered = hstack([near, eye_array(open_.size)])  # a centre within the radius, or counted as an outlier
    is_centre = np.arange(items + open_.size) < items
    counts = csr_array(np.stack([is_centre, ~is_centre]).astype(np.float64))
    answer = milp(
        np.zeros(items + open_.size),
        integrality=np.repeat([1, 0], [items, open_.size]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(covered, 1, np.inf), LinearConstraint(counts, [k, 0], [k, spared])],
        options={"node_limit": NODES, "time_limit": TIME_LIMIT_S},
    )
    return None if answer.x is None else np.flatnonzero(answer.x[:items] > 0.5)


def _radius(far: Reals, reach: Reals, rows: Ints, spared: int) -> float:
    """The smallest radius that leaves at most `spared` items farther from their nearest centre, chosen or labelled."""
    nearest = np.minimum(far[:, rows].min(axis=1), reach)
    return float(np.sort(nearest)[len(far) - 1 - spared])


def _squared(X: Reals, Y: Reals) -> Reals:
    """Squared distances (m, l), in float64 and not below zero."""
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    squared: Reals = shared.squares_of(X)[:, None] + shared.squares_of(Y) - 2.0 * X @ Y.T
    return np.maximum(squared, 0.0)


CORESET_MIP = Strategy(
    name="coreset_mip",
    family="diversity",
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach (robust "
    "k-center by integer programming)",
    needs=frozenset({"features"}),
    summary="Asks for centres that cover 2,000 items drawn from the pool within 1% of the smallest radius, or as near "
    "as 200 nodes and 180 s a programme get.",
    choose=shared.draw_by_lane(_coreset_mip),
    version=2,
)


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
    rows = np.unique(np.linspace(0, n - 1, min(512, shared.rows_within(n))).astype(np.int64))
    left, right = _halves(X)
    with one_blas_thread():
        squares = (left[rows] @ right.T).ravel()
    squares *= -2.0
    place = int(squares.size * (_MOST_PAIRS / n) / n)
    squares.partition(place)
    return float(np.sqrt(max(squares[place], 0.0)))


def _halves(X: Reals) -> tuple[Reals, Reals]:
    """Extend the rows x to (x, 1, -|x|²/2) and (x, -|x|²/2, 1), whose products are minus half the squared distances."""
    half, ones = -0.5 * shared.squares_of(X)[:, None], np.ones((X.shape[0], 1), X.dtype)
    return np.hstack([X, ones, half]), np.hstack([X, half, ones])


def balls(X: Reals, delta: float) -> tuple[Ints, Rows]:
    """Give the balls of radius δ around all rows, as `cover` reads them: a ball holds what is nearer than δ."""
    from scipy.sparse import coo_array

    n, lower, higher = X.shape[0], [np.arange(X.shape[0])], [np.arange(X.shape[0])]
    left, right = _halves(X)
    step = min(shared.rows_within(n), 1024)
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


_GRAPHS = shared.PoolCache(lambda X: balls(X, radius(X)))

PROBCOVER = Strategy(
    name="probcover",
    family="covering",
    paper="Yehuda, Dekel, Hacohen & Weinshall 2022, Active learning through a covering lens",
    needs=frozenset({"features"}),
    summary="Asks for the items whose neighbourhoods cover most of the pool not covered yet; meant for small budgets.",
    choose=shared.choose_by_lane(_probcover),
    sequence=True,
    most_items=shared.MOST_COMPARED,
    version=2,
)
