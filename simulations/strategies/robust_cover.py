"""Core-set selection by integer programming: centres that leave few items far away, outliers excepted.

Notation
    m        items of the sub-pool
    δ        radius: every item of the sub-pool but the outliers is within δ of a centre or of a labelled item

Cost for each round: m² d and n d for distances, then about ten integer programmes of 2 m variables.
"""

import numpy as np

from simulations.arrays import IntArray, RealArray
from simulations.strategies.diversity import farthest
from simulations.strategies.structure import squares_of
from simulations.strategies.view import CannotSelectError, RoundView, Strategy, Streams

SUB_POOL = 300
MOST_PICKS = 300
OUTLIERS = 0.01
"""Share of the sub-pool that may stay uncovered."""

NODES = 200
"""Branch-and-bound nodes of one programme: a limit in seconds would let the clock decide what is labelled."""

_CLOSE_ENOUGH = 0.01


def _coreset_mip(view: RoundView, k: int, streams: Streams) -> IntArray:
    if k > MOST_PICKS:
        raise CannotSelectError(f"strategy coreset_mip: asked for {k} items; allowed: 1 to {MOST_PICKS}")
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        left = view.unlabelled(i)
        own = left
        if left.size > max(SUB_POOL, 2 * k):
            own = np.sort(rng.choice(left, max(SUB_POOL, 2 * k), replace=False))
        X = view.features[i]
        chosen[i] = own[robust_cover(X[own], X[view.labelled[i]], k)[0]]
    return chosen


def robust_cover(X: RealArray, labelled: RealArray, k: int, *, outliers: float = OUTLIERS) -> tuple[IntArray, float]:
    """Choose k centres among the rows of X that cover all but a share of them within the smallest radius.

    Sener & Savarese 2018, section 5.1 (robust k-center): bisection over the radius, each step a programme that asks how
    few items k centres must leave uncovered. It starts from the greedy choice, which without outliers is within twice
    the best radius. A programme that ends at its limit of nodes undecided counts as unsolvable.

    Args:
        X: shape (m, d).
        labelled: shape (l, d), centres that are there already; l may be 0.
        k: 1 to m.
        outliers: share of the m items that may stay uncovered.

    Returns:
        The centres, row numbers of X (k,), and the radius δ that they achieve.
    """
    far = np.sqrt(_squared(X, X))
    reach = np.sqrt(_squared(X, labelled).min(axis=1)) if len(labelled) else np.full(len(X), np.inf)
    spared = int(outliers * len(X))
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
    return rows, high


def _cover_within(far: RealArray, reach: RealArray, k: int, radius: float, spared: int) -> IntArray | None:
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


def _radius(far: RealArray, reach: RealArray, rows: IntArray, spared: int) -> float:
    """The smallest radius that leaves at most `spared` items farther from their nearest centre, chosen or labelled."""
    nearest = np.minimum(far[:, rows].min(axis=1), reach)
    return float(np.sort(nearest)[len(far) - 1 - spared])


def _squared(X: RealArray, Y: RealArray) -> RealArray:
    """Squared distances (m, l), in float64 and not below zero."""
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    squared: RealArray = squares_of(X)[:, None] + squares_of(Y) - 2.0 * X @ Y.T
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
