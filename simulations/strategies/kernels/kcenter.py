"""Lazy exact greedy k-center, compiled.

Notation
    n, d     items, features
    m        centres given; the picks follow them
    bound    no smaller than an item's squared distance to its nearest centre, exact for the first `seen` centres
    heap     row numbers, largest bound first, among equals the lowest row
    items    (n,) the row of X that holds each item's features
"""

from typing import Any

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.jit import compiled, inlined
from simulations.learners.kernels.tiles import V, product

Number = np.floating[Any]

HEAD = 64
"""Features by which centres are looked at first: in principal axes they make up most of a distance."""

_ALMOST = np.float32(1.0 - 1e-4)  # more than rounding takes from squares and products of so many features
_SMALLEST = np.float32(1e-30)  # smaller squares lose digits


@inlined
def _square_distance(a: Reals, b: Reals) -> Number:
    # Differences first: what is alike is at distance 0 exactly, which norms and products would not give.
    total = a.dtype.type(0)
    for j in range(a.size):
        step = a[j] - b[j]
        total += step * step
    return total


@inlined
def _write_head(x: Reals, head: Reals, at: int, step: int) -> Number:
    """Write the first features of an item to `head`, one in `step` places from `at` on, and give their square."""
    square = np.float32(0.0)
    for j in range(min(HEAD, x.size)):
        head[at + j * step] = x[j]
        square += head[at + j * step] * head[at + j * step]
    return square


@inlined
def _before(bound: Reals, a: int, b: int) -> bool:
    return bound[a] > bound[b] or (bound[a] == bound[b] and a < b)


@inlined
def _sink(heap: Ints, bound: Reals, place: int) -> None:
    row = heap[place]
    while 2 * place + 1 < heap.size:
        child = 2 * place + 1
        if child + 1 < heap.size and _before(bound, heap[child + 1], heap[child]):
            child += 1
        if not _before(bound, heap[child], row):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = row


@inlined
def _challenger(heap: Ints, bound: Reals) -> Number:
    """Give the largest bound but the first, that of a child of the root; -inf if there is none."""
    second = bound.dtype.type(-np.inf)
    for place in range(1, min(3, heap.size)):
        second = max(second, bound[heap[place]])
    return second


@compiled
def farthest(X: Reals, items: Ints, open_rows: Bools, centres: Ints, k: int) -> Ints:
    """Take k times the open row farthest from its nearest centre, which then is a centre too.

    Args:
        X: shape (N, d).
        items: shape (n,), which row of X each item is.
        open_rows: shape (n,), which may be taken, at least k of them.
        centres: shape (m,), at least one.
        k: how many.

    Returns:
        Row numbers, shape (k,); what brute force gives with the same distances.
    """
    m, n, d = centres.size, items.size, X.shape[1]
    reached = np.empty((m + k, d), X.dtype)
    width = min(HEAD, d)
    heads, squares = np.zeros(((m + k) // V + 1) * V * width, np.float32), np.empty(m + k, np.float32)
    own, dots = np.empty(width, np.float32), np.empty(V, np.float32)
    for i in range(m):
        reached[i] = X[items[centres[i]]]
        squares[i] = _write_head(reached[i], heads, i // V * V * width + i % V, V)
    heap = np.flatnonzero(open_rows)
    bound = np.empty(n, X.dtype)
    seen = np.ones(n, np.int32)
    for row in heap:
        bound[row] = _square_distance(X[items[row]], reached[0])
    for place in range(heap.size // 2 - 1, -1, -1):
        _sink(heap, bound, place)
    chosen = np.empty(k, np.int64)
    for i in range(m, m + k):
        # Only the first in line is brought up to date: when it stays first it is the farthest, whatever the rest are.
        while seen[heap[0]] < i:
            row, second = heap[0], _challenger(heap, bound)
            x, nearest, looked = X[items[row]], bound[row], seen[row]
            square = _write_head(x, own, 0, 1)
            while looked < i and nearest >= second:
                if looked % V == 0 or looked == seen[row]:
                    product(own, 0, 0, 1, heads, looked // V * V * width, V, dots, 0, V, width, 0)
                # Most centres are too far by their heads alone.
                apart = _ALMOST * (square + squares[looked]) - 2 * dots[looked % V]
                if not max(nearest, _SMALLEST) <= apart < np.inf:
                    nearest = min(nearest, _square_distance(x, reached[looked]))
                looked += 1
            bound[row], seen[row] = nearest, looked
            _sink(heap, bound, 0)
        pick = heap[0]
        chosen[i - m] = pick
        reached[i] = X[items[pick]]
        squares[i] = _write_head(reached[i], heads, i // V * V * width + i % V, V)
        bound[pick] = -np.inf
        seen[pick] = m + k
        _sink(heap, bound, 0)
    return chosen
