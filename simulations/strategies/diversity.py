"""Core-set strategies: they ask for what is unlike everything labelled so far.

Cost for a pool of n items with d features: n d to begin with, then d for each pair of an item and a labelled or chosen
one that has to be looked at: all n k d in the worst case, in practice a hundredth of it. `coreset_mip` takes m² d and
n d for distances, then about ten integer programmes of 2 m variables; `combined` n C for the margins, then k-center
over candidates and labelled items, well below n; `coreset_deep` e units for d features, and one pass of the network.

Notation of the integer programmes
    m        items of the sub-pool
    δ        radius: every item of the sub-pool but the outliers is within δ of a centre or of a labelled item
"""

from dataclasses import replace

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_by_lane, locate_pool, lowest_k, measure_items, on_embeddings
from simulations.strategies.structure import squares_of
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import CannotSelectError, RoundView, Strategy, Streams, frozen


def _coreset(view: RoundView, lane: int, k: int) -> Ints:
    X, items = locate_pool(view, lane)
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
        first = np.array([squares_of(X)[items].argmax()])
        centres = first.copy()
    # What lies nearest the origin is nearest to most, so that looking there first saves most looks at the rest.
    nearest = int(squares_of(X[items[centres]]).argmin())
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
    choose=choose_by_lane(_coreset),
    sequence=True,
)
CORESET_DEEP = replace(
    on_embeddings(CORESET),
    name="coreset_deep",
    summary="Core-set on what the model's last layer reads, anew each round (greedy k-center).",
)


CANDIDATES = 10
"""Unsure items per item to choose."""


def _combined(view: RoundView, k: int, streams: Streams) -> Ints:
    unsure = lowest_k(measure_items(view, margin), view, min(CANDIDATES * k, view.left))
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


SUB_POOL = 300
MOST_PICKS = 300
OUTLIERS = 0.01
"""Share of the sub-pool that may stay uncovered."""

NODES = 200
"""Branch-and-bound nodes of one programme: a limit in seconds would let the clock decide what is labelled."""

_CLOSE_ENOUGH = 0.01


def _coreset_mip(view: RoundView, k: int, streams: Streams) -> Ints:
    if k > MOST_PICKS:
        raise CannotSelectError(f"strategy coreset_mip: asked for {k} items; allowed: 1 to {MOST_PICKS}")
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        own, X = view.unlabelled(i), view.features[i]
        if own.size > max(SUB_POOL, 2 * k):
            own = np.sort(rng.choice(own, max(SUB_POOL, 2 * k), replace=False))
        chosen[i] = own[robust_cover(X[own], X[view.labelled[i]], k)]
    return chosen


def robust_cover(X: Reals, labelled: Reals, k: int) -> Ints:
    """Choose k centres among the rows of X that cover all but a share of them within the smallest radius.

    Sener & Savarese 2018, section 5.1 (robust k-center): bisection over the radius, each step a programme that asks how
    few items k centres must leave uncovered. It starts from the greedy choice, which without outliers is within twice
    the best radius. A programme that ends at its limit of nodes undecided counts as unsolvable.

    From X (m, d) and labelled items (l, d), centres that are there already, to rows of X (k,); l may be 0.
    """
    far = np.sqrt(_squared(X, X))
    reach = np.sqrt(_squared(X, labelled).min(axis=1)) if len(labelled) else np.full(len(X), np.inf)
    spared = int(OUTLIERS * len(X))
    # The greedy choice counts labelled items as centres that are there already.
    rows = farthest(np.concatenate([X, labelled]), np.arange(len(X) + len(labelled)) >= len(X), k)
    low, high = 0.0, _radius(far, reach, rows, spared)
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
        options={"node_limit": NODES},
    )
    return None if answer.x is None else np.flatnonzero(answer.x[:items] > 0.5)


def _radius(far: Reals, reach: Reals, rows: Ints, spared: int) -> float:
    """The smallest radius that leaves at most `spared` items farther from their nearest centre, chosen or labelled."""
    nearest = np.minimum(far[:, rows].min(axis=1), reach)
    return float(np.sort(nearest)[len(far) - 1 - spared])


def _squared(X: Reals, Y: Reals) -> Reals:
    """Squared distances (m, l), in float64 and not below zero."""
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    squared: Reals = squares_of(X)[:, None] + squares_of(Y) - 2.0 * X @ Y.T
    return np.maximum(squared, 0.0)


CORESET_MIP = Strategy(
    name="coreset_mip",
    family="diversity",
    paper="Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach (robust "
    "k-center by integer programming)",
    needs=frozenset({"features"}),
    summary="Asks for centres that leave the fewest far away, outliers excepted, on 300 items drawn from the pool.",
    choose=_coreset_mip,
)
