"""Random's path before its first measured point, as a guess: a strategy may be there before random was measured.

Where a task needs many times the labels of a proxy, the proxy's first point lies far beyond the task's initial set.
A strategy that saves labels may pass the target on the way there.

Notation: D draws; M points a path; L points before the first.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["error_before", "with_lead"]

Floats = npt.NDArray[np.float64]

_SLOPE_OVER = np.log(4.0)  # two octaves, from which a path's way to its first point is judged
_REACH = 7.0  # ln labels before the first point, a factor of 1,100: further than initial sets are from first points
_POINTS = 13  # L
_LEAST_ERROR = 1e-4


def error_before(best: Floats, log_labels: Floats, x: Floats, chance: float) -> Floats:
    """Extend paths backwards along their first slope, in ln error over ln labels, up to guessing.

    Args:
        best: (D, M) running-best values.
        log_labels: (D, M) ln labels.
        x: (D,) or (D, L) ln labels, at or before the first.
        chance: value by guessing.

    Returns:
        Errors at x, of its shape, nowhere below the first point's.
    """
    rows = np.arange(len(best))
    later = np.clip((log_labels < log_labels[:, :1] + _SLOPE_OVER).sum(axis=1), 1, log_labels.shape[1] - 1)
    first, then = (np.log(np.maximum(1.0 - best[rows, at], _LEAST_ERROR)) for at in (0, later))
    rise = log_labels[rows, later] - log_labels[:, 0]
    slope = np.where(rise > 0, (first - then) / np.where(rise > 0, rise, 1.0), 0.0)
    start, first, slope = (one.reshape(-1, *(1,) * (x.ndim - 1)) for one in (log_labels[:, 0], first, slope))
    error = np.minimum(np.exp(first + slope * np.maximum(start - x, 0.0)), 1.0 - chance)
    least = 1.0 - best[:, 0].reshape(start.shape)
    extended: Floats = np.maximum(error, least)
    return extended


def with_lead(best: Floats, log_labels: Floats, chance: float, below: float | None = None) -> tuple[Floats, Floats]:
    """Put L points before the first of each path, the last of them at the first point itself.

    Args:
        best: (D, M) running-best values.
        log_labels: (D, M) ln labels.
        chance: value by guessing.
        below: a value that is nowhere reached before the first point; None where it may be.

    Returns:
        Values and ln labels, (D, L + M) each.
    """
    axis = log_labels[:, :1] - np.linspace(_REACH, 0.0, _POINTS)
    lead = np.maximum.accumulate(1.0 - error_before(best, log_labels, axis, chance), axis=1)
    if below is not None:
        lead = np.minimum(lead, np.nextafter(below, 0.0))
    return np.concatenate([lead, best], axis=1), np.concatenate([axis, log_labels], axis=1)
