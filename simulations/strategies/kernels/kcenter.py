"""Lazy exact greedy k-center, compiled.

Notation
    n, d     items, features
    m        centres given; the picks follow them
    bound    no smaller than an item's squared distance to its nearest centre, exact for the first `seen` centres
    heap     row numbers, largest bound first, among equals the lowest row
"""

from typing import Any

import numpy as np

from simulations.jit import compiled, inlined
from simulations.strategies.view import BoolArray, FloatArray, IntArray

Number = np.floating[Any]


@inlined
def _square_distance(a: FloatArray, b: FloatArray) -> Number:
    # Differences first: what is alike is at distance 0 exactly, which norms and products would not give.
    total = a.dtype.type(0)
    for j in range(a.size):
        step = a[j] - b[j]
        total += step * step
    return total


@inlined
def _before(bound: FloatArray, a: int, b: int) -> bool:
    return bound[a] > bound[b] or (bound[a] == bound[b] and a < b)


@inlined
def _sink(heap: IntArray, bound: FloatArray, place: int) -> None:
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
def _challenger(heap: IntArray, bound: FloatArray) -> Number:
    """Give the largest bound but the first, that of a child of the root; -inf if there is none."""
    second = bound.dtype.type(-np.inf)
    for place in range(1, min(3, heap.size)):
        second = max(second, bound[heap[place]])
    return second


@compiled
def farthest(X: FloatArray, open_rows: BoolArray, centres: IntArray, k: int) -> IntArray:
    """Take k times the open row farthest from its nearest centre, which then is a centre too.

    Args:
        X: shape (n, d).
        open_rows: shape (n,), which may be taken, at least k of them.
        centres: shape (m,), at least one.
        k: how many.

    Returns:
        Row numbers, shape (k,); what brute force gives with the same distances.
    """
    m = centres.size
    reached = np.empty((m + k, X.shape[1]), X.dtype)
    for i in range(m):
        reached[i] = X[centres[i]]
    heap = np.flatnonzero(open_rows)
    bound = np.empty(X.shape[0], X.dtype)
    seen = np.ones(X.shape[0], np.int32)
    for row in heap:
        bound[row] = _square_distance(X[row], reached[0])
    for place in range(heap.size // 2 - 1, -1, -1):
        _sink(heap, bound, place)
    chosen = np.empty(k, np.int64)
    for i in range(m, m + k):
        # Only the first in line is brought up to date: when it stays first it is the farthest, whatever the rest are.
        while seen[heap[0]] < i:
            row, second = heap[0], _challenger(heap, bound)
            while seen[row] < i and bound[row] >= second:
                bound[row] = min(bound[row], _square_distance(X[row], reached[seen[row]]))
                seen[row] += 1
            _sink(heap, bound, 0)
        chosen[i - m] = heap[0]
        reached[i] = X[heap[0]]
        bound[heap[0]] = -np.inf
        seen[heap[0]] = m + k
        _sink(heap, bound, 0)
    return chosen
