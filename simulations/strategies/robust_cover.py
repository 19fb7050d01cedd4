"""Core-set selection by integer programming: centres that leave few items far away, outliers excepted.

Notation
    m        items of the sub-pool
    δ        radius: every item of the sub-pool but the outliers is within δ of a centre or of a labelled item

Cost for each round: m² d and n d for distances, then about ten integer programmes of 2 m variables.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Cover:
    """Centres, and how good they are known to be.

    Args:
        rows: shape (k,), the centres, row numbers of the sub-pool.
        radius: δ that they achieve.
        bound: no k centres achieve less, as far as the programmes were solved.
        uncovered: items beyond the radius.
    """

    rows: IntArray
    radius: float
    bound: float
    uncovered: int

    @property
    def gap(self) -> float:
        """How much of the radius might be saved at most, a fraction."""
        return 1.0 - self.bound / self.radius if self.radius > 0 else 0.0


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
        chosen[i] = own[robust_cover(X[own], X[view.labelled[i]], k).rows]
    return chosen


def robust_cover(X: RealArray, labelled: RealArray, k: int, *, outliers: float = OUTLIERS) -> Cover:
    """Choose k centres among the rows of X that cover all but a share of them within the smallest radius.

    Sener & Savarese 2018, section 5.1 (robust k-center): bisection over the radius, each step a programme that asks how
    few items k centres must leave uncovered. It starts from the greedy choice, which without outliers is within twice
    the best radius. A programme that ends at its limit of nodes undecided counts as unsolvable and leaves `bound` as it
    was.

    Args:
        X: shape (m, d).
        labelled: shape (l, d), centres that are there already; l may be 0.
        k: 1 to m.
        outliers: share of the m items that may stay uncovered.
    """
    far = np.sqrt(_squared(X, X))
    reach = np.sqrt(_squared(X, labelled).min(axis=1)) if len(labelled) else np.full(len(X), np.inf)
    spared = int(outliers * len(X))
    rows = _greedy(X, labelled, k)
    low = bound = 0.0
    high = _radius(far, reach, rows, spared)
    while high - low > _CLOSE_ENOUGH * high:
        middle = (low + high) / 2
        found, proven = _cover_within(far, reach, k, middle, spared)
        if found is None:
            low, bound = middle, middle if proven else bound
        else:
            rows, high = found, _radius(far, reach, found, spared)
    uncovered = int((_distance(far, reach, rows) > high).sum())
    return Cover(rows, high, bound, uncovered)


def _cover_within(far: RealArray, reach: RealArray, k: int, radius: float, spared: int) -> tuple[IntArray | None, bool]:
    """Find k centres that leave at most `spared` items farther than the radius.

    Returns:
        The centres or None, and whether it is proven that there are none.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    items = len(far)
    open_ = np.flatnonzero(reach > radius)
    near = csr_array((far[open_] <= radius).astype(np.float64))
    covered = hstack([near, eye_array(open_.size)])  # a centre within the radius, or counted as an outlier
    counts = vstack(
        [
            csr_array(np.concatenate([np.ones(items), np.zeros(open_.size)])[None]),
            csr_array(np.concatenate([np.zeros(items), np.ones(open_.size)])[None]),
        ]
    )
    answer = milp(
        np.zeros(items + open_.size),
        integrality=np.repeat([1, 0], [items, open_.size]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(covered, 1, np.inf), LinearConstraint(counts, [k, 0], [k, spared])],
        options={"node_limit": NODES},
    )
    if answer.x is not None:
        return np.flatnonzero(answer.x[:items] > 0.5), False
    return None, answer.status == 2


def _distance(far: RealArray, reach: RealArray, rows: IntArray) -> RealArray:
    """Distance of every item to the nearest centre, chosen or labelled, (m,)."""
    nearest: RealArray = np.minimum(far[:, rows].min(axis=1), reach)
    return nearest


def _radius(far: RealArray, reach: RealArray, rows: IntArray, spared: int) -> float:
    """The smallest radius that leaves at most `spared` items uncovered."""
    return float(np.sort(_distance(far, reach, rows))[len(far) - 1 - spared])


def _greedy(X: RealArray, labelled: RealArray, k: int) -> IntArray:
    known = np.arange(len(X) + len(labelled)) >= len(X)
    return farthest(np.concatenate([X, labelled]), known, k)


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
