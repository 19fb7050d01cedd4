"""Label savings: how many labels random needs for each label a strategy needs, and what a proxy's say of a task's.

Notation: D draws; M points of a path; s = n_random(v) ÷ n_strategy(v) the savings factor at a value v, 1 at the initial
set by construction.
"""

import numpy as np
import numpy.typing as npt

from planner.curves.passage import first_passage

FloatArray = npt.NDArray[np.float64]

_RAMP = np.log(4.0)  # a mismatch builds up over two octaves from the initial set, where there is nothing to save yet
_START = np.log(2.0)  # differences within the first octave are noise of two fits, not savings


def mismatch(log_labels: FloatArray, log_factor: FloatArray) -> FloatArray:
    """Multiply the savings factor of each path by its own mismatch, growing from 1 at the start of the path.

    Args:
        log_labels: (D, M) a strategy's label axis.
        log_factor: (D,) ln of the factor; positive means more savings than recorded.

    Returns:
        (D, M) the label axis, still never falling.
    """
    progress = log_labels - log_labels[:, :1]
    # A ramp longer than the shift itself keeps the order of labels.
    span = np.maximum(_RAMP, 1.5 * np.abs(log_factor))[:, None]
    shifted: FloatArray = log_labels - log_factor[:, None] * np.minimum(progress / span, 1.0)
    return shifted


def log_savings(
    random_best: FloatArray, random_log: FloatArray, best: FloatArray, log_labels: FloatArray, progress: FloatArray
) -> FloatArray:
    """Read the savings factor of each draw along the way random has come from its initial set.

    Args:
        random_best: (D, M) running best of random on the proxy.
        random_log: (M,) its label axis.
        best: (D, M) running best of the strategy.
        log_labels: (M,) its label axis.
        progress: (G,) ln(labels ÷ initial labels) of random, rising from 0; held at the end of random's path.

    Returns:
        (D, G) ln s; −inf where the strategy never reaches the value random has.
    """
    at = np.minimum(random_log[0] + progress, random_log[-1])
    values = np.stack([np.interp(at, random_log, row) for row in random_best])
    ramp = np.minimum(progress / _START, 1.0)
    columns = []
    for value, weight in zip(values.T, ramp, strict=True):
        needs, theirs = (_passage(*curve, value) for curve in ((random_best, random_log), (best, log_labels)))
        columns.append(np.where(np.isinf(theirs), -np.inf, needs - theirs) * weight if weight > 0 else 0.0 * value)
    return np.stack(columns, axis=1)


def _passage(best: FloatArray, log_labels: FloatArray, values: FloatArray) -> FloatArray:
    """Find the first passage of each path to its own value, (D,)."""
    # A hair below, so that interpolating back and forth cannot miss a path's own end.
    return first_passage(best - (values - 1e-9)[:, None], log_labels, 0.0)


def apply_savings(best: FloatArray, log_labels: FloatArray, log_factor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Move random's paths to where a strategy has them.

    Args:
        best: (D, M) random's running best.
        log_labels: (D, M) its label axis.
        log_factor: (D, M) ln s at each point; −inf where the strategy never gets there.

    Returns:
        The strategy's running best and label axis, both (D, M); a path ends at the last value it reaches.
    """
    # Value rises along a path, so one never means never from there on.
    never = np.logical_or.accumulate(np.isneginf(log_factor), axis=1)
    axis = np.where(never, -np.inf, log_labels - np.where(never, 0.0, log_factor))
    reached = np.maximum.accumulate(np.where(never, -np.inf, best), axis=1)
    return reached, np.maximum.accumulate(axis, axis=1)
