"""Picks the items of a pool, or those held out, from the scores of all items of a data set."""

import numpy as np

from simulations import jit
from simulations.arrays import Features, IntArray


def ready() -> None:
    """Compile or load what picks, so that it is not taken for what is timed."""
    pick(np.zeros((1, 1), np.float32), np.zeros(1, np.int64), np.empty((1, 1), np.float32))


def pick(scores: Features, rows: IntArray, out: Features) -> bool:
    """Copy the scores of some items, and say whether all of them are finite numbers.

    Args:
        scores: probabilities, class-major, shape (C, N).
        rows: shape (n,), rows of the data set, each from 0 to N − 1.
        out: shape (C, n), what is written.
    """
    if jit.available():
        from simulations.kernels import picking

        # A sum is finite if and only if what is added up is.
        # Shown as what cannot be written to, whoever asks: numba would compile for both kinds.
        shown = scores.view()
        shown.flags.writeable = False
        return bool(np.isfinite(picking.pick(shown, rows, out)))
    np.take(scores, rows, axis=1, out=out, mode="clip")
    return bool(np.isfinite(out).all())
