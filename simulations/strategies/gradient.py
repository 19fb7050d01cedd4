"""Strategies that spread out in the space of loss gradients.

Cost for a pool of n items, d features, C classes: one pass of n (d + C), then for each pick a running sum over n and,
mostly, 16 items against the picks so far; passes over all items only when the draws keep being rejected.
"""

import numpy as np

from simulations.strategies.view import FloatArray, IntArray, RoundView, Strategy, Streams

_PROPOSALS = 16
_FAILURES = 8
_COLUMNS = 64


def _badge(view: RoundView, k: int, streams: Streams) -> IntArray:
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        rows = view.unlabelled(i)
        chosen[i] = rows[spread(_Embedding(view.probabilities[i, rows], view.features[i][rows]), k, rng)]
    return chosen


class _Embedding:
    """Gradient embeddings g ⊗ h of m items by their factors; ⟨g⊗h, g'⊗h'⟩ = ⟨g, g'⟩⟨h, h'⟩.

    Args:
        probabilities: shape (m, C); g is these less the one-hot likeliest class (Ash et al. 2020, equation 1).
        features: shape (m, d), h, what the linear head reads.
    """

    def __init__(self, probabilities: FloatArray, features: FloatArray) -> None:
        self.g = np.array(probabilities, order="C")
        self.g[np.arange(self.g.shape[0]), self.g.argmax(axis=1)] -= 1.0
        self.h = np.ascontiguousarray(features)
        self.squares = (self.g**2).sum(axis=1) * (self.h**2).sum(axis=1)

    def nearest_square(self, rows: IntArray | slice, centres: IntArray) -> FloatArray:
        """Squared distance of each of `rows` to the nearest of `centres`, at least one of them."""
        nearest = np.full(self.squares[rows].shape, np.inf)
        for at in range(0, centres.size, _COLUMNS):
            c = centres[at : at + _COLUMNS]
            products = (self.g[rows] @ self.g[c].T) * (self.h[rows] @ self.h[c].T)
            np.minimum(nearest, (self.squares[c] - 2.0 * products).min(axis=1), out=nearest)
        # Rounding may leave twins a hair on either side of zero, which must not pass for a distance.
        distance = nearest + self.squares[rows]
        return np.where(distance > 1e-12 * self.squares[rows], distance, 0.0)


def spread(items: _Embedding, k: int, rng: np.random.Generator) -> IntArray:
    """Draw k items, each with probability in proportion to its squared distance to the nearest one drawn (D²).

    The first is the item of largest gradient, as in the authors' program. Later ones are drawn from distances that
    may be out of date, hence too large, and kept with probability new over old, which is exact D² sampling.
    Where every item left coincides with a drawn one, the lowest row is taken.

    Args:
        items: the embeddings.
        k: at most the number of items.
        rng: where the draws come from.

    Returns:
        Distinct rows, shape (k,).
    """
    chosen = np.empty(k, dtype=np.int64)
    chosen[0] = items.squares.argmax()
    bound = items.nearest_square(slice(None), chosen[:1])
    bound[chosen[0]] = 0.0
    fresh_to = 1
    for i in range(1, k):
        failures = 0
        while (pick := _accepted(items, chosen[:i], bound, rng)) is None and bound.any():
            failures += 1
            if failures % _FAILURES == 0 and fresh_to < i:
                np.minimum(bound, items.nearest_square(slice(None), chosen[fresh_to:i]), out=bound)
                fresh_to = i
        chosen[i] = _lowest_left(chosen[:i]) if pick is None else pick
        bound[chosen[i]] = 0.0
    return chosen


def _accepted(items: _Embedding, centres: IntArray, bound: FloatArray, rng: np.random.Generator) -> int | None:
    """Propose items in proportion to their bounds, tighten the bounds, and give the first that is kept, if any."""
    sums = np.cumsum(bound)
    if not sums[-1] > 0.0:
        bound[:] = 0.0
        return None
    proposed = np.searchsorted(sums, rng.random(_PROPOSALS) * sums[-1], side="right")
    # A draw that rounds up to the whole sum belongs to the last item that has a share.
    proposed = np.minimum(proposed, np.searchsorted(sums, sums[-1], side="left"))
    exact = np.minimum(items.nearest_square(proposed, centres), bound[proposed])
    kept = np.flatnonzero(rng.random(_PROPOSALS) * bound[proposed] < exact)
    bound[proposed] = exact
    return int(proposed[kept[0]]) if kept.size else None


def _lowest_left(taken: IntArray) -> int:
    """Give the lowest row not among `taken`."""
    among = np.zeros(taken.size + 1, dtype=np.bool_)
    among[taken[taken <= taken.size]] = True
    return int(among.argmin())


BADGE = Strategy(
    name="badge",
    family="gradient",
    paper="Ash, Zhang, Krishnamurthy, Langford & Agarwal 2020, Deep batch active learning by diverse, uncertain "
    "gradient lower bounds",
    needs="features, probabilities",
    summary="Draws items whose loss gradients would be large and unlike one another (k-means++ on gradients).",
    choose=_badge,
)
