"""Compiled softmax regression: panels of items, probabilities, and the penalised loss with its gradient.

Notation
    N, D     items of the data set, features padded with zeros to a multiple of 16
    panels   flat; panel p holds items 16p … 16p + 15, feature by feature: 16 numbers a feature
    C        classes scored or fitted
    Z        flat (C, 64): one block of 64 items, scores first, then probabilities, then residuals
    x        flat weights of one lane: C rows of D, then C intercepts
"""

from typing import Any

import numpy as np

from simulations.jit import compiled, inlined
from simulations.learners.kernels.tiles import BLOCK, STRIP, Array, V, product

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
