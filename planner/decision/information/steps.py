"""Jumps: a deadline met or missed, a tier, a minimum order, a target reached or never, found in what splines leave.

Notation:
    S, K, d     number of joint draws, of columns so far, and of plans that can matter
    y           (d, S)  net benefit less that of the plan with the best mean
    q           (S, K)  orthonormal columns so far
    r           (d, S)  residuals, held within three of their usual sizes, draws in ascending order of the input
    cuts        (C,)    places where the input rises from one draw to the next
    outside     (C,)    squared length of each step function outside q

A step enters only where it takes off more than 4 log(S) noise variances, which noise alone does for fewer than one
input in a hundred, even where bills are lognormal: an input that tells nothing gains no columns, and so no bias.
"""

import numpy as np

from planner.arrays import Counts, Floats
from planner.decision.information.basis import Basis

LEAST_DRAWS = 100
MOST_STEPS = 3
STEP_ORDER = 4  # as wiggly as a spline: no factor of products
LEAST_OUTSIDE = 0.01  # share of the draws; a shorter step is next to the ends, or in the columns already
LEAST_DRAWS_OUTSIDE = 10
USUAL_SIZES = 3.0
NO_NOISE = 1e-20  # of the variance: what rounding leaves


def with_steps(basis: Basis, y: Floats, x: Floats) -> Basis:
    """Add the jumps that a basis of one input does not have; a few values have their means, and need none.

    Args:
        basis: of the input, shape (S, K).
        y: differences to the plan with the best mean, shape (d, S).
        x: the input, shape (S,).
    """
    if len(x) < LEAST_DRAWS or basis.order.max() == 1:
        return basis
    ascending = x[basis.ranks]
    cuts = np.flatnonzero(ascending[1:] > ascending[:-1])
    sorted_y, q = y[:, basis.ranks], basis.q[basis.ranks]
    for _ in range(MOST_STEPS):
        cut = _sharpest(sorted_y, q, cuts)
        if cut is None:
            break
        step = (np.arange(len(x)) <= cut).astype(np.float64)
        step -= q @ (q.T @ step)
        q = np.column_stack([q, step / np.sqrt(step @ step)])
    new = q.shape[1] - basis.q.shape[1]
    if not new:
        return basis
    in_order_of_draws = np.empty_like(q)
    in_order_of_draws[basis.ranks] = q
    return Basis(in_order_of_draws, np.append(basis.order, np.full(new, STEP_ORDER)), basis.ranks)


def _sharpest(y: Floats, q: Floats, cuts: Counts) -> int | None:
    """Find the cut whose step takes most off the residuals of a plan; None where no step is surely there."""
    S = len(q)
    r = y - (y @ q) @ q.T
    # One huge bill must not look like a jump, so the search (not the fit) is on residuals of bounded size.
    usual = USUAL_SIZES * np.abs(r).mean(axis=1, keepdims=True)
    np.clip(r, -usual, usual, out=r)
    r -= (r @ q) @ q.T
    variance = (r**2).mean(axis=1)
    noisy = variance > NO_NOISE * (y**2).mean(axis=1)
    left = q.cumsum(axis=0)[cuts]
    outside = cuts + 1 - (left**2).sum(axis=1)
    usable = outside > max(LEAST_OUTSIDE * S, LEAST_DRAWS_OUTSIDE)
    if not noisy.any() or not usable.any():
        return None
    taken_off = (r[noisy].cumsum(axis=1)[:, cuts[usable]] ** 2 / variance[noisy, None]).max(axis=0) / outside[usable]
    best = int(taken_off.argmax())
    return int(cuts[usable][best]) if taken_off[best] > 4 * np.log(S) else None
