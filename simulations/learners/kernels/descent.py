"""Compiled L-BFGS for one lane at a time: as `simulations.learners.lockstep`, in single precision.

Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 3.1 (backtracking).

Notation
    K      unknowns of a lane
    S, Y   flat (MEMORY, K): the last steps and the changes of the gradient they brought
"""

from typing import Any

import numpy as np

from simulations.jit import compiled, inlined
from simulations.learners.kernels.softmax import loss
from simulations.learners.kernels.tiles import BLOCK, Array, pack_items, space_for_items

MEMORY = 5
_SUFFICIENT = 1e-4
_SHORTEST = 2.0**-20
_ROUNDING = 2e-7


@inlined
def _dot(a: Array, b: Array) -> Any:
    total = np.float32(0.0)
    for k in range(a.size):
        total += a[k] * b[k]
    return total


@inlined
def _largest(g: Array) -> Any:
    largest = np.float32(0.0)
    for k in range(g.size):
        largest = max(largest, abs(g[k]))
    return largest


@inlined
def _direction(
    g: Array,
    H0: Array,
    scale: Any,
    S: Array,
    Y: Array,
    inverse: Array,
    pairs: int,
    newest: int,
    p: Array,
    coefficients: Array,
) -> None:
    """Write -H g to p."""
    K = g.size
    for k in range(K):
        p[k] = -g[k]
    for back in range(pairs):
        slot = (newest - back) % MEMORY
        s, y = S[slot * K : (slot + 1) * K], Y[slot * K : (slot + 1) * K]
        a = inverse[slot] * _dot(s, p)
        coefficients[slot] = a
        for k in range(K):
            p[k] -= a * y[k]
    for k in range(K):
        p[k] *= scale * H0[k]
    for back in range(pairs - 1, -1, -1):
        slot = (newest - back) % MEMORY
        s, y = S[slot * K : (slot + 1) * K], Y[slot * K : (slot + 1) * K]
        a = coefficients[slot] - inverse[slot] * _dot(y, p)
        for k in range(K):
            p[k] += a * s[k]


@inlined
def _precondition(H0: Array, h: Array, axes: Array, C: int, D: int, l2: Any) -> None:
    """Write 1 / (n h_c (eig_j + mean eig) + l2), h being n h_c, and the same without l2 for the intercepts."""
    for c in range(C):
        for j in range(D):
            H0[c * D + j] = np.float32(1.0) / (h[c] * axes[j] + l2)
        H0[C * D + c] = np.float32(1.0) / h[c]


@inlined
def _remember(x: Array, trial: Array, g: Array, g_new: Array, H0: Array, s: Array, change: Array) -> Any:
    """Move to `trial`, keep the step and the change of the gradient; give the new scale and 1 / (s·y), or zeros."""
    sy, yHy = np.float32(0.0), np.float32(0.0)
    for k in range(x.size):
        s[k] = trial[k] - x[k]
        change[k] = g_new[k] - g[k]
        sy += s[k] * change[k]
        yHy += change[k] * change[k] * H0[k]
        x[k] = trial[k]
        g[k] = g_new[k]
    if sy > np.float32(1e-10) * yHy and yHy > 0:
        return sy / yHy, np.float32(1.0) / sy
    return np.float32(0.0), np.float32(0.0)


@inlined
def fit_lane(
    x: Array,
    strips: Array,
    panels: Array,
    y: Array,
    C: int,
    D: int,
    axes: Array,
    l2: Any,
    decrement: float,
    gradient: float,
    most_evaluations: int,
    S: Array,
    Y: Array,
) -> tuple[int, int]:
    """Minimise the loss of one lane from x, in place.

    Args:
        x: float32, C·D + C numbers.
        strips, panels: float32 flat, the labelled items both ways, see `tiles`.
        y: (n,) place of each label among the C classes seen; C is at least 2.
        axes: float32 (D,), eig_j + mean eig.
        l2: penalty.
        decrement: bound on half the Newton decrement per item, tighter where the loss itself is small.
        gradient: bound on the largest slope per item.
        most_evaluations: a lane that needs more ends unconverged.
        S, Y: float32, working space of at least MEMORY times the numbers of x, see the notation.

    Returns:
        Evaluations of the loss, and 1 if the stopping rule was met, else 0.
    """
    n, K = y.size, C * D + C
    l2 = np.float32(l2)
    Z, h = np.zeros(C * BLOCK, np.float32), np.empty(C, np.float32)
    top, total = np.empty(BLOCK, np.float32), np.empty(BLOCK)
    inverse, coefficients = np.empty(MEMORY, np.float32), np.empty(MEMORY, np.float32)
    g, g_new = np.empty(K, np.float32), np.empty(K, np.float32)
    trial, p, H0 = np.empty(K, np.float32), np.empty(K, np.float32), np.empty(K, np.float32)
    pairs, newest, scale, evaluations = 0, -1, np.float32(1.0), 0
    f, t, slope = 0.0, 1.0, 0.0
    trial[:] = x
    while True:
        value = loss(trial, g_new, h, y, C, D, l2, strips, panels, Z, top, total)
        evaluations += 1
        # The slack is rounding of f itself, without which the last steps would be refused.
        if evaluations > 1 and value > f + _SUFFICIENT * t * slope + _ROUNDING * abs(f):
            bend = value - f - t * slope
            factor = -0.5 * t * slope / bend if bend > 0 else 0.5
            t *= min(max(factor, 0.1), 0.5)
        else:
            if evaluations == 1:
                for c in range(C):
                    h[c] = max(h[c], np.float32(1e-3 * n))
                _precondition(H0, h, axes, C, D, l2)
                g[:] = g_new
            else:
                slot = (newest + 1) % MEMORY
                scale_now, inverse_now = _remember(x, trial, g, g_new, H0, S[slot * K :], Y[slot * K :])
                if inverse_now > 0:
                    inverse[slot], scale = inverse_now, scale_now
                    newest, pairs = slot, min(pairs + 1, MEMORY)
            f, t = value, 1.0
            _direction(g, H0, scale, S, Y, inverse, pairs, newest, p, coefficients)
            slope = float(_dot(g, p))
            near = -0.5 * slope <= n * decrement * min(1.0, 100.0 * f / n)
            if near and _largest(g) <= n * gradient:
                return evaluations, 1
        # A step this short moves nothing: the lane sits at the limit of its arithmetic.
        if not (np.isfinite(f) and t >= _SHORTEST and evaluations < most_evaluations):
            return evaluations, 0
        step = np.float32(t)
        for k in range(K):
            trial[k] = x[k] + step * p[k]


@compiled
def fit_lanes(
    W: Array,
    intercepts: Array,
    X: Array,
    rows: Array,
    answers: Array,
    axes: Array,
    l2: Any,
    decrement: float,
    gradient: float,
    most_evaluations: int,
) -> tuple[Array, Array]:
    """Fit several lanes one after the other, each in arithmetic of its own.

    Args:
        W: float32 (L, C, D), where to start and what comes out; 0 for classes without a label.
        intercepts: float32 (L, C), likewise; -inf comes out for classes without a label.
        X: float32 flat (N, D).
        rows, answers: int64 (L, n).
        axes: float32 (D,), eig_j + mean eig.
        l2, decrement, gradient, most_evaluations: see `fit_lane`.

    Returns:
        Evaluations (L,), and whether each lane converged (L,).
    """
    L, C, D = W.shape
    evaluations, converged = np.zeros(L), np.ones(L, np.bool_)
    place, y = np.empty(C, np.int64), np.empty(rows.shape[1], np.int64)
    x = np.empty(C * D + C, np.float32)
    S, Y = np.empty(MEMORY * x.size, np.float32), np.empty(MEMORY * x.size, np.float32)
    strips, panels = space_for_items(y.size, D)
    for lane in range(L):
        place[:] = -1
        for i in range(y.size):
            place[answers[lane, i]] = 0
        known = 0
        for c in range(C):
            if place[c] == 0:
                place[c] = known
                x[known * D : (known + 1) * D] = W[lane, c]
                known += 1
        own = x[: known * D + known]
        for c in range(C):
            if place[c] >= 0:
                own[known * D + place[c]] = intercepts[lane, c]
        for i in range(y.size):
            y[i] = place[answers[lane, i]]
        if known > 1:
            pack_items(X, rows[lane], D, strips, panels)
            spent, done = fit_lane(
                own, strips, panels, y, known, D, axes, l2, decrement, gradient, most_evaluations, S, Y
            )
            evaluations[lane], converged[lane] = spent, done == 1
        for c in range(C):
            if place[c] < 0:
                W[lane, c] = np.float32(0.0)
                intercepts[lane, c] = -np.float32(np.inf)
            elif known == 1:
                W[lane, c] = np.float32(0.0)
                intercepts[lane, c] = np.float32(0.0)
            else:
                W[lane, c] = own[place[c] * D : (place[c] + 1) * D]
                intercepts[lane, c] = own[known * D + place[c]]
    return evaluations, converged
