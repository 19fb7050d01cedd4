"""Strategies on loss gradients: where they are expected to be long, or spread out in their space.

The embedding of an item is g ⊗ h: g its probabilities less the one-hot likeliest class (Ash et al. 2020, equation 1), h
the features that the linear head reads. It is never written out: |g ⊗ h| = |g| |h| and ⟨g⊗h, g'⊗h'⟩ = ⟨g, g'⟩⟨h, h'⟩.

Cost for a data set of N items, d features, C classes: N d once for the lengths of the features; then N C each round for
`badge`, and for each pick a few items against the picks so far, d + C for each pair; N C² each round for `egl`.
"""

import numpy as np

from simulations.array_cache import ArrayCache
from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_lowest, locate_pool, locate_scores, measure_items
from simulations.strategies.structure import squares_of
from simulations.strategies.view import RoundView, Strategy, Streams, frozen

_LENGTHS = ArrayCache(lambda X: frozen(np.sqrt(squares_of(X))))


def _badge(view: RoundView, k: int, streams: Streams) -> Ints:
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        (X, items), (P, columns) = locate_pool(view, i), locate_scores(view, i)
        chosen[i] = spread(P, X, ~view.labelled[i], k, rng, items, columns)
    return chosen


def spread(
    P: Reals,
    X: Reals,
    left: Bools,
    k: int,
    rng: np.random.Generator,
    items: Ints | None = None,
    columns: Ints | None = None,
) -> Ints:
    """Draw k of the items left, each with probability in proportion to its squared distance to the nearest drawn (D²).

    The first is the item of largest gradient, as in the authors' program. Later ones are drawn from bounds on the
    distances and kept with probability distance over bound, which is exact D² sampling and looks at few items.
    Where every item left coincides with a drawn one, the lowest rows are taken.

    From class-major probabilities P (C, n), features X (n, d) and which items may be drawn, `left` (n,), to distinct
    rows (k,). Where `items` (n,) names rows of X and `columns` (n,) those of P, these are the pool.
    """
    # Frozen whatever they were, since compiled loops are compiled for arrays of one kind.
    X = frozen(np.ascontiguousarray(X))
    P = frozen(np.ascontiguousarray(P, dtype=X.dtype))
    items = np.arange(X.shape[0]) if items is None else items
    columns = np.arange(P.shape[1]) if columns is None else columns
    lengths = _LENGTHS(X)
    bound = np.where(left, np.inf, 0.0)
    from simulations.strategies.kernels import gradients  # here, since it loads numba

    own = gradients.lengths(P)
    # Both of one data set as a rule: to pick once takes half as long.
    norms = (own * lengths)[items] if columns is items else own[columns] * lengths[items]
    first = int(np.where(left, norms, -1.0).argmax())
    chosen = gradients.spread(P, X, frozen(columns), frozen(items), lengths, norms, bound, first, k, rng)
    drawn = chosen[chosen >= 0]
    if drawn.size == k:
        return drawn
    return np.concatenate([drawn, np.setdiff1d(np.flatnonzero(left), drawn)[: k - drawn.size]])


BADGE = Strategy(
    name="badge",
    family="gradient",
    paper="Ash, Zhang, Krishnamurthy, Langford & Agarwal 2020, Deep batch active learning by diverse, uncertain "
    "gradient lower bounds",
    needs=frozenset({"features", "probabilities"}),
    summary="Draws items whose loss gradients would be large and unlike one another (k-means++ on gradients).",
    choose=_badge,
    version=2,
)


_SQUARES = ArrayCache(squares_of)


def _expected_gradient_length(view: RoundView) -> Reals:
    # In float64: by rounding, a sure model would find all items alike.
    lengths = np.stack([np.sqrt(1.0 + _SQUARES(X).astype(np.float64)) for X in view.features])
    return np.asarray(-measure_items(view, expected_lengths) * lengths)


def expected_lengths(probabilities: Reals) -> Reals:
    """Expected length of the loss gradient by the scores, Σ_y p_y |p − e_y|, (..., C) to (...) in float64.

    Times the length of the features with a constant beside them, it is the expected gradient length of a linear head
    (Settles, Craven & Ray 2007, section 3.1): the gradient for answer y is (p − e_y) ⊗ (h, 1), with e_y one-hot.

    Examples:
        >>> float(expected_lengths(np.array([[0.5, 0.5]]))[0].round(6))
        0.707107
    """
    classes = probabilities.shape[-1]
    squares = np.zeros(probabilities.shape[:-1])
    for c in range(classes):
        squares += probabilities[..., c].astype(np.float64) ** 2
    total = np.zeros_like(squares)
    for c in range(classes):
        p = probabilities[..., c].astype(np.float64)
        # |p − e_y|² = Σ p² − 2 p_y + 1; rounding may leave a sure answer a hair below zero.
        total += p * np.sqrt(np.maximum(squares - 2.0 * p + 1.0, 0.0))
    return total


EGL = Strategy(
    name="egl",
    family="expected change",
    paper="Settles, Craven & Ray 2007, Multiple-instance active learning (expected gradient length)",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the answer, weighed by what the model expects, would change it most; on images often a loser.",
    choose=choose_lowest(_expected_gradient_length),
)
