"""Compiled softmax regression: probabilities, the penalised loss with its gradient, and L-BFGS for one lane at a time.

Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 3.1 (backtracking), in single
precision.

Notation
    N, D     items of the data set, features padded with zeros to a multiple of 16
    panels   flat; panel p holds items 16p … 16p + 15, feature by feature: 16 numbers a feature
    C        classes scored or fitted
    Z        flat (C, 64): one block of 64 items, scores first, then probabilities, then residuals
    x        flat weights of one lane: C rows of D, then C intercepts, K numbers in all
    S, Y     flat (MEMORY, K): the last steps and the changes of the gradient they brought
"""

from typing import Any

import numpy as np

from simulations.jit import compiled, inlined
from simulations.learners.kernels.tiles import BLOCK, STRIP, Array, V, pack_items, product, space_for_items

_NEVER = np.float32(-1e38)
_LOG2E = np.float32(1.4426950408889634)
# 2^f for |f| <= 1/2 from its Taylor series; the first term left out is below 2e-8.
_T1, _T2, _T3, _T4, _T5, _T6 = (
    np.float32(0.6931471805599453**k / f) for k, f in ((1, 1), (2, 2), (3, 6), (4, 24), (5, 120), (6, 720))
)


@inlined
def _exp(z: Any) -> Any:
    """Give e^z for z <= 0 to about 1e-7 of it near 0; below -87 it stays at e^-87."""
    y = max(z * _LOG2E, np.float32(-125.0))
    k = np.floor(y + np.float32(0.5))
    f = y - k
    series = _T1 + f * (_T2 + f * (_T3 + f * (_T4 + f * (_T5 + f * _T6))))
    return (np.float32(1.0) + f * series) * np.int32((np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32)


@inlined
def _scores(
    W: Array, w: int, D: int, intercepts: Array, C: int, panels: Array, panel: int, quads: int, Z: Array
) -> None:
    """Fill Z with the scores of `quads` panels from `panel` on."""
    for q in range(quads):
        product(W, w, D, C, panels, (panel + q) * D * V, V, Z, q * V, BLOCK, D, 0)
    for c in range(C):
        z = Z[c * BLOCK : c * BLOCK + quads * V]
        b = intercepts[c]
        for i in range(quads * V):
            z[i] += b


@inlined
def _exponentials(Z: Array, C: int, width: int, top: Array, total: Array) -> None:
    """Turn scores into e^(score - largest), giving the largest and the sums of `width` items, sums in doubles."""
    for i in range(width):
        top[i] = Z[i]
        total[i] = 0.0
    for c in range(1, C):
        z = Z[c * BLOCK : c * BLOCK + width]
        for i in range(width):
            top[i] = max(top[i], z[i])
    for c in range(C):
        z = Z[c * BLOCK : c * BLOCK + width]
        # In two loops: one over numbers of two sizes would fill half as many places of a register.
        for i in range(width):
            z[i] = _exp(z[i] - top[i])
        for i in range(width):
            total[i] += z[i]


@compiled
def probabilities(W: Array, intercepts: Array, lanes: Array, panels: Array, out: Array) -> Any:
    """Score items for several lanes: out (lanes, C, items) float32, exactly 0 for classes never seen.

    Args:
        W: float32 (L, C, D).
        intercepts: float32 (L, C), -inf for a class never seen.
        lanes: int64, which lanes, in the order of `out`.
        panels: float32 flat, the items.
        out: what is written.

    Returns:
        The sum of all that is written for each lane, (lanes,), finite if and only if all of it is.
    """
    _, C, D = W.shape
    count = out.shape[2]
    sums = np.zeros(lanes.size, np.float32)
    own_W, own_b = np.empty((lanes.size, C * D), np.float32), np.empty((lanes.size, C), np.float32)
    seen, known_of = np.empty((lanes.size, C), np.bool_), np.zeros(lanes.size, np.int64)
    for place, lane in enumerate(lanes):
        for c in range(C):
            seen[place, c] = intercepts[lane, c] > _NEVER
            if seen[place, c]:
                known = known_of[place]
                own_W[place, known * D : (known + 1) * D] = W[lane, c]
                own_b[place, known] = intercepts[lane, c]
                known_of[place] += 1
    Z, top, total = np.empty(C * BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK)
    for at in range(0, count, BLOCK):
        m = min(BLOCK, count - at)
        quads = (m + V - 1) // V
        # The block's panels stay in the cache for all lanes.
        for place in range(lanes.size):
            here, known = seen[place], known_of[place]
            _scores(own_W[place], 0, D, own_b[place], known, panels, at // V, quads, Z)
            _exponentials(Z, known, quads * V, top, total)
            for i in range(m):
                top[i] = np.float32(1.0 / total[i])
            row = 0
            for c in range(C):
                target = out[place, c, at : at + m]
                if here[c]:
                    z = Z[row * BLOCK : row * BLOCK + m]
                    added = np.float32(0.0)
                    for i in range(m):
                        p = z[i] * top[i]
                        target[i] = p
                        added += p
                    sums[place] += added
                    row += 1
                else:
                    target[:] = np.float32(0.0)
    return sums


@inlined
def loss(
    x: Array,
    g: Array,
    h: Array,
    y: Array,
    C: int,
    D: int,
    l2: Any,
    strips: Array,
    panels: Array,
    Z: Array,
    top: Array,
    total: Array,
) -> Any:
    """Give the penalised loss at x, writing its gradient to g and the sums of p (1 - p) of each class to h.

    Args:
        x, g: float32, C·D + C numbers, see the notation.
        h: float32 (C,).
        y: (n,) place of each label among the C classes seen.
        strips, panels: float32 flat, the labelled items both ways, see `tiles`.
        l2: penalty on the weights, not on the intercepts.
        Z, top, total: working space for a block.
    """
    g[:] = np.float32(0.0)
    h[:] = np.float32(0.0)
    intercepts, slopes = x[C * D :], g[C * D :]
    f, n = 0.0, y.size
    for at in range(0, n, BLOCK):
        m = min(BLOCK, n - at)
        quads = (m + V - 1) // V
        _scores(x, 0, D, intercepts, C, panels, at // V, quads, Z)
        for i in range(m):
            f -= Z[y[at + i] * BLOCK + i]
        _exponentials(Z, C, quads * V, top, total)
        f += _sum_of_logs(top, total, m)
        _residuals(Z, C, y[at : at + m], m, total, top, h, slopes)
        for j in range(0, D, V):
            product(Z, 0, BLOCK, C, strips, (at // BLOCK * D + j) // V * STRIP, V, g, j, D, m, 1)
    square = 0.0
    for k in range(C * D):
        g[k] += l2 * x[k]
        square += x[k] * x[k]
    return f + 0.5 * l2 * square


@inlined
def _sum_of_logs(top: Array, total: Array, m: int) -> Any:
    """Sum the logs of the totals; one logarithm serves many items, since products of many totals fit a double."""
    logs, product_of_totals = 0.0, 1.0
    for i in range(m):
        logs += top[i]
        product_of_totals *= total[i]
        if product_of_totals > 1e150:
            logs += np.log(product_of_totals)
            product_of_totals = 1.0
    return logs + np.log(product_of_totals)


@inlined
def _residuals(Z: Array, C: int, y: Array, m: int, total: Array, others: Array, h: Array, slopes: Array) -> None:
    """Turn exponentials into p - 1[label], adding to h and to the gradient of the intercepts.

    The residual of the label is written as minus the sum of all other probabilities: 1 - p would lose its digits
    where p is nearly 1.
    """
    for i in range(m):
        total[i] = 1.0 / total[i]
        others[i] = np.float32(0.0)
    for c in range(C):
        z = Z[c * BLOCK : (c + 1) * BLOCK]
        for i in range(m):
            p = z[i] * np.float32(total[i])
            z[i] = p
            others[i] += np.float32(0.0) if y[i] == c else p
    for i in range(m):
        Z[y[i] * BLOCK + i] = -others[i]
    for c in range(C):
        z = Z[c * BLOCK : (c + 1) * BLOCK]
        spread, slope = np.float32(0.0), np.float32(0.0)
        for i in range(m):
            size = abs(z[i])
            spread += size * (np.float32(1.0) - size)
            slope += z[i]
        h[c] += spread
        slopes[c] += slope


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
