"""D² sampling among factorised gradients, compiled.

Notation
    n, d, C  items, features, classes
    columns  (n,) the column of P that holds each item's probabilities
    items    (n,) the row of X that holds each item's features
    g, h     factors of an item's gradient embedding g ⊗ h, shapes (C,) and (d,)
    bound    no smaller than an item's squared distance to the nearest pick, exact for the first `seen` picks
    sums     of `bound` over blocks of `_block(n)` items, to find a draw's item without adding up all n
"""

import numpy as np

from simulations.arrays import Ints, Reals
from simulations.jit import compiled, inlined

_AT_ONCE = 256


@inlined
def _block(n: int) -> int:
    size = 16
    while size * size < n:
        size *= 2
    return size


@inlined
def _add_up(bound: Reals, sums: Reals, block: int) -> None:
    # Added anew and not adjusted, so that no rounding is carried on and zeros add up to zero.
    at = block * _block(bound.size)
    total = 0.0
    for i in range(at, min(at + _block(bound.size), bound.size)):
        total += bound[i]
    sums[block] = total


@inlined
def _draw(bound: Reals, sums: Reals, u: float) -> int:
    """Give the item at which the running sum of the bounds passes the share u of the whole; -1 if they are all 0."""
    left = u * sums.sum()
    block = -1
    for b in range(sums.size):
        if sums[b] > 0.0:
            block = b
            if left < sums[b]:
                break
            left -= sums[b]
    if block < 0:
        return -1
    pick = -1
    at = block * _block(bound.size)
    for i in range(at, min(at + _block(bound.size), bound.size)):
        if bound[i] > 0.0:
            pick = i
            if left < bound[i]:
                break
            left -= bound[i]
    return pick


@inlined
def _gradient(P: Reals, column: int, g: Reals) -> None:
    """Write the probabilities less the one-hot likeliest class; what the rest add up to says it without cancelling."""
    top = 0
    for c in range(1, P.shape[0]):
        if P[c, column] > P[top, column]:
            top = c
    rest = 0.0
    for c in range(P.shape[0]):
        g[c] = P[c, column]
        if c != top:
            rest += P[c, column]
    g[top] = -rest


@inlined
def _distance(g: Reals, h: Reals, g2: Reals, h2: Reals) -> float:
    """|g ⊗ h - g2 ⊗ h2|² by way of g ⊗ (h - h2) + (g - g2) ⊗ h2, which is exactly 0 for twins."""
    zero = h.dtype.type(0)
    gg, gs, ss = zero, zero, zero
    for c in range(g.size):
        step = g[c] - g2[c]
        gg += g[c] * g[c]
        gs += g[c] * step
        ss += step * step
    hh, hs, tt = zero, zero, zero
    for j in range(h.size):
        step = h[j] - h2[j]
        hh += h2[j] * h2[j]
        hs += h2[j] * step
        tt += step * step
    return max(float(gg) * float(tt) + 2.0 * float(gs) * float(hs) + float(ss) * float(hh), 0.0)


@compiled
def lengths(P: Reals) -> Reals:
    """Give the length of g for each column of class-major probabilities (C, n), (n,)."""
    C, n = P.shape
    found = np.empty(n, P.dtype)
    top, rest, squares = np.empty(_AT_ONCE, P.dtype), np.empty(_AT_ONCE, P.dtype), np.empty(_AT_ONCE, P.dtype)
    for at in range(0, n, _AT_ONCE):
        width = min(_AT_ONCE, n - at)
        for i in range(width):
            top[i], rest[i], squares[i] = P[0, at + i], 0, 0
        for c in range(1, C):
            p = P[c, at : at + width]
            for i in range(width):
                loser = min(top[i], p[i])
                top[i] = max(top[i], p[i])
                rest[i] += loser
                squares[i] += loser * loser
        for i in range(width):
            found[at + i] = np.sqrt(rest[i] * rest[i] + squares[i])
    return found


@compiled
def spread(
    P: Reals,
    X: Reals,
    columns: Ints,
    items: Ints,
    norms: Reals,
    bound: Reals,
    first: int,
    k: int,
    rng: np.random.Generator,
) -> Ints:
    """Draw k items by D² sampling, `first` being the first; see `gradient.spread` and the notation.

    Args:
        P: class-major probabilities, shape (C, M).
        X: shape (N, d), of the same type.
        norms: length of each embedding, shape (n,).
        bound: infinite where an item may be drawn, 0 elsewhere; overwritten.

    Returns:
        Rows, shape (k,); -1 from where on all that is left coincides with what was drawn.
    """
    n, block = bound.size, _block(bound.size)
    sums = np.empty((n + block - 1) // block)
    seen = np.zeros(n, np.int32)
    G, H = np.empty((k, P.shape[0]), P.dtype), np.empty((k, X.shape[1]), X.dtype)
    own = np.empty(P.shape[0], P.dtype)
    chosen = np.full(k, -1)
    nearest = np.inf
    pick = first
    for i in range(k):
        chosen[i] = pick
        _gradient(P, columns[pick], G[i])
        H[i] = X[items[pick]]
        bound[pick] = 0.0
        if norms[pick] < nearest:
            # No distance exceeds the sum of two lengths, so a short pick bounds all others at once.
            nearest = norms[pick]
            for j in range(n):
                bound[j] = min(bound[j], (norms[j] + nearest) ** 2)
            for b in range(sums.size):
                _add_up(bound, sums, b)
        else:
            _add_up(bound, sums, pick // block)
        accepted = i == k - 1
        while not accepted:
            pick = _draw(bound, sums, rng.random())
            if pick < 0:
                return chosen
            # Kept if the true distance is above this share of the bound; looked at until that is known.
            bar = rng.random() * bound[pick]
            _gradient(P, columns[pick], own)
            while seen[pick] <= i and bound[pick] > bar:
                s = seen[pick]
                bound[pick] = min(bound[pick], _distance(own, X[items[pick]], G[s], H[s]))
                seen[pick] += 1
            accepted = bound[pick] > bar
            if not accepted:
                _add_up(bound, sums, pick // block)
    return chosen
