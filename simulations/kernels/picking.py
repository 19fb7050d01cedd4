"""Compiled picking of items from what was scored for all of them."""

from typing import Any

import numpy as np

from simulations.jit import compiled

Array = Any


@compiled
def pick(scores: Array, rows: Array, out: Array) -> Any:
    """Write the scores (C, N) of some items, rows (n,), to `out` (C, n); give the sum of all that is written.

    Rows are trusted: one out of range reads past the end.
    """
    total = np.float32(0.0)
    for c in range(scores.shape[0]):
        source, target = scores[c], out[c]
        for i in range(rows.size):
            # Without a sign there is no counting from the end, and the loop is one of vectors.
            value = source[np.uint64(rows[i])]
            target[i] = value
            total += value
    return total
